package dev.croft.vault;

import dev.croft.access.RequiresAdmin;
import dev.croft.access.RequiresStepUp;
import dev.croft.access.RequiresViewer;
import dev.croft.kernel.Problem;
import dev.croft.kernel.SecretText;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Use cases: the keys of the vault. Values are encrypted with a data key, which is kept encrypted twice: with the key file (or a
 * passphrase) beside the database, and with the recovery key that an administrator has on paper.
 */
public interface Vault {

    @RequiresViewer
    Status status();

    /** Makes a recovery key; the one before it opens nothing any more. It is in the answer and nowhere else afterwards. */
    @RequiresStepUp
    @RequiresAdmin
    SecretText newRecoveryKey();

    /** Opens a vault whose key file is missing or is another, and writes a new key file. */
    @RequiresAdmin
    void unlock(SecretText recoveryKey);

    /** New keys for everything: values, key file, recovery key. Returns the new recovery key, once. */
    @RequiresStepUp
    @RequiresAdmin
    SecretText reencrypt();

    /**
     * @param keyId names the data key, without telling anything of it
     * @param locked why values cannot be read or written; null: they can
     * @param passphrase whether a passphrase protects the keys; else a key file does
     * @param keyPath the file that has it
     * @param recoveryMadeAt null: there is no recovery key
     */
    record Status(
            String keyId,
            @Nullable Problem locked,
            boolean passphrase,
            String keyPath,
            int secrets,
            @Nullable Instant recoveryMadeAt,
            @Nullable String recoveryMadeBy) {}
}
