package dev.croft.access;

import dev.croft.kernel.HostName;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * What whoever acts may see and do, for use cases that are open to those who hold a role for a part only. A use case that another one
 * calls sees everything: the outer one was asked for, and is the one that answers.
 */
public interface Sight {

    /**
     * Asks for the grants of the moment at each test, also on other threads, so that a subscription goes quiet when somebody loses
     * theirs.
     */
    Predicate<Scope> may(Role role);

    /**
     * Whether there is still somebody: false when their token was revoked or has expired, or their account is gone or holds nothing. For
     * what goes on long after a request was let in; to be asked on any thread.
     */
    BooleanSupplier presence();

    /** For boxes: whether the role is held for the box, or for anything on it. */
    Predicate<HostName> within(Role role);
}
