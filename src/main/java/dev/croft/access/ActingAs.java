package dev.croft.access;

import java.util.function.Supplier;

/** Runs a use case in the name of somebody who has just proved who they are by other means than a sign-in, as the claim does. */
public interface ActingAs {

    <T> T call(Operator operator, Supplier<T> work);
}
