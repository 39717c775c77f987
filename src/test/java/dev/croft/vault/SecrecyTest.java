package dev.croft.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.croft.access.Role;
import dev.croft.apps.Apps;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Delivery;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.json.JsonMapper;

/** Where a value may be and where it may not, on a console with a database file and a talkative log. */
@ExtendWith(OutputCaptureExtension.class)
class SecrecyTest {

    private static final AppName SHOP = new AppName("shop");
    private static final SecretOwner SHOPS = SecretOwner.of(SHOP);
    private static final String VALUE = "sk_live_q7Xw0cXk1v3PZb4rJ9mU2sYd";

    @TempDir
    private Path data;

    private final FakeBox box = Console.newBox();
    private Console console;
    private HostName attic;

    @BeforeEach
    void start() {
        console = Console.start(
                data, "--logging.level.dev.croft=trace", "--logging.level.org.springframework.jdbc=trace");
        attic = console.enrol(box);
        console.asAnna(() -> console.get(Apps.class).putDraft(attic, SHOP, shop()));
    }

    @AfterEach
    void stop() {
        console.close();
    }

    private static AppSpec shop() {
        AppSpec site = Console.site("v1");
        return site.withRun(site.run().withSecrets(new TreeMap<>(Map.of("API_KEY", Delivery.ENV))));
    }

    @Test
    void onlyAnAdministratorWhoProvesWhoTheyAreSeesIt(CapturedOutput output) {
        set(VALUE, false);

        refused(ProblemCode.SIGN_IN_FAILED, () -> reveal(SecretText.of("another password")));
        assertThat(reveal(Console.PASSWORD)).isEqualTo(text(VALUE));
        assertThat(output).contains("anna was shown the secret API_KEY of shop");
        assertThatExceptionOfType(org.springframework.security.access.AccessDeniedException.class)
                .isThrownBy(() ->
                        console.as(Role.OPERATOR, () -> secrets().reveal(attic, SHOPS, "API_KEY", Console.PASSWORD)));
        var jdbc = console.get(org.springframework.jdbc.core.simple.JdbcClient.class);
        jdbc.sql("update vault_secret set name = 'OTHER'").update();
        // A row that was moved to another place does not open there.
        refused(
                ProblemCode.VAULT_LOCKED,
                () -> console.asAnna(() -> secrets().reveal(attic, SHOPS, "OTHER", Console.PASSWORD)));
        for (int i = 0; i < 10; i++) {
            refusedAny(() -> reveal(SecretText.of("guess")));
        }
        refused(ProblemCode.TOO_MANY_ATTEMPTS, () -> reveal(Console.PASSWORD));
    }

    @Test
    void theValueIsNowhereButInTheSealedPlaces(CapturedOutput output) throws IOException {
        SecretText recovery = console.asAnna(() -> vault().newRecoveryKey(Console.PASSWORD));
        Secrets.Placed placed = set(VALUE, true);
        deploy();
        box.refuseNextOperation(ProblemCode.SECRET_FOUND);
        deploy();
        SecretBytes revealed = reveal(Console.PASSWORD);
        String failed = refusedAny(() -> set(VALUE + "x".repeat(Secrets.MOST_BYTES), false));
        console.asAnna(() -> vault().reencrypt(Console.PASSWORD));

        String base64 = java.util.Base64.getEncoder().encodeToString(bytes(VALUE));
        String said = String.join(
                "\n",
                output.getAll(),
                failed,
                placed.toString(),
                revealed.toString(),
                recovery.toString(),
                JsonMapper.shared().writeValueAsString(placed.known()),
                JsonMapper.shared().writeValueAsString(revealed),
                box.received().toString(),
                box.state());
        assertThat(said).doesNotContain(VALUE).doesNotContain(base64).doesNotContain(recovery.reveal());
        console.close();
        for (Path file : filesOf(data)) {
            String text = Files.readString(file, StandardCharsets.ISO_8859_1);
            assertThat(text).as("%s", file).doesNotContain(VALUE).doesNotContain(base64);
            assertThat(text).as("%s", file).doesNotContain(recovery.reveal());
        }
    }

    // ---- helpers

    private Secrets secrets() {
        return console.get(Secrets.class);
    }

    private Vault vault() {
        return console.get(Vault.class);
    }

    private Secrets.Placed set(String value, boolean restart) {
        return console.as(Role.OPERATOR, () -> secrets().set(attic, SHOPS, "API_KEY", text(value), restart));
    }

    private Void remove(String name) {
        secrets().remove(attic, SHOPS, name);
        return null;
    }

    private SecretBytes reveal(SecretText password) {
        return console.asAnna(() -> secrets().reveal(attic, SHOPS, "API_KEY", password));
    }

    private void unlock(String key) {
        console.asAnna(() -> {
            vault().unlock(SecretText.of(key));
            return null;
        });
    }

    private Operation deploy() {
        Operation asked = console.asAnna(() -> console.get(Operations.class).deploy(attic, SHOP, null));
        return Await.until(
                () -> console.asAnna(() -> console.get(Operations.class).get(asked.id())),
                operation -> operation.state().isFinal());
    }

    private static SecretBytes text(String value) {
        return SecretBytes.of(SecretText.of(value));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<Path> filesOf(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static void refused(ProblemCode code, ThrowingCallable work) {
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(work)
                .satisfies(e -> assertThat(e.problem().code()).isEqualTo(code));
    }

    private static String refusedAny(ThrowingCallable work) {
        return String.valueOf(org.assertj.core.api.Assertions.catchThrowable(work));
    }
}
