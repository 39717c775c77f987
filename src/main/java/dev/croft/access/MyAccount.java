package dev.croft.access;

import dev.croft.kernel.SecretText;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Use cases: the signed-in person's own account. */
public interface MyAccount {

    /**
     * @param provider name of the one that vouches for them; null: a local account, with a password
     * @param secondFactor whether a code is asked for beside the password
     * @param recoveryCodes how many of them are left
     */
    record Status(Operator operator, @Nullable String provider, boolean secondFactor, int recoveryCodes) {}

    /**
     * An authenticator app has to be shown this before it is good.
     *
     * @param key in Base32, for typing
     * @param uri for the QR code
     */
    record Enrolment(SecretText key, SecretText uri) {}

    @RequiresViewer(within = true)
    Status status();

    /** Ends all other sessions of the account. SIGN_IN_FAILED when the first is not the password. */
    @Audited
    @RequiresViewer(within = true)
    void changePassword(SecretText now, SecretText next);

    /** Begins anew; what was enrolled before is good until {@link #finishSecondFactor}. */
    @RequiresStepUp
    @RequiresViewer(within = true)
    Enrolment startSecondFactor();

    /** From now on a code is asked for. The recovery codes are in the answer and nowhere else afterwards. */
    @Audited
    @RequiresViewer(within = true)
    List<SecretText> finishSecondFactor(SecretText code);

    /** The password alone is enough again. */
    @RequiresStepUp
    @Audited
    @RequiresViewer(within = true)
    void removeSecondFactor();

    /** The ones before are good no more. */
    @RequiresStepUp
    @Audited
    @RequiresViewer(within = true)
    List<SecretText> newRecoveryCodes();

    /**
     * How the signed-in person can prove themselves again: null: by {@link Accounts#confirmPassword}; else by opening this address in
     * a browser, which goes to their provider and back.
     */
    @RequiresViewer(within = true)
    @Nullable
    String confirmPath();

    /** Whether they did so lately, in this browser. */
    @RequiresViewer(within = true)
    boolean isConfirmed();
}
