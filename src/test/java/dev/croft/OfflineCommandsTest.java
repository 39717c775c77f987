package dev.croft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Tokens;
import dev.croft.alerts.AlertKind;
import dev.croft.alerts.Alerts;
import dev.croft.alerts.Rule;
import dev.croft.apps.Apps;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.Draft;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import dev.croft.support.Http;
import dev.croft.vault.Secrets;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code java -jar croft.jar WORD …} does to the console's own data, on both databases. */
class OfflineCommandsTest {

    private static final AppName BLOG = new AppName("blog");
    private static final Rule RULE =
            new Rule(AlertKind.CLOCK, true, 7.25, 1.5, Duration.ofMinutes(3), Duration.ofMinutes(1));
    private static final SecretBytes VALUE = SecretBytes.of(SecretText.of("väl\nue"));

    @TempDir
    private Path directory;

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private HostName attic;
    private String token;
    private Operation deployed;

    @Test
    void movesAConsoleToPostgresqlAndBack() throws IOException {
        Path data = directory.resolve("data");
        used(data);
        try (EmbeddedPostgres server = EmbeddedPostgres.start()) {
            String[] postgres = {
                "--spring.datasource.url=" + server.getJdbcUrl("postgres", "postgres"),
                "--spring.datasource.username=postgres"
            };

            assertThat(run(data, "export-db", path("h2.jsonl"))).as(words()).isZero();
            assertThat(run(data, postgres, "import-db", path("h2.jsonl")))
                    .as(words())
                    .isZero();
            try (Console console = Console.start(data, postgres)) {
                isTheSame(console);
                // Numbers that the database gives go on after those that came with the file.
                console.asAnna(() -> console.get(Tokens.class).create("another", Role.VIEWER, Scope.EVERYWHERE, null));
            }

            assertThat(run(data, postgres, "export-db", path("postgres.jsonl")))
                    .as(words())
                    .isZero();
            assertThat(run(data, postgres, "import-db", path("postgres.jsonl")))
                    .as("a database that is in use")
                    .isEqualTo(1);
            assertThat(words()).contains("There are tables in this database already");
        }
        Path back = directory.resolve("back");
        Files.createDirectory(back);
        Files.copy(data.resolve("vault.key"), back.resolve("vault.key"));
        assertThat(run(back, "import-db", path("postgres.jsonl"))).as(words()).isZero();
        try (Console console = Console.start(back)) {
            isTheSame(console);
            assertThat(console.asAnna(() -> console.get(Tokens.class).list())).hasSize(2);
            console.asAnna(() -> console.get(Tokens.class).create("a third", Role.VIEWER, Scope.EVERYWHERE, null));
        }
    }

    @Test
    void keepsAConsoleInAFileAndMakesItAgainElsewhere() throws IOException {
        Path data = directory.resolve("data");
        used(data);
        Files.writeString(data.resolve("channel_ed25519"), "the channel's key");

        assertThat(run(data, "backup", path("kept.zip"))).as(words()).isZero();

        assertThat(Files.getPosixFilePermissions(directory.resolve("kept.zip")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        Path again = directory.resolve("again");
        assertThat(run(again, "restore", path("kept.zip"))).as(words()).isZero();
        assertThat(run(again, "verify-audit")).as(words()).isZero();
        assertThat(again.resolve("channel_ed25519")).hasContent("the channel's key");
        assertThat(Files.getPosixFilePermissions(again.resolve("vault.key")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        try (Console console = Console.start(again)) {
            isTheSame(console);
        }
        assertThat(run(again, "restore", path("kept.zip")))
                .as("over a console that is there")
                .isEqualTo(1);
        assertThat(words())
                .contains("There already is audit.head in")
                .contains("Next: Restore into another data directory");
    }

    @Test
    void refusesWhatItCannotReadAndLeavesNothingHalfDone() throws IOException {
        Path data = directory.resolve("data");
        used(data);
        run(data, "export-db", path("whole.jsonl"));
        List<String> lines = Files.readAllLines(directory.resolve("whole.jsonl"));
        Path fresh = directory.resolve("fresh");

        file("cut.jsonl", lines.subList(0, lines.size() - 3));
        file(
                "short.jsonl",
                lines.stream()
                        .filter(line -> !line.startsWith("[\"attic\"") && !line.startsWith("[1,"))
                        .toList());
        file("garbage.jsonl", List.of("\u0000\u0001 no export"));
        file("empty.jsonl", List.of());
        file("newer.jsonl", List.of(lines.getFirst().replaceAll("\"schema\":\"\\d+\"", "\"schema\":\"299901010000\"")));
        file(
                "column.jsonl",
                lines.stream()
                        .map(line -> line.replace("\"username\"", "\"user\\\"; drop\""))
                        .toList());
        for (var refused : List.of(
                List.of("cut.jsonl", "It ends too early."),
                List.of("short.jsonl", "It says that it has"),
                List.of("garbage.jsonl", "A line of it cannot be read."),
                List.of("empty.jsonl", "It ends too early."),
                List.of("newer.jsonl", "It was written by a newer console"),
                List.of("column.jsonl", "has no column"),
                List.of("nowhere.jsonl", "there is no "))) {
            assertThat(run(fresh, "import-db", path(refused.getFirst()))).isEqualTo(1);
            assertThat(words())
                    .contains("Nothing was")
                    .contains(refused.getLast())
                    .contains("Next: ");
        }
        assertThat(run(fresh, "restore", path("whole.jsonl"))).isEqualTo(1);
        assertThat(words()).contains("no backup of a console");

        assertThat(run(fresh, "import-db", path("whole.jsonl")))
                .as("after all of these it is still empty: %s", words())
                .isZero();
        assertThat(run(data, "export-db", path("whole.jsonl"))).isEqualTo(1);
        assertThat(words()).contains("exists already");
    }

    @Test
    void saysWhatIsInTheWay() {
        Path data = directory.resolve("data");
        assertThat(run(directory.resolve("none"), "export-db", path("none.jsonl")))
                .isEqualTo(1);
        assertThat(words()).contains("no console has used it yet");
        assertThat(run(data, "explode")).isEqualTo(2);
        assertThat(words()).contains("'explode' is not a command. There are: backup, export-db, import-db, restore");
        assertThat(run(data, "backup")).isEqualTo(2);
        assertThat(words()).contains("usage: backup FILE");
    }

    // ---- words of this test

    /** A console with something in each of its stores. */
    private void used(Path data) {
        FakeBox box = Console.newBox();
        box.linesPerOperation(300);
        try (Console console = Console.start(data)) {
            attic = console.enrol(box);
            console.asAnna(() -> console.get(Apps.class).putDraft(attic, BLOG, Console.site("v1")));
            Operation asked = console.asAnna(() -> console.get(Operations.class).deploy(attic, BLOG, null));
            deployed = Await.until(
                    () -> console.asAnna(() -> console.get(Operations.class).get(asked.id())),
                    now -> now.state().isFinal());
            token = console.asAnna(() -> {
                DesiredStates desired = console.get(DesiredStates.class);
                desired.putApp(attic, BLOG, Console.site("v2"));
                console.get(Secrets.class).set(attic, SecretOwner.of(BLOG), "API_KEY", VALUE, false);
                console.get(Alerts.class).change(RULE);
                desired.putSettings(attic, desired.parseSettings("{\"timezone\":\"Europe/Paris\"}"));
                return console.get(Tokens.class)
                        .create("x", Role.VIEWER, Scope.EVERYWHERE, null)
                        .secret()
                        .reveal();
            });
        }
    }

    private void isTheSame(Console console) {
        assertThat(console.asAnna(() -> console.get(Operations.class).get(deployed.id())))
                .isEqualTo(deployed);
        assertThat(console.asAnna(() -> console.get(Hosts.class).list()))
                .extracting(Host::name)
                .contains(attic);
        assertThat(console.asAnna(() -> console.get(DesiredStates.class).drafts(attic)))
                .extracting(Draft::app)
                .containsExactly(BLOG, null);
        assertThat(console.asAnna(() -> console.get(Secrets.class).reveal(attic, SecretOwner.of(BLOG), "API_KEY")))
                .isEqualTo(VALUE);
        assertThat(console.asAnna(() -> console.get(Alerts.class).rules())).contains(RULE);
        assertThat(Http.anonymous(console.port())
                        .with(token)
                        .get("/api/v1/hosts")
                        .status())
                .isEqualTo(200);
    }

    private int run(Path data, String... words) {
        return run(data, new String[0], words);
    }

    private int run(Path data, String[] properties, String... words) {
        said.reset();
        var out = new PrintStream(said, true, StandardCharsets.UTF_8);
        var all = new java.util.ArrayList<String>();
        all.add("--croft.data=" + data);
        all.add("--logging.level.root=error");
        all.addAll(List.of(properties));
        all.addAll(List.of(words));
        return OfflineCommands.run(all.toArray(String[]::new), out, out);
    }

    private String words() {
        return said.toString(StandardCharsets.UTF_8);
    }

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    private void file(String name, List<String> lines) throws IOException {
        Files.write(directory.resolve(name), lines);
    }
}
