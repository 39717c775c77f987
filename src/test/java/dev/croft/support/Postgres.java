package dev.croft.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A throw-away PostgreSQL server for one test class; needs Debian's package, not a running server. */
public final class Postgres implements AutoCloseable {

    private static final Path DEBIAN = Path.of("/usr/lib/postgresql");

    private final Path bin;
    private final Path directory;
    private final int port;

    private Postgres(Path bin, Path directory, int port) {
        this.bin = bin;
        this.directory = directory;
        this.port = port;
    }

    public static boolean isAvailable() {
        return programs().isPresent();
    }

    public static Postgres start() {
        try {
            Path directory = Files.createTempDirectory("croft-postgres");
            Postgres server = new Postgres(programs().orElseThrow(), directory, freePort());
            server.run("chown", "-R", user(), directory.toString());
            server.asUser("initdb", "-D", server.cluster(), "-U", "croft", "-A", "trust", "--no-sync", "-E", "UTF8");
            server.asUser(
                    "pg_ctl",
                    "-D",
                    server.cluster(),
                    "-w",
                    "-l",
                    directory.resolve("log").toString(),
                    "-o",
                    "-c listen_addresses=127.0.0.1 -c fsync=off -p " + server.port + " -k " + directory,
                    "start");
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
    }

    @Override
    public void close() {
        asUser("pg_ctl", "-D", cluster(), "-m", "immediate", "stop");
        run("rm", "-r", directory.toString());
    }

    private String cluster() {
        return directory.resolve("cluster").toString();
    }

    /** The server refuses to run as root. */
    private void asUser(String program, String... arguments) {
        List<String> command = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(List.of("runuser", "-u", "postgres", "--"));
        }
        command.add(bin.resolve(program).toString());
        command.addAll(List.of(arguments));
        run(command.toArray(String[]::new));
    }

    private void run(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            Path.of(System.getProperty("java.io.tmpdir"), "croft-postgres.log")
                                    .toFile()))
                    .start();
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new AssertionError("failed: " + List.of(command));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static String user() {
        String name = System.getProperty("user.name");
        return "root".equals(name) ? "postgres" : name;
    }

    private static int freePort() throws IOException {
        try (var socket = new java.net.ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static Optional<Path> programs() {
        if (!Files.isDirectory(DEBIAN)) {
            return Optional.empty();
        }
        try (Stream<Path> versions = Files.list(DEBIAN)) {
            return versions.map(version -> version.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
                    .max(Path::compareTo);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
