package dev.croft.vault.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.croft.access.Operator;
import dev.croft.access.Role;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SealedRows;
import dev.croft.kernel.SecretText;
import dev.croft.vault.internal.SecretTable.Place;
import dev.croft.vault.internal.SecretTable.Row;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.h2.jdbcx.JdbcDataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.core.io.FileSystemResource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What becomes of the vault when its keys are lost, are others, or are changed: the same database, opened again and again. */
class KeptKeysTest {

    private static final Place PLACE = new Place(new HostName("attic"), SecretOwner.of(new AppName("shop")), "API_KEY");

    @TempDir
    private Path data;

    private @Nullable Path passphrase;
    private final TransactionTemplate transaction;
    private final SecretTable table;

    KeptKeysTest() {
        var source = new JdbcDataSource();
        source.setURL("jdbc:h2:mem:vault-" + System.identityHashCode(this)
                + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;CASE_INSENSITIVE_IDENTIFIERS=TRUE;DB_CLOSE_DELAY=-1");
        new ResourceDatabasePopulator(
                        new FileSystemResource("src/main/resources/db/migration/vault/V202611210009__vault.sql"))
                .execute(source);
        transaction = new TransactionTemplate(new JdbcTransactionManager(source));
        table = new SecretTable(JdbcClient.create(source));
    }

    @Test
    void theKeyFileIsItsOwnersAlone() throws IOException {
        open();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key())))
                .isEqualTo("rw-------");
        assertThat(status(open())).isNull();
    }

    @Test
    void aKeyFileThatOthersCanReadIsClosedToThem() throws IOException {
        open();
        Files.setPosixFilePermissions(key(), PosixFilePermissions.fromString("rw-r--r--"));

        open();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key())))
                .isEqualTo("rw-------");
    }

    @Test
    void withoutItsKeyFileTheVaultStaysShutAndNothingIsOverwritten() throws IOException {
        seal(open(), "value");
        byte[] key = Files.readAllBytes(key());
        Files.delete(key());

        KeptKeys shut = open();

        assertThat(status(shut).code()).isEqualTo(ProblemCode.VAULT_LOCKED);
        assertThat(status(shut).why()).contains("There is no ").contains(key().toString());
        assertThat(key()).doesNotExist();
        refused(ProblemCode.VAULT_LOCKED, () -> value(shut));
        refused(ProblemCode.VAULT_LOCKED, () -> shut.newRecoveryKey());
        refused(ProblemCode.VAULT_LOCKED, () -> shut.reencrypt());
        Files.write(key(), key);
        assertThat(value(open())).isEqualTo("value");
    }

    @Test
    void aKeyFileOfAnotherConsoleIsToldAndLeftAlone() throws IOException {
        seal(open(), "value");
        String other = Base64.getEncoder().encodeToString(new byte[32]);
        Files.writeString(key(), other);

        assertThat(status(open()).why()).contains("holds the key");
        assertThat(Files.readString(key())).isEqualTo(other);

        Files.writeString(key(), "nonsense");
        assertThat(status(open()).why()).contains("does not hold a key").doesNotContain("nonsense");
        assertThat(Files.readString(key())).isEqualTo("nonsense");
    }

    @Test
    void theRecoveryKeyOpensAVaultWhoseKeyFileIsLost() throws IOException {
        KeptKeys keys = open();
        seal(keys, "value");
        String old = keys.newRecoveryKey().reveal();
        String recovery = keys.newRecoveryKey().reveal();
        Files.delete(key());

        KeptKeys shut = open();
        refused(ProblemCode.VAULT_LOCKED, () -> shut.unlock(SecretText.of(old)));
        assertThat(key()).doesNotExist();
        shut.unlock(SecretText.of(recovery.toLowerCase(Locale.ROOT).replace("-", " ")));

        assertThat(status(shut)).isNull();
        assertThat(value(shut)).isEqualTo("value");
        assertThat(value(open())).isEqualTo("value");
        assertThat(open().status().recoveryMadeBy()).isEqualTo("anna");
    }

    @Test
    void aWrongKeyFileIsKeptBesideWhenTheRecoveryKeyIsUsed() throws IOException {
        KeptKeys keys = open();
        seal(keys, "value");
        String recovery = keys.newRecoveryKey().reveal();
        String other = Base64.getEncoder().encodeToString(new byte[32]);
        Files.writeString(key(), other);

        open().unlock(SecretText.of(recovery));

        assertThat(value(open())).isEqualTo("value");
        try (var files = Files.list(data)) {
            assertThat(files.filter(file -> file.toString().endsWith(".old")))
                    .singleElement()
                    .satisfies(file -> assertThat(Files.readString(file)).isEqualTo(other));
        }
    }

    @Test
    void aMistypedRecoveryKeyIsToldFromAWrongOne() {
        KeptKeys keys = open();
        refused(ProblemCode.VAULT_LOCKED, () -> keys.unlock(RecoveryKey.fresh().text())); // There is none yet.
        String recovery = keys.newRecoveryKey().reveal();
        assertThat(recovery).matches("([0-9A-HJKMNP-TV-Z]{4}-){8}[0-9A-HJKMNP-TV-Z]{4}");

        for (int i = 0; i < recovery.length(); i += 7) {
            char other = recovery.charAt(i) == 'A' ? 'B' : 'A';
            String typed = recovery.substring(0, i) + other + recovery.substring(i + 1);
            refused(ProblemCode.INVALID_INPUT, () -> keys.unlock(SecretText.of(typed)));
        }
        for (String typed : List.of("", "ABCD", recovery + "0", recovery.replace('-', '/'))) {
            refused(ProblemCode.INVALID_INPUT, () -> keys.unlock(SecretText.of(typed)));
        }
        refused(ProblemCode.VAULT_LOCKED, () -> keys.unlock(RecoveryKey.fresh().text()));
        keys.unlock(SecretText.of(recovery.replace('0', 'o').replace('1', 'l')));
    }

    @Test
    void newKeysForEverythingLeaveTheValuesAsTheyAre() throws IOException {
        KeptKeys keys = open();
        seal(keys, "value");
        SecretText old = keys.newRecoveryKey();
        byte[] sealedBefore = table.find(PLACE).orElseThrow().sealed();
        String idBefore = keys.status().keyId();
        byte[] fileBefore = Files.readAllBytes(key());

        SecretText recovery = keys.reencrypt();

        assertThat(keys.status().keyId()).isNotEqualTo(idBefore);
        assertThat(table.find(PLACE).orElseThrow().sealed()).isNotEqualTo(sealedBefore);
        assertThat(table.find(PLACE).orElseThrow().dataKey())
                .isEqualTo(keys.status().keyId());
        assertThat(value(keys)).isEqualTo("value");
        assertThat(value(open())).isEqualTo("value");
        refused(ProblemCode.VAULT_LOCKED, () -> keys.unlock(old));
        keys.unlock(recovery);

        // Cut off after the database knew of the new keys, and before the file had its name.
        keys.reencrypt();
        Files.move(key(), data.resolve("vault.key.new"));
        Files.write(key(), fileBefore);
        assertThat(value(open())).isEqualTo("value");

        // Cut off before the database knew of them.
        Files.writeString(data.resolve("vault.key.new"), Base64.getEncoder().encodeToString(new byte[32]));
        assertThat(value(open())).isEqualTo("value");
    }

    @Test
    void aKeyFileThatCannotBeExchangedLosesNothing() throws IOException {
        KeptKeys keys = open();
        seal(keys, "value");
        String id = Sealing.id(
                Sealing.key(Base64.getDecoder().decode(Files.readString(key()).strip())));
        Path inTheWay = Files.createDirectories(data.resolve("vault.key." + id + ".old/full"));

        SecretText recovery = keys.reencrypt();
        table.delete(PLACE);
        seal(keys, "set afterwards");
        refused(ProblemCode.VAULT_LOCKED, () -> keys.reencrypt());

        assertThat(value(keys)).isEqualTo("set afterwards");
        Files.delete(inTheWay);
        Files.delete(inTheWay.getParent());
        assertThat(value(open())).isEqualTo("set afterwards");
        keys.unlock(recovery);
    }

    @Test
    void aPassphraseTakesThePlaceOfTheKeyFile() throws IOException {
        Path file = data.resolve("passphrase");
        passphrase = Files.writeString(file, "seven unrelated words are enough\n");
        KeptKeys keys = open();
        seal(keys, "value");
        assertThat(key()).doesNotExist();
        assertThat(value(open())).isEqualTo("value");
        keys.reencrypt();
        assertThat(value(open())).isEqualTo("value");

        Files.writeString(file, "seven other words are not the same");
        assertThat(status(open()).code()).isEqualTo(ProblemCode.VAULT_LOCKED);
        Files.writeString(file, "short");
        assertThat(status(open()).why()).contains("less than 20").doesNotContain("short");
    }

    /** The way from a key file to a passphrase, and back: the recovery key. */
    @Test
    void theRecoveryKeyMovesTheVaultToAPassphrase() throws IOException {
        KeptKeys keys = open();
        seal(keys, "value");
        SecretText recovery = keys.newRecoveryKey();
        passphrase = Files.writeString(data.resolve("passphrase"), "seven unrelated words are enough");

        KeptKeys shut = open();
        assertThat(status(shut)).isNotNull();
        shut.unlock(recovery);

        assertThat(value(open())).isEqualTo("value");
    }

    // ---- helpers

    private KeptKeys open() {
        var keys = new KeptKeys(
                table,
                transaction,
                () -> new Operator("anna", "anna@croft.invalid", Role.ADMIN),
                new StaticListableBeanFactory().getBeanProvider(SealedRows.class),
                new VaultProperties(passphrase),
                data,
                Clock.systemUTC());
        keys.open();
        return keys;
    }

    private void seal(KeptKeys keys, String value) {
        keys.use((key, id) -> {
            byte[] sealed = Sealing.seal(key, value.getBytes(StandardCharsets.UTF_8), PLACE.context(1));
            table.insert(new Row(PLACE, 1, id, sealed, value.length(), Instant.EPOCH, "anna", null));
            return true;
        });
    }

    private String value(KeptKeys keys) {
        Row row = table.find(PLACE).orElseThrow();
        return keys.use((key, id) ->
                new String(KeptKeys.opened(key, row, PLACE.context(row.version())), StandardCharsets.UTF_8));
    }

    private static @Nullable Problem status(KeptKeys keys) {
        return keys.status().locked();
    }

    private Path key() {
        return data.resolve("vault.key");
    }

    private static void refused(ProblemCode code, ThrowingCallable work) {
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(work)
                .satisfies(e -> assertThat(e.problem().code()).isEqualTo(code));
    }
}
