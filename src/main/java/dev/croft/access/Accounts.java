package dev.croft.access;

import dev.croft.kernel.SecretText;
import java.util.List;

/** Use cases: local accounts. */
public interface Accounts {

    /** Whether any account exists; before that only the claim page answers. */
    boolean isEmpty();

    /** Makes the first administrator; only while {@link #isEmpty()}, else {@code ALREADY_SET_UP}. Password 12 to 256 characters. */
    Operator createFirstAdministrator(String username, SecretText password);

    @ReadsOnly
    @RequiresAdmin
    List<Operator> list();

    /**
     * For what a session left open should not be enough for: the signed-in person's own password, typed again. SIGN_IN_FAILED when it
     * is another, TOO_MANY_ATTEMPTS after a few. Good for {@link RequiresStepUp} in this session for some minutes
     * (croft.access.password-again).
     */
    @Audited
    @RequiresViewer(within = true)
    void confirmPassword(SecretText password);
}
