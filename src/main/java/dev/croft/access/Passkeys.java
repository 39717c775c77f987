package dev.croft.access;

import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Use cases: passkeys (WebAuthn), by which people with a local account sign in without a password. A browser offers each at the name
 * of the console for which it was made, and nowhere else. What goes to a browser and comes back is the JSON of WebAuthn.
 */
public interface Passkeys {

    /**
     * @param site the console's name for which it was made
     * @param usedAt when somebody last showed it; null: never yet
     */
    record Passkey(
            long id,
            String name,
            String site,
            Instant addedAt,
            @Nullable Instant usedAt) {}

    // ---- the sign-in page

    /**
     * What the browser that asks for the sign-in page is to show a passkey for; good once, in its HTTP session. Empty: there is none
     * for this name of the console, or local accounts may not sign in.
     */
    Optional<String> offer(HttpServletRequest page);

    // ---- the own account

    @RequiresViewer(within = true)
    List<Passkey> mine();

    /**
     * Asks a browser for a new one. INVALID_INPUT where the page's address cannot have passkeys: browsers want TLS and a name, or this
     * machine's own.
     */
    @RequiresStepUp
    @RequiresViewer(within = true)
    String begin(URI page);

    /** From now on it signs in. INVALID_INPUT when it is no answer to what {@link #begin} asked, which is good once. */
    @Audited
    @RequiresViewer(within = true)
    Passkey finish(String name, String answer);

    @Audited
    @RequiresViewer(within = true)
    Passkey rename(long id, String name);

    @RequiresStepUp
    @Audited
    @RequiresViewer(within = true)
    void remove(long id);

    // ---- proof

    /** Asks a browser for one that the signed-in person has; empty: they have none for this name of the console. */
    @RequiresViewer(within = true)
    Optional<String> challenge(URI page);

    /**
     * Good for {@link RequiresStepUp} in this session for some minutes, as {@link Accounts#confirmPassword}. SIGN_IN_FAILED when it is
     * no answer to what {@link #challenge} asked, TOO_MANY_ATTEMPTS after a few.
     */
    @Audited
    @RequiresViewer(within = true)
    void confirm(String answer);
}
