package dev.croft.hostlink.internal.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.hostlink.HostCommand.ReadState;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.kernel.Outgoing;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.support.Sandbox;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the console's key is good for on a real box: to speak croft-host/1 and for nothing else. The attacker here is someone who
 * holds the key and uses OpenSSH's own programs with it.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ChannelSecurityIT {

    private static final Outgoing ANYWHERE = new Outgoing(List.of());

    private static final String HELLO = "{\"type\":\"hello\",\"protocol\":1,\"client\":\"intruder\"}\n";

    private static Sandbox box;

    @TempDir
    Path temp;

    private Path key;

    @BeforeAll
    static void startBox() {
        box = Sandbox.get();
    }

    @BeforeEach
    void copyKey() throws Exception {
        key = Files.copy(box.console().resolve("channel_ed25519"), temp.resolve("key"));
    }

    // ---- no command but the relay

    @ParameterizedTest
    @ValueSource(
            strings = {
                "id",
                "version; id",
                "croft-host; id",
                "croft-host\nid",
                "$(id)",
                "`id`",
                "/bin/sh -c id",
                "-c id",
                "|| id",
                "internal-sftp",
                "scp -t /tmp",
                "rsync --server . /etc"
            })
    void anyCommandYieldsFramesOnly(String command) throws Exception {
        Result result = ssh(HELLO + "{\"type\":\"state\"}\n", List.of(), command);

        List<JsonNode> frames = frames(result);
        assertThat(frames).extracting(frame -> frame.get("type").stringValue()).containsExactly("hello", "done");
    }

    @Test
    void thereIsNoShell() throws Exception {
        Result result = ssh("id\necho $SHELL\nexit\n", List.of("-T"));

        assertThat(frames(result)).singleElement().satisfies(frame -> {
            assertThat(frame.get("type").stringValue()).isEqualTo("refused");
            assertThat(frame.at("/problem/code").stringValue()).isEqualTo("PROTOCOL_ERROR");
        });
    }

    @Test
    void thereIsNoTerminal() throws Exception {
        Result result = ssh(HELLO + "{\"type\":\"state\"}\n", List.of("-tt"), "id");

        assertThat(result.err()).contains("PTY allocation request failed");
        assertThat(frames(result)).hasSizeLessThanOrEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "shell", "../../bin/sh", "hello\nid"})
    void aRequestOutsideOfTheClosedSetIsRefused(String type) throws Exception {
        String request =
                JsonMapper.shared().createObjectNode().put("type", type).put("command", "id") + "\n";

        List<JsonNode> frames = frames(ssh(HELLO + request, List.of(), "croft-host"));

        assertThat(frames).hasSize(2);
        assertThat(frames.getLast().at("/problem/code").stringValue()).isEqualTo("NOT_ALLOWED");
    }

    @Test
    void theEnvironmentIsNotTakenOver() throws Exception {
        Path library = Path.of("/nowhere/evil.so");

        Result result = ssh(
                HELLO + "{\"type\":\"state\"}\n",
                List.of(
                        "-o",
                        "SetEnv=LD_PRELOAD=" + library + " PYTHONPATH=/tmp PYTHONSTARTUP=/tmp/x BASH_ENV=/tmp/x"));

        assertThat(result.err()).doesNotContain(library.toString());
        assertThat(frames(result)).hasSize(2);
    }

    // ---- no files

    @Test
    void theSftpSubsystemIsTheRelay() throws Exception {
        Result result = ssh(HELLO + "{\"type\":\"state\"}\n", List.of("-s"), "sftp");

        assertThat(frames(result)).hasSize(2);
    }

    @Test
    void thereIsNoOtherSubsystem() throws Exception {
        Result result = ssh(HELLO + "{\"type\":\"state\"}\n", List.of("-s"), "id");

        assertThat(result.exit()).isNotZero();
        assertThat(result.out()).isEmpty();
    }

    @Test
    void sftpFetchesNothing() throws Exception {
        // The relay waits for a frame that sftp never sends, so sftp is not waited for.
        runFor(
                Duration.ofSeconds(5),
                "get /etc/passwd " + temp.resolve("passwd") + "\n",
                with("sftp", List.of("-b", "-"), target()));

        assertThat(temp.resolve("passwd")).doesNotExist();
    }

    @Test
    void scpPlantsNothing() throws Exception {
        Path planted = Files.writeString(temp.resolve("planted"), "planted");

        runFor(Duration.ofSeconds(5), "", with("scp", List.of("-O"), planted.toString(), target() + ":/tmp/planted"));

        assertThat(box.exec("test", "-e", "/tmp/planted").exit()).isEqualTo(1);
    }

    // ---- no way through

    @Test
    void localForwardingCarriesNothing() throws Exception {
        for (String goal : List.of("127.0.0.1:22", "/run/croft/hostd.sock")) {
            int port = freePort();
            try (Tunnel tunnel = tunnel(List.of("-L", "127.0.0.1:" + port + ":" + goal))) {
                assertThat(answerThrough(tunnel, port, HELLO.getBytes(StandardCharsets.UTF_8)))
                        .as(goal)
                        .isEmpty();
            }
        }
    }

    @Test
    void dynamicForwardingCarriesNothing() throws Exception {
        int port = freePort();
        try (Tunnel tunnel = tunnel(List.of("-D", "127.0.0.1:" + port))) {
            // SOCKS 4a: connect to 127.0.0.1 port 22. A granted request is answered with 0x5a and then the server's
            // banner.
            byte[] connect = {4, 1, 0, 22, 127, 0, 0, 1, 0};

            assertThat(answerThrough(tunnel, port, connect)).doesNotContain("SSH-");
        }
    }

    @Test
    void remoteForwardingIsRefused() throws Exception {
        Result result =
                ssh("", List.of("-N", "-o", "ExitOnForwardFailure=yes", "-R", "127.0.0.1:0:127.0.0.1:" + freePort()));

        assertThat(result.exit()).isNotZero();
        assertThat(result.err()).contains("remote port forwarding failed");
    }

    @Test
    void standardInputForwardingIsRefused() throws Exception {
        Result result = ssh("", List.of("-W", "127.0.0.1:22"));

        assertThat(result.exit()).isNotZero();
        assertThat(result.out()).doesNotContain("SSH-");
        assertThat(result.err()).contains("administratively prohibited");
    }

    @Test
    void agentForwardingLeavesNoSocketOnTheBox() throws Exception {
        Process agent = new ProcessBuilder(
                        "ssh-agent", "-D", "-a", temp.resolve("agent").toString())
                .redirectErrorStream(true)
                .redirectOutput(temp.resolve("agent.log").toFile())
                .start();
        try {
            Awaitility.await().until(() -> Files.exists(temp.resolve("agent")));
            Result result = run(
                    HELLO + "{\"type\":\"state\"}\n",
                    List.of("SSH_AUTH_SOCK=" + temp.resolve("agent")),
                    with("ssh", List.of("-A", "-v"), target(), "croft-host"));

            assertThat(result.err()).contains("Requesting authentication agent forwarding");
            assertThat(frames(result)).hasSize(2);
            assertThat(box.exec("find", "/tmp", "/run", "-xdev", "-name", "agent.*", "-user", box.user())
                            .out())
                    .isEmpty();
        } finally {
            agent.destroy();
        }
    }

    // ---- nobody else, and to nobody else

    @Test
    void anotherKeyIsRefused() {
        try (SshHostLink stranger = link(temp.resolve("stranger"))) {
            assertProblem(ProblemCode.HOST_REFUSED_KEY, stranger, endpoint(box.user(), box.fingerprint()));
        }
    }

    @Test
    void theKeyOpensNoOtherAccount() {
        try (SshHostLink link = link(box.console())) {
            for (String user : List.of("root", "nobody", "croft-host2")) {
                assertProblem(ProblemCode.HOST_REFUSED_KEY, link, endpoint(user, box.fingerprint()));
            }
        }
    }

    @Test
    void thereIsNoPasswordToGuess() throws Exception {
        Result result = ssh("", List.of("-o", "PubkeyAuthentication=no"), "id");

        assertThat(result.exit()).isEqualTo(255);
        assertThat(result.err()).contains("Permission denied (publickey");
    }

    @Test
    void aBoxWithAnotherHostKeyIsNotSpokenTo() {
        String other = "SHA256:" + "A".repeat(43);
        try (SshHostLink link = link(box.console())) {
            assertProblem(ProblemCode.HOST_KEY_CHANGED, link, endpoint(box.user(), other));
            assertThat(link.fingerprintOf(box.address(), box.port())).isEqualTo(box.fingerprint());
            assertThat(link.call(endpoint(box.user(), box.fingerprint()), new ReadState(null))
                            .revision())
                    .isNotBlank();
        }
    }

    private static void assertProblem(ProblemCode code, SshHostLink link, HostEndpoint endpoint) {
        assertThatThrownBy(() -> link.call(endpoint, new ReadState(null)))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().code()).isEqualTo(code));
    }

    private static SshHostLink link(Path directory) {
        return new SshHostLink(
                directory, "croft/test", SshSettings.defaults(), ANYWHERE, Clock.systemUTC(), new Random(1));
    }

    private static HostEndpoint endpoint(String user, String fingerprint) {
        return new HostEndpoint(box.address(), box.port(), user, fingerprint);
    }

    // ---- OpenSSH's programs

    private record Result(int exit, String out, String err) {}

    /** Every line that came must be a frame: anything else would be the word of another program. */
    private static List<JsonNode> frames(Result result) {
        List<JsonNode> frames = new ArrayList<>();
        for (String line : result.out().split("\n")) {
            if (!line.isEmpty()) {
                JsonNode frame = JsonMapper.shared().readTree(line);
                assertThat(frame.get("type").stringValue()).isIn("hello", "done", "refused");
                frames.add(frame);
            }
        }
        return frames;
    }

    private String target() {
        return box.user() + "@" + box.address();
    }

    private Result ssh(String input, List<String> options, String... command) throws Exception {
        List<String> operands = new ArrayList<>(List.of("--", target()));
        operands.addAll(List.of(command));
        return run(input, with("ssh", options, operands.toArray(String[]::new)));
    }

    private List<String> with(String program, List<String> options, String... operands) {
        List<String> argv = new ArrayList<>(List.of(
                program,
                "-F",
                "none",
                "-i",
                key.toString(),
                "-o",
                "IdentitiesOnly=yes",
                "-o",
                "BatchMode=yes",
                "-o",
                "ConnectTimeout=10",
                "-o",
                "StrictHostKeyChecking=accept-new",
                "-o",
                "UserKnownHostsFile=" + temp.resolve("known_hosts"),
                "-o",
                "Port=" + box.port()));
        argv.addAll(options);
        argv.addAll(List.of(operands));
        return argv;
    }

    private Result run(String input, List<String> argv) throws Exception {
        return run(input, List.of(), argv);
    }

    private Result run(String input, List<String> environment, List<String> argv) throws Exception {
        return run(Duration.ofSeconds(60), input, environment, argv)
                .orElseThrow(() -> new AssertionError(argv + " did not end"));
    }

    /** Gives the program this much time and then ends it. */
    private void runFor(Duration patience, String input, List<String> argv) throws Exception {
        run(patience, input, List.of(), argv);
    }

    private Optional<Result> run(Duration patience, String input, List<String> environment, List<String> argv)
            throws Exception {
        Path out = Files.createTempFile(temp, "run", ".out");
        Path err = Files.createTempFile(temp, "run", ".err");
        Path in = Files.writeString(Files.createTempFile(temp, "run", ".in"), input);
        ProcessBuilder builder = new ProcessBuilder(argv)
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().remove("SSH_AUTH_SOCK");
        for (String variable : environment) {
            int equals = variable.indexOf('=');
            builder.environment().put(variable.substring(0, equals), variable.substring(equals + 1));
        }
        Process process = builder.start();
        try {
            return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)
                    ? Optional.of(new Result(process.exitValue(), Files.readString(out), Files.readString(err)))
                    : Optional.empty();
        } finally {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
        }
    }

    private record Tunnel(Process process, Path err) implements AutoCloseable {

        @Override
        public void close() {
            process.destroy();
        }
    }

    private Tunnel tunnel(List<String> forwarding) throws Exception {
        List<String> options = new ArrayList<>(List.of("-N", "-v"));
        options.addAll(forwarding);
        Path err = Files.createTempFile(temp, "tunnel", ".err");
        Process process = new ProcessBuilder(with("ssh", options, target()))
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(temp.resolve("tunnel.out").toFile())
                .redirectError(err.toFile())
                .start();
        return new Tunnel(process, err);
    }

    /** What comes back through a forwarded port; the channel behind it must have been asked for and refused. */
    private static String answerThrough(Tunnel tunnel, int port, byte[] request) throws Exception {
        Awaitility.await("the forwarded port listens")
                .atMost(Duration.ofSeconds(20))
                .ignoreExceptions()
                .until(() -> Files.readString(tunnel.err()).contains("Entering interactive session"));
        var answer = new StringBuilder();
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5000);
            socket.setSoTimeout(5000);
            socket.getOutputStream().write(request);
            socket.getOutputStream().flush();
            for (int b = socket.getInputStream().read();
                    b >= 0;
                    b = socket.getInputStream().read()) {
                answer.append((char) b);
            }
        } catch (SocketException | SocketTimeoutException e) {
            // Refused by being cut off.
        }
        assertThat(Files.readString(tunnel.err())).contains("open failed");
        return answer.toString();
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }
}
