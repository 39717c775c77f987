package dev.croft.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.running.Api;
import dev.croft.running.Command;
import dev.croft.running.Croft;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What ./croft up and down promise: repeatable, side by side, and nothing left behind. */
class CroftCommandIT {

    private static final Duration SECOND_START = Duration.ofSeconds(15);

    private final Croft one = Croft.fresh("command-one");
    private final Croft other = Croft.fresh("command-other");

    @AfterEach
    void stop() {
        one.destroy();
        other.destroy();
    }

    @Test
    void twoConsolesWithTheirBoxesRunAtOnceAndDownLeavesNothing() throws Exception {
        CompletableFuture<URI> second = CompletableFuture.supplyAsync(other::up);
        URI first = one.up();

        assertThat(second.get(15, TimeUnit.MINUTES).getPort()).isEqualTo(other.port());
        assertThat(first.getPort()).isEqualTo(one.port());
        assertThat(first.getFragment()).isNotEqualTo(second.get().getFragment());
        assertThat(one.gateway()).isNotEqualTo(other.gateway());

        one.down();

        assertThat(leftoversOf(one)).isEmpty();
        assertThat(Api.fetch(other.url() + "api/v1/status").status()).isEqualTo(200);
        assertThat(other.inBox("systemctl", "is-active", "croft-hostd.socket").out())
                .isEqualTo("active\n");

        other.down();

        assertThat(leftoversOf(other)).isEmpty();
    }

    @Test
    void upMayBeRepeatedAndTheSecondStartIsQuick() {
        URI ready = one.up();

        assertThat(one.up()).as("while it runs").isEqualTo(ready);

        one.down();
        long began = System.nanoTime();
        URI again = one.up();

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SECOND_START);
        assertThat(again).as("the claim that was printed first stays good").isEqualTo(ready);
    }

    /** Without a box: that of the console which was lost stands somewhere else. */
    @Test
    void aConsoleIsKeptInOneFileAndMadeAgainElsewhere() throws IOException {
        Path kept = one.data().resolveSibling("command-kept.zip");
        Files.deleteIfExists(kept);
        Api api = Api.claim(one.up("--host", "none"), "anna", "correct horse battery");

        Command.Result busy = one.own("backup", kept);
        assertThat(busy.exit()).isEqualTo(1);
        assertThat(busy.err()).contains("The console is running").contains("./croft down --data " + one.data());
        one.down();
        assertThat(one.own("backup", kept).orFail().out()).contains("channel_ed25519, channel_ed25519.pub, vault.key");
        assertThat(one.own("backup", kept).err()).contains("exists already");

        assertThat(other.own("restore", kept).orFail().out()).contains("Restored: the database");
        other.up("--host", "none");
        assertThat(api.at(other.url()).get("/api/v1/tokens").status()).isEqualTo(200);
        assertThat(other.data().resolve("console/channel_ed25519"))
                .hasSameBinaryContentAs(one.data().resolve("console/channel_ed25519"));
    }

    /** What somebody can do who may write the database's file: the database itself refuses it, so its guards are taken away first. */
    @Test
    void aRowOfTheAuditThatWasChangedInTheFileIsFoundAndADatabaseIsMoved() throws Exception {
        Path moved = one.data().resolveSibling("command-moved.jsonl");
        Files.deleteIfExists(moved);
        Api.claim(one.up("--host", "none"), "anna", "correct horse battery");
        assertThat(one.verifyAudit().err()).contains("The console is running");
        one.down();
        assertThat(one.verifyAudit().orFail().out()).contains("The audit is whole");

        one.own("export-db", moved).orFail();
        other.own("import-db", moved).orFail();
        assertThat(other.verifyAudit().err())
                .as("what was noted beside the database is no part of it")
                .contains("audit.head");
        Files.copy(one.data().resolve("console/audit.head"), other.data().resolve("console/audit.head"));
        assertThat(other.verifyAudit().orFail().out())
                .as("the chain moves with its rows")
                .contains("The audit is whole");

        try (Connection database = DriverManager.getConnection(
                        "jdbc:h2:file:" + one.data().resolve("console/db").toAbsolutePath()
                                + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;CASE_INSENSITIVE_IDENTIFIERS=TRUE");
                Statement statement = database.createStatement()) {
            statement.execute("drop trigger audit_entry_not_changed");
            assertThat(statement.executeUpdate("update audit_entry set who = 'somebody else' where seq = 1"))
                    .isEqualTo(1);
        }

        Command.Result found = one.verifyAudit();
        assertThat(found.exit()).isEqualTo(1);
        assertThat(found.err()).contains("The audit is not what was written.", "Row 1 is not what it was", "Next: ");
    }

    @Test
    void saysWhoHoldsThePort() throws IOException {
        try (ServerSocket holder = new ServerSocket(one.port(), 1, InetAddress.getLoopbackAddress())) {
            Command.Result result = one.tryUp("--host", "none");

            assertThat(result.exit()).isNotZero();
            assertThat(result.err())
                    .contains("Port " + holder.getLocalPort() + " is taken by")
                    .contains(Long.toString(ProcessHandle.current().pid()))
                    .contains("Next:");
        }
        assertThat(leftoversOf(one)).isEmpty();
    }

    @Test
    void neverEndsAProcessThatOnlyHasTheSameNumber() throws IOException {
        Process stranger = new ProcessBuilder("sleep", "600").start();
        try {
            Path pidFile = one.data().resolve("console/console.pid");
            Files.createDirectories(pidFile.getParent());
            Files.writeString(pidFile, stranger.pid() + " 1 " + one.port() + "\n");

            one.down();

            assertThat(stranger.isAlive()).isTrue();
            assertThat(pidFile).doesNotExist();
        } finally {
            stranger.destroy();
        }
    }

    @Test
    void stoppedInTheForegroundItStopsBoth() throws Exception {
        Process up = new ProcessBuilder(
                        "./croft", "up", "--data", one.data().toString(), "--port", Integer.toString(one.port()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader out = up.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.lines()
                            .filter(line -> line.startsWith("Croft is ready: "))
                            .findFirst())
                    .isPresent();

            Command.run(Duration.ofSeconds(10), "kill", "-TERM", Long.toString(up.pid()))
                    .orFail();

            assertThat(up.waitFor(1, TimeUnit.MINUTES)).isTrue();
        } finally {
            up.destroy();
        }
        assertThat(leftoversOf(one)).isEmpty();
    }

    /** Processes, network interfaces, namespaces and mounts that belong to a data directory. */
    private static List<String> leftoversOf(Croft croft) {
        String data = croft.data().toString();
        String instance = "croft-" + sha256(data).substring(0, 8);
        Stream<String> processes = ProcessHandle.allProcesses()
                .map(process -> process.pid() + " " + commandLine(process.pid()))
                .filter(line -> line.contains(data) || line.contains(instance));
        Stream<String> network = Stream.of(
                        List.of("ip", "-o", "link"),
                        List.of("ip", "netns", "list"),
                        List.of("cat", "/proc/self/mounts"))
                .flatMap(argv -> Command.run(Duration.ofSeconds(10), argv.toArray(String[]::new))
                        .out()
                        .lines())
                .filter(line -> line.contains(data) || line.contains(instance));
        return Stream.concat(processes, network).toList();
    }

    private static String commandLine(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"), StandardCharsets.ISO_8859_1)
                    .replace('\0', ' ');
        } catch (IOException e) {
            return "";
        }
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
