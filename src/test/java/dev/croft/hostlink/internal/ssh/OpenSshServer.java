package dev.croft.hostlink.internal.ssh;

import dev.croft.hostlink.HostEndpoint;
import dev.croft.hostlink.internal.scripted.Transcript;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Debian's OpenSSH server on a free port of the loopback, with a box that plays a transcript behind its forced command. */
final class OpenSshServer implements AutoCloseable {

    private static final Path SSHD = Path.of("/usr/sbin/sshd");

    private final Path directory;
    private final int port;
    private Process process;

    private OpenSshServer(Path directory, int port) {
        this.directory = directory;
        this.port = port;
    }

    static boolean isInstalled() {
        return Files.isExecutable(SSHD);
    }

    /** @param authorizedKey the public key line that is let in */
    static OpenSshServer start(Path directory, String authorizedKey) throws Exception {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var server = new OpenSshServer(directory, probe.getLocalPort());
            server.prepare(authorizedKey);
            probe.close();
            server.start();
            return server;
        }
    }

    private void prepare(String authorizedKey) throws Exception {
        for (String kind : HOST_KEYS.keySet()) {
            Files.writeString(
                    directory.resolve("host_" + kind), HOST_KEYS.get(kind).secret());
            Files.setPosixFilePermissions(
                    directory.resolve("host_" + kind), PosixFilePermissions.fromString("rw-------"));
            Files.writeString(
                    directory.resolve("host_" + kind + ".pub"),
                    HOST_KEYS.get(kind).open());
        }
        try (InputStream box = OpenSshServer.class.getResourceAsStream("/hostlink/box.py")) {
            Files.copy(box, directory.resolve("box.py"), StandardCopyOption.REPLACE_EXISTING);
        }
        authorize(authorizedKey);
        Files.writeString(
                directory.resolve("sshd_config"),
                String.join(
                        "\n",
                        "Port " + port,
                        "ListenAddress 127.0.0.1",
                        "HostKey " + directory.resolve("host_ed25519"),
                        "HostKey " + directory.resolve("host_ecdsa"),
                        "HostKey " + directory.resolve("host_rsa"),
                        "AuthorizedKeysFile " + directory.resolve("authorized_keys"),
                        "PidFile none",
                        "StrictModes no",
                        "UsePAM no",
                        "PasswordAuthentication no",
                        "KbdInteractiveAuthentication no",
                        "PermitRootLogin yes",
                        "MaxSessions 100",
                        "MaxStartups 100",
                        ""));
    }

    /** Replaces a host key, as a reinstallation would. */
    void replaceHostKey(String kind) throws Exception {
        Path key = directory.resolve("host_" + kind);
        Files.delete(key);
        Files.delete(directory.resolve("host_" + kind + ".pub"));
        run("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", key.toString());
    }

    private record HostKey(String secret, String open) {}

    /** Made once for all servers of a test run: an RSA key takes its time. */
    private static final Map<String, HostKey> HOST_KEYS = makeHostKeys();

    private static Map<String, HostKey> makeHostKeys() {
        Map<String, HostKey> keys = new LinkedHashMap<>();
        try {
            Path directory = Files.createTempDirectory("croft-host-keys");
            for (String kind : List.of("ed25519", "ecdsa", "rsa")) {
                Path secret = directory.resolve(kind);
                Path open = directory.resolve(kind + ".pub");
                run("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", secret.toString());
                keys.put(kind, new HostKey(Files.readString(secret), Files.readString(open)));
                Files.delete(secret);
                Files.delete(open);
            }
            Files.delete(directory);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        return keys;
    }

    void authorize(String publicKey) throws IOException {
        Files.writeString(
                directory.resolve("authorized_keys"),
                "restrict,command=\"exec /usr/bin/env python3 -IS " + directory.resolve("box.py") + " "
                        + directory.resolve("transcript.jsonl") + "\" " + publicKey + "\n");
    }

    void play(Transcript transcript) {
        play(transcript.text());
    }

    void play(String transcript) {
        try {
            Files.writeString(directory.resolve("transcript.jsonl"), transcript);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void start() throws Exception {
        if ("root".equals(System.getProperty("user.name"))) {
            // Debian's sshd separates privileges in this directory when root starts it.
            Files.createDirectories(Path.of("/run/sshd"));
        }
        process = new ProcessBuilder(
                        SSHD.toString(),
                        "-D",
                        "-e",
                        "-f",
                        directory.resolve("sshd_config").toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("sshd.log").toFile())
                .start();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!answers()) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new AssertionError("sshd did not start:\n" + log());
            }
            process.waitFor(20, TimeUnit.MILLISECONDS);
        }
    }

    private boolean answers() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(2000);
            return socket.getInputStream().read() == 'S';
        } catch (IOException e) {
            return false;
        }
    }

    HostEndpoint endpoint() throws Exception {
        return endpoint("ed25519");
    }

    /** The endpoint with this host key approved. */
    HostEndpoint endpoint(String kind) throws Exception {
        return new HostEndpoint("127.0.0.1", port, System.getProperty("user.name"), fingerprint(kind));
    }

    /** As OpenSSH itself prints it. */
    String fingerprint(String kind) throws Exception {
        return run(
                        "ssh-keygen",
                        "-lf",
                        directory.resolve("host_" + kind + ".pub").toString())
                .split(" ")[1];
    }

    int port() {
        return port;
    }

    /** All processes of the server, those of its connections included. */
    private List<ProcessHandle> processes() {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        all.add(process.toHandle());
        return all;
    }

    /** The commands that sessions run. */
    long boxes() {
        String script = directory.resolve("box.py").toString();
        return process.descendants()
                .filter(child -> child.info().arguments().stream()
                        .anyMatch(argv -> List.of(argv).contains(script)))
                .count();
    }

    /** Connections that are signed in. */
    long connections() {
        return process.children().count();
    }

    void kill() throws Exception {
        List<ProcessHandle> all = processes();
        all.forEach(ProcessHandle::destroyForcibly);
        process.waitFor();
    }

    void freeze() throws Exception {
        signal("-STOP");
    }

    void thaw() throws Exception {
        signal("-CONT");
    }

    private void signal(String signal) throws Exception {
        List<String> command = new ArrayList<>(List.of("kill", signal));
        processes().forEach(handle -> command.add(Long.toString(handle.pid())));
        run(command.toArray(String[]::new));
    }

    String log() throws IOException {
        return Files.readString(directory.resolve("sshd.log"));
    }

    @Override
    public void close() throws Exception {
        kill();
    }

    private static String run(String... command) throws Exception {
        Process started = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(started.getInputStream().readAllBytes());
        if (started.waitFor() != 0) {
            throw new AssertionError(List.of(command) + ": " + out);
        }
        return out;
    }
}
