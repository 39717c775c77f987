package dev.croft.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.croft.access.Role;
import dev.croft.kernel.HostName;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
class SecrecyTest extends ShopWithASecret {

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
        draftShop();
    }

    @AfterEach
    void stop() {
        console.close();
    }

    @Test
    void onlyAnAdministratorSeesItAndTheLogSaysSo(CapturedOutput output) {
        set(VALUE, false);

        assertThat(reveal()).isEqualTo(text(VALUE));
        assertThat(output).contains("anna was shown the secret API_KEY of shop");
        assertThatExceptionOfType(org.springframework.security.access.AccessDeniedException.class)
                .isThrownBy(() -> console.as(Role.OPERATOR, () -> secrets().reveal(attic, SHOPS, "API_KEY")));
        var jdbc = console.get(org.springframework.jdbc.core.simple.JdbcClient.class);
        jdbc.sql("update vault_secret set name = 'OTHER'").update();
        // A row that was moved to another place does not open there.
        refused(ProblemCode.VAULT_LOCKED, () -> console.asAnna(() -> secrets().reveal(attic, SHOPS, "OTHER")));
    }

    @Test
    void theValueIsNowhereButInTheSealedPlaces(CapturedOutput output) throws IOException {
        SecretText recovery = console.asAnna(() -> vault().newRecoveryKey());
        Secrets.Placed placed = set(VALUE, true);
        deploy();
        box.refuseNextOperation(ProblemCode.SECRET_FOUND);
        deploy();
        SecretBytes revealed = reveal();
        String failed = refusedAny(() -> set(VALUE + "x".repeat(Secrets.MOST_BYTES), false));
        console.asAnna(() -> vault().reencrypt());

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

    @Override
    Console console() {
        return console;
    }

    @Override
    HostName attic() {
        return attic;
    }

    private Vault vault() {
        return console.get(Vault.class);
    }

    private static List<Path> filesOf(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static String refusedAny(ThrowingCallable work) {
        return String.valueOf(org.assertj.core.api.Assertions.catchThrowable(work));
    }
}
