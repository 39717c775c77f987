package dev.croft.vault.internal;

import dev.croft.access.CurrentOperator;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SealedRows;
import dev.croft.kernel.SecretText;
import dev.croft.vault.Vault;
import dev.croft.vault.internal.Sealing.DoesNotOpen;
import dev.croft.vault.internal.SecretTable.Wrapped;
import jakarta.annotation.PostConstruct;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The data key, opened at the start with what lies beside the database. When that does not fit, the console runs, the vault stays shut,
 * and nothing is written over: neither the file that is there, nor the row.
 */
@Service
class KeptKeys implements Vault {

    private static final Logger log = LoggerFactory.getLogger(KeptKeys.class);
    private static final String KEY = "croft-vault/1 data key ";
    private static final int SALT_BYTES = 16;
    private static final int PASSPHRASE_MIN = 20;

    private final SecretTable table;
    private final TransactionTemplate transaction;
    private final CurrentOperator operator;
    /** Looked up when they are needed: some belong to the accounts, which this needs first. */
    private final ObjectProvider<SealedRows> others;

    private final KeyFile file;
    private final @Nullable Path passphraseFile;
    private final Clock clock;
    /** Values are written and read under the read lock, keys changed under the write lock. */
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

    private @Nullable SecretKey dataKey;
    private @Nullable Problem locked;

    KeptKeys(
            SecretTable table,
            TransactionTemplate transaction,
            CurrentOperator operator,
            ObjectProvider<SealedRows> others,
            VaultProperties properties,
            @Value("${croft.data}") Path data,
            Clock clock) {
        this.table = table;
        this.transaction = transaction;
        this.operator = operator;
        this.others = others;
        this.file = new KeyFile(data);
        this.passphraseFile = properties.passphraseFile();
        this.clock = clock;
    }

    /** What a use case does with the key. */
    interface Use<T> {
        T with(SecretKey dataKey, String id);
    }

    /** VAULT_LOCKED when there is no key. */
    <T> T use(Use<T> work) {
        lock.readLock().lock();
        try {
            SecretKey key = dataKey;
            if (key == null) {
                throw shut().toException();
            }
            return work.with(key, Sealing.id(key));
        } finally {
            lock.readLock().unlock();
        }
    }

    @PostConstruct
    void open() {
        lock.writeLock().lock();
        try {
            Optional<Wrapped> kept = table.key();
            if (kept.isEmpty()) {
                create();
            } else {
                unwrap(kept.get());
            }
        } catch (IOException e) {
            shut("The key could not be read: " + e.getMessage() + ".");
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void create() throws IOException {
        byte[] salt = Sealing.random(SALT_BYTES);
        SecretKey kek;
        if (passphraseFile != null) {
            kek = fromPassphrase(salt);
        } else {
            if (file.read().isEmpty()) {
                file.prepare(Sealing.newKey());
                file.usePrepared();
            }
            kek = file.read().orElseThrow();
        }
        SecretKey made = Sealing.newKey();
        table.insertKey(wrapped(made, kek, salt, null), clock.instant());
        dataKey = made;
        log.info("Made the vault's data key {}", Sealing.id(made));
    }

    private void unwrap(Wrapped kept) throws IOException {
        Optional<SecretKey> kek = passphraseFile == null ? fromFile(kept) : Optional.of(fromPassphrase(kept.salt()));
        if (kek.isEmpty()) {
            shut("There is no " + file.path() + "; the values are encrypted with the key " + kept.kek() + ".");
            return;
        }
        String id = Sealing.id(kek.get());
        try {
            dataKey = Sealing.key(Sealing.open(kek.get(), kept.wrapped(), KEY + kept.id()));
            locked = null;
        } catch (DoesNotOpen e) {
            shut((passphraseFile == null ? file.path() + " holds" : passphraseFile + " gives") + " the key " + id
                    + "; the values are encrypted with the key " + kept.kek() + ".");
        }
    }

    private Optional<SecretKey> fromFile(Wrapped kept) throws IOException {
        Optional<SecretKey> found = file.read();
        boolean counts = found.isPresent() && Sealing.id(found.get()).equals(kept.kek());
        return !counts && finishExchange(kept) ? file.read() : found;
    }

    /** An exchange of the keys that was cut off after the database knew of it: the key that counts is the prepared one. */
    private boolean finishExchange(Wrapped kept) throws IOException {
        Optional<SecretKey> prepared = file.readPrepared();
        if (prepared.isEmpty() || !Sealing.id(prepared.get()).equals(kept.kek())) {
            return false;
        }
        file.usePrepared();
        return true;
    }

    private SecretKey fromPassphrase(byte[] salt) throws IOException {
        char[] passphrase = Files.readString(passphraseFile).strip().toCharArray();
        try {
            if (passphrase.length < PASSPHRASE_MIN) {
                throw new IOException(
                        passphraseFile + " has a passphrase of less than " + PASSPHRASE_MIN + " characters");
            }
            return Sealing.fromPassphrase(passphrase, salt);
        } finally {
            Arrays.fill(passphrase, ' ');
        }
    }

    @Override
    public Status status() {
        lock.readLock().lock();
        try {
            Optional<Wrapped> kept = table.key();
            return new Status(
                    kept.map(Wrapped::id).orElse(""),
                    dataKey == null ? shut() : null,
                    passphraseFile != null,
                    String.valueOf(passphraseFile == null ? file.path() : passphraseFile),
                    table.count(),
                    kept.map(Wrapped::recoveryMadeAt).orElse(null),
                    kept.map(Wrapped::recoveryMadeBy).orElse(null));
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public SecretText newRecoveryKey() {
        lock.writeLock().lock();
        try {
            SecretKey key = opened();
            Wrapped kept = table.key().orElseThrow();
            RecoveryKey recovery = RecoveryKey.fresh();
            keep(new Wrapped(
                    kept.id(),
                    kept.kek(),
                    kept.salt(),
                    kept.wrapped(),
                    Sealing.seal(recovery.wrappingKey(kept.salt()), key.getEncoded(), KEY + kept.id()),
                    clock.instant(),
                    operator.get().name()));
            log.info("{} made a new recovery key of the vault", operator.get().name());
            return recovery.text();
        } finally {
            lock.writeLock().unlock();
        }
    }

    @Override
    public void unlock(SecretText recoveryKey) {
        RecoveryKey recovery = RecoveryKey.typed(recoveryKey);
        lock.writeLock().lock();
        try {
            Wrapped kept = table.key().orElseThrow();
            if (kept.recoveryWrapped() == null) {
                throw refused("There is no recovery key of this vault.", "Bring back the key file.");
            }
            SecretKey key;
            try {
                key = Sealing.key(
                        Sealing.open(recovery.wrappingKey(kept.salt()), kept.recoveryWrapped(), KEY + kept.id()));
            } catch (DoesNotOpen e) {
                throw refused(
                        "It is the recovery key of another vault, or a newer one was made since.",
                        "Look for the one that was made at " + kept.recoveryMadeAt() + ".");
            }
            SecretKey kek = kek(kept.salt());
            Wrapped again = wrapped(key, kek, kept.salt(), kept);
            keep(again);
            dataKey = key;
            locked = null;
            usePrepared();
            log.info("{} opened the vault with its recovery key", operator.get().name());
        } finally {
            lock.writeLock().unlock();
        }
    }

    @Override
    public SecretText reencrypt() {
        lock.writeLock().lock();
        try {
            SecretKey old = opened();
            SecretKey key = Sealing.newKey();
            String id = Sealing.id(key);
            byte[] salt = Sealing.random(SALT_BYTES);
            SecretKey kek = kek(salt);
            RecoveryKey recovery = RecoveryKey.fresh();
            Wrapped wrapped = new Wrapped(
                    id,
                    Sealing.id(kek),
                    salt,
                    Sealing.seal(kek, key.getEncoded(), KEY + id),
                    Sealing.seal(recovery.wrappingKey(salt), key.getEncoded(), KEY + id),
                    clock.instant(),
                    operator.get().name());
            transaction.executeWithoutResult(status -> {
                for (SecretTable.Row row : table.all()) {
                    String place = row.place().context(row.version());
                    table.reseal(row.place(), id, Sealing.seal(key, opened(old, row, place), place));
                }
                others.orderedStream()
                        .forEach(rows -> rows.sealAgain(
                                (before, place) -> VaultSeals.seal(key, VaultSeals.open(old, before, place), place)));
                table.replaceKey(wrapped, clock.instant());
            });
            // From here on the database has the new key: what is sealed with the old one would open never again.
            dataKey = key;
            usePrepared();
            log.info(
                    "{} encrypted the vault anew, with the data key {}",
                    operator.get().name(),
                    id);
            return recovery.text();
        } finally {
            lock.writeLock().unlock();
        }
    }

    static byte[] opened(SecretKey key, SecretTable.Row row, String place) {
        try {
            return Sealing.open(key, row.sealed(), place);
        } catch (DoesNotOpen e) {
            throw Problem.of(
                            ProblemCode.VAULT_LOCKED,
                            "The secret " + row.place().name() + " of "
                                    + row.place().ownerName() + " could not be opened.",
                            "It was encrypted with the key " + row.dataKey() + ", or its row was changed.",
                            "Set it anew.")
                    .toException();
        }
    }

    private void keep(Wrapped key) {
        transaction.executeWithoutResult(status -> table.replaceKey(key, clock.instant()));
    }

    /** The key that the data key is to be encrypted with from now on; a new one in a file of its own, or the passphrase's. */
    private SecretKey kek(byte[] salt) {
        try {
            if (passphraseFile != null) {
                return fromPassphrase(salt);
            }
            // What is prepared and counts already must not be overwritten.
            Optional<Wrapped> kept = table.key();
            if (kept.isPresent()) {
                finishExchange(kept.get());
            }
            SecretKey kek = Sealing.newKey();
            file.prepare(kek);
            return kek;
        } catch (IOException e) {
            throw notWritten(e);
        }
    }

    /** The last step of an exchange. It fails without harm: the next start finds the prepared key, and tries again. */
    private void usePrepared() {
        if (passphraseFile == null) {
            try {
                file.usePrepared();
            } catch (IOException e) {
                log.error(
                        "The vault's new key stays in {}: {}. Make room for it at {}; the next start puts it there.",
                        file.preparedPath(),
                        e.getMessage(),
                        file.path());
            }
        }
    }

    private RuntimeException notWritten(IOException e) {
        return refused(
                "The key beside the database was not read or written: " + e.getMessage() + ".",
                "Repair " + file.path() + ".");
    }

    private static Wrapped wrapped(SecretKey key, SecretKey kek, byte[] salt, @Nullable Wrapped before) {
        String id = Sealing.id(key);
        return new Wrapped(
                id,
                Sealing.id(kek),
                salt,
                Sealing.seal(kek, key.getEncoded(), KEY + id),
                before == null ? null : before.recoveryWrapped(),
                before == null ? null : before.recoveryMadeAt(),
                before == null ? null : before.recoveryMadeBy());
    }

    private SecretKey opened() {
        SecretKey key = dataKey;
        if (key == null) {
            throw shut().toException();
        }
        return key;
    }

    private void shut(String why) {
        log.error("The vault stays shut. {}", why);
        dataKey = null;
        locked = Problem.of(
                ProblemCode.VAULT_LOCKED,
                "The vault is locked: secrets can be neither set nor shown here.",
                why,
                "Put the key file back and restart the console, or unlock the vault with the recovery key under Settings.");
    }

    private Problem shut() {
        Problem problem = locked;
        return problem == null
                ? Problem.of(
                        ProblemCode.VAULT_LOCKED, "The vault is locked.", "It was not opened.", "Restart the console.")
                : problem;
    }

    private static RuntimeException refused(String why, String next) {
        return Problem.of(ProblemCode.VAULT_LOCKED, "The keys of the vault were not changed.", why, next)
                .toException();
    }
}
