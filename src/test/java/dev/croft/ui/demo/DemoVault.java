package dev.croft.ui.demo;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import dev.croft.vault.Vault;
import java.time.Clock;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The keys of a vault that holds nothing. */
public class DemoVault implements Vault {

    static final SecretText RECOVERY = SecretText.of("7QX4-M2ZD-9K0B-HT6R-W3FA-E8YC-15NV-GJPS-04D7");

    private final DemoAccounts accounts;
    private final Clock clock;
    private @Nullable Instant madeAt;
    private boolean locked;

    DemoVault(DemoAccounts accounts, Clock clock) {
        this.accounts = accounts;
        this.clock = clock;
    }

    public synchronized void lock() {
        locked = true;
    }

    @Override
    public synchronized Status status() {
        return new Status(
                "9f2c41d07be35a68",
                locked
                        ? Problem.of(
                                ProblemCode.VAULT_LOCKED,
                                "The vault is locked: secrets can be neither set nor shown here.",
                                "There is no vault.key; the values are encrypted with the key 71452106d6a22ee5.",
                                "Put the key file back and restart the console, or unlock the vault with the recovery key under Settings.")
                        : null,
                false,
                "vault.key",
                2,
                madeAt,
                madeAt == null ? null : "anna");
    }

    @Override
    public synchronized SecretText newRecoveryKey() {
        accounts.require();
        madeAt = clock.instant();
        return RECOVERY;
    }

    @Override
    public synchronized void unlock(SecretText recoveryKey) {
        locked = false;
    }

    @Override
    public SecretText reencrypt() {
        return newRecoveryKey();
    }
}
