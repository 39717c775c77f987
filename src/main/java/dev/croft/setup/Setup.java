package dev.croft.setup;

import dev.croft.access.Operator;
import dev.croft.fleet.Host;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.kernel.HostName;
import dev.croft.kernel.SecretText;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Use cases: from a fresh console to a signed-in administrator with a box. */
public interface Setup {

    /** @param offered the box that was announced at start ({@code ./croft up} names the sandbox); its fingerprint is shown before it is trusted */
    record Status(boolean complete, @Nullable OfferedHost offered) {}

    record OfferedHost(HostName name, HostEndpoint endpoint) {}

    /** @param recoveryKey opens the vault when its key file is lost; shown this once; null: the vault is locked */
    record Result(
            Operator administrator,
            @Nullable Host host,
            @Nullable SecretText recoveryKey) {}

    /**
     * @param apiToken an administrator's, to go on with; in this answer and nowhere else afterwards
     * @param expires when it ends ({@code croft.setup.token-for} after it was made): whoever wants another one makes it in a browser
     */
    record Scripted(Result result, SecretText apiToken, Instant expires) {}

    Status status();

    /** Whether the claim of the ready line is right; counts as an attempt. */
    boolean checkClaim(SecretText claim);

    /** Makes the first administrator and enrols the offered box. Once: then ALREADY_SET_UP. CLAIM_INVALID, TOO_MANY_ATTEMPTS. */
    Result complete(SecretText claim, String username, SecretText password);

    /** The same for a script, which has no browser to sign in with afterwards. */
    Scripted completeByScript(SecretText claim, String username, SecretText password);

    Optional<OfferedHost> offered();
}
