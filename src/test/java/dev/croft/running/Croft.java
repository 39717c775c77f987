package dev.croft.running;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;

/** Croft as a person starts it: the command, a data directory and a port; or Docker ({@link ComposedCroft}). */
public sealed class Croft permits ComposedCroft {

    private static final Path COMMAND = Path.of("croft").toAbsolutePath();
    private static final Pattern READY = Pattern.compile("(?m)^Croft is ready: (http://\\S+)$");
    private static final Duration UP = Duration.ofMinutes(15);
    private static final Duration SHORT = Duration.ofMinutes(3);

    private final Path data;
    private final int port;
    private final Map<String, String> environment = new HashMap<>();

    public Croft(Path data, int port) {
        this.data = data.toAbsolutePath();
        this.port = port;
    }

    /** A data directory below target/, without what an earlier run left there, and a port that is free now; or the one that runs in Docker. */
    public static Croft fresh(String name) {
        if (ComposedCroft.isThere()) {
            return new ComposedCroft();
        }
        Croft croft = new Croft(Path.of("target", name), freePort());
        croft.destroy();
        return croft;
    }

    public Path data() {
        return data;
    }

    public int port() {
        return port;
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + port + "/");
    }

    public Command.Result tryUp(String... options) {
        List<String> argv = new ArrayList<>(List.of(
                COMMAND.toString(), "up", "--detach", "--data", data.toString(), "--port", Integer.toString(port)));
        argv.addAll(List.of(options));
        return Command.run(UP, Path.of(""), environment, argv);
    }

    /** What the console finds in its environment from the next start on. */
    public Croft with(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** Starts box and console; the address of the ready line. */
    public URI up(String... options) {
        Command.Result result = tryUp(options).orFail();
        Matcher ready = READY.matcher(result.out());
        if (!ready.find()) {
            throw new AssertionError("No ready line in: " + result.out() + result.err());
        }
        return URI.create(ready.group(1));
    }

    public Command.Result verifyAudit() {
        return Command.run(UP, COMMAND.toString(), "verify-audit", "--data", data.toString());
    }

    /** What the console does with its own data: backup, restore, export-db, import-db. */
    public Command.Result own(String word, Path file) {
        return Command.run(UP, COMMAND.toString(), word, file.toAbsolutePath().toString(), "--data", data.toString());
    }

    public void down() {
        Command.run(SHORT, COMMAND.toString(), "down", "--data", data.toString())
                .orFail();
    }

    /** Stops everything and removes the data directory. */
    public void destroy() {
        if (Files.exists(data)) {
            down();
            sandbox("destroy").orFail();
            Command.run(SHORT, "rm", "-rf", "--one-file-system", data.toString())
                    .orFail();
        }
    }

    public Command.Result sandbox(String command, String... arguments) {
        List<String> argv = new ArrayList<>(List.of(COMMAND.toString(), "sandbox", command, "--data", data.toString()));
        argv.addAll(List.of(arguments));
        return Command.run(SHORT, argv.toArray(String[]::new));
    }

    /** Runs a program as root inside the box. */
    public Command.Result inBox(String... argv) {
        List<String> arguments = new ArrayList<>(List.of("--"));
        arguments.addAll(List.of(argv));
        return sandbox("exec", arguments.toArray(String[]::new));
    }

    /** Where the box is, for {@link #curl}. */
    public String address() {
        try {
            return JsonMapper.shared()
                    .readTree(Files.readString(data.resolve("sandbox/host.json")))
                    .get("address")
                    .stringValue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What an address of the box answers; status 0 when nobody does. From outside, where all ports of the box can be reached. */
    public Api.Answer ask(String url) {
        return Api.fetch(url);
    }

    /** Runs curl, quietly but for errors, where {@link #ask} asks from. */
    public Command.Result curl(String... arguments) {
        return Command.run(SHORT, curlWith(arguments));
    }

    static String[] curlWith(String... arguments) {
        List<String> argv = new ArrayList<>(List.of("curl", "--silent", "--show-error", "--max-time", "30"));
        argv.addAll(List.of(arguments));
        return argv.toArray(String[]::new);
    }

    /**
     * What a domain of the box answers to somebody who trusts the certificate that lies there, signed by itself, and no other. From the box:
     * of a container not every port is published.
     */
    public Command.Result overHttps(String domain, String path) {
        return inBox(
                "curl",
                "--silent",
                "--show-error",
                "--fail",
                "--cacert",
                "/var/lib/croft/self-signed/" + domain + "/full.pem",
                "--connect-to",
                domain + ":443:127.0.0.1:443",
                "https://" + domain + path);
    }

    /** Where the box reaches this machine. */
    public String gateway() {
        return sandbox("gateway").orFail().out().strip();
    }

    /** A file of the box, seen from outside. */
    public Path inRoot(String path) {
        return data.resolve("sandbox/root").resolve(path.substring(1));
    }

    /** The console's process, as the command noted it. */
    public ProcessHandle console() {
        try {
            String noted = Files.readString(data.resolve("console/console.pid"));
            return ProcessHandle.of(Long.parseLong(noted.split(" ")[0])).orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
