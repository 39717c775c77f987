package dev.croft.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The sandbox host, for tests that need a real box. It is started once per JVM and left to the next test class; the JVM stops
 * what it started when it ends. With {@code CROFT_TEST_DATA=dir} a sandbox that already runs with that data directory is used
 * and left running.
 */
public final class Sandbox {

    private static final Path COMMAND =
            Path.of("host-setup", "sandbox", "sandbox").toAbsolutePath();
    /** The first start makes the image. */
    private static final long START_MINUTES = 15;

    private static Sandbox running;

    private final Path data;
    private final JsonNode host;

    private Sandbox(Path data) {
        this.data = data;
        this.host =
                JsonMapper.shared().readTree(data.resolve("sandbox/host.json").toFile());
    }

    /** Exit code and what was printed by a command. */
    public record Result(int exit, String out, String err) {

        public Result orFail() {
            if (exit != 0) {
                throw new AssertionError("exit " + exit + "\n" + out + err);
            }
            return this;
        }
    }

    /** Fails, in the words of its command, where there is no sandbox host to start. */
    public static synchronized Sandbox get() {
        if (running == null) {
            String given = System.getenv("CROFT_TEST_DATA");
            Path data = Path.of(given != null ? given : "target/sandbox-it").toAbsolutePath();
            boolean ready = given != null && sandbox(data, "status").exit() == 0;
            if (!ready) {
                makeKey(data);
                sandbox(data, "start").orFail();
            }
            if (given == null) {
                Runtime.getRuntime().addShutdownHook(new Thread(() -> sandbox(data, "stop")));
            }
            running = new Sandbox(data);
        }
        return running;
    }

    private static Result sandbox(Path data, String verb) {
        return run(List.of(COMMAND.toString(), verb, "--data", data.toString()), null, START_MINUTES);
    }

    /** The directory that {@code --data} named; {@code console()} is the console's part of it. */
    public Path data() {
        return data;
    }

    /** What {@code croft.data} is for a console that may speak to this box. */
    public Path console() {
        return data.resolve("console");
    }

    /** The box's root file system, as seen from outside. */
    public Path root() {
        return data.resolve("sandbox/root");
    }

    public String name() {
        return host.get("name").stringValue();
    }

    public String address() {
        return host.get("address").stringValue();
    }

    public int port() {
        return host.get("port").intValue();
    }

    public String user() {
        return host.get("user").stringValue();
    }

    public String fingerprint() {
        return host.get("fingerprint").stringValue();
    }

    /** The address under which the box reaches this machine. */
    public String gateway() {
        return host.get("gateway").stringValue();
    }

    /** Runs a command as root inside the box. */
    public Result exec(String... argv) {
        return execWithInput(null, argv);
    }

    /** Runs a command as root inside the box and gives it {@code input} to read. */
    public Result execWithInput(String input, String... argv) {
        List<String> command = new ArrayList<>(List.of(COMMAND.toString(), "exec", "--data", data.toString()));
        if (input != null) {
            command.add("--stdin");
        }
        command.add("--");
        command.addAll(List.of(argv));
        return run(command, input, 10);
    }

    /** The console's key must exist before the box starts: {@code start} puts its public half into the box. */
    private static void makeKey(Path data) {
        Path key = data.resolve("console/channel_ed25519");
        if (Files.exists(key)) {
            return;
        }
        try {
            Files.createDirectories(key.getParent());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        run(List.of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "croft", "-f", key.toString()), null, 1)
                .orFail();
    }

    private static Result run(List<String> command, String input, long minutes) {
        try {
            Path out = Files.createTempFile("croft-sandbox", ".out");
            Path err = Files.createTempFile("croft-sandbox", ".err");
            Path in = null;
            try {
                // Files, not pipes: neither a full pipe nor a child that keeps one open can hold the test.
                ProcessBuilder builder =
                        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
                if (input == null) {
                    builder.redirectInput(Path.of("/dev/null").toFile());
                } else {
                    in = Files.writeString(Files.createTempFile("croft-sandbox", ".in"), input);
                    builder.redirectInput(in.toFile());
                }
                Process process = builder.start();
                if (!process.waitFor(minutes, TimeUnit.MINUTES)) {
                    process.destroy();
                    throw new AssertionError(
                            command + " did not end within " + minutes + " min\n" + text(out) + text(err));
                }
                return new Result(process.exitValue(), text(out), text(err));
            } finally {
                Files.deleteIfExists(out);
                Files.deleteIfExists(err);
                if (in != null) {
                    Files.deleteIfExists(in);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for " + command, e);
        }
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
}
