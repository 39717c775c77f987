package dev.croft.hostlink.internal.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.hostlink.HostCall;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.Journal;
import dev.croft.hostlink.HostCommand.JournalEnd;
import dev.croft.hostlink.HostCommand.ReadState;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.hostlink.HostLink;
import dev.croft.hostlink.HostLinkContract;
import dev.croft.hostlink.HostReply;
import dev.croft.hostlink.internal.scripted.Transcript;
import dev.croft.kernel.AppName;
import dev.croft.kernel.Outgoing;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.support.MutableClock;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The link against a real OpenSSH server: the contract, and what only a network can do to it. */
class SshHostLinkIT extends HostLinkContract {

    private static final Outgoing ANYWHERE = new Outgoing(List.of());

    private static final SshSettings SETTINGS = new SshSettings(
            Duration.ofSeconds(10), Duration.ofMillis(500), 3, Duration.ofMillis(500), Duration.ofSeconds(30));

    private static final String HELLO = """
            {"from":"console","frame":{"type":"hello","protocol":1,"client":"croft/test"}}
            {"from":"box","frame":{"type":"hello","protocol":1,"hostd":"0.1.0","host":"attic","capabilities":["state","journal"]}}
            """;
    private static final String STATE = HELLO + """
            {"from":"console","frame":{"type":"state"}}
            {"from":"box","frame":{"type":"done","result":{"revision":"abc","state":null}}}
            """;
    private static final String FOLLOW = HELLO
            + "{\"from\":\"console\",\"frame\":{\"type\":\"journal\",\"app\":\"blog\",\"lines\":10,\"follow\":true}}\n";
    private static final String ONE_LINE =
            "{\"from\":\"box\",\"frame\":{\"type\":\"line\",\"cursor\":\"1\",\"time\":\"2026-11-21T03:00:00Z\",\"priority\":6,\"unit\":\"u\",\"text\":\"one\"}}\n";
    private static final Journal JOURNAL = new Journal(new AppName("blog"), null, null, 10, true);

    @TempDir
    Path temp;

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-21T03:00:00Z"));
    private SshHostLink link;
    private OpenSshServer server;

    @BeforeEach
    void startServer() throws Exception {
        assertThat(OpenSshServer.isInstalled())
                .as("the OpenSSH server, /usr/sbin/sshd (Debian: openssh-server)")
                .isTrue();
        link = newLink("console");
        server = OpenSshServer.start(temp, link.publicKey());
    }

    @AfterEach
    void stopServer() throws Exception {
        if (link != null) {
            link.close();
        }
        if (server != null) {
            server.close();
        }
    }

    private SshHostLink newLink(String directory) {
        return new SshHostLink(temp.resolve(directory), "croft/test", SETTINGS, ANYWHERE, clock, new Random(1));
    }

    @Override
    protected HostLink linkTo(Transcript transcript) {
        server.play(transcript);
        return link;
    }

    @Override
    protected HostEndpoint endpoint() {
        try {
            return server.endpoint();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    // ---- one connection

    @Test
    void allCallsShareOneConnection() throws Exception {
        server.play(FOLLOW + ONE_LINE + "{\"from\":\"box\",\"wait\":true}\n");
        int calls = 40;
        var came = new CountDownLatch(calls);
        List<HostCall<JournalEnd>> open = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            open.add(link.open(endpoint(), JOURNAL, reply -> came.countDown()));
        }
        came.await();

        assertThat(server.boxes()).isEqualTo(calls);
        assertThat(server.connections()).isEqualTo(1);

        open.forEach(HostCall::close);
        awaitThat(() -> server.boxes() == 0, "the commands on the box ended");
    }

    @Test
    void aFreshCallSharesNoConnectionAndLeavesNoneBehind() throws Exception {
        server.play(STATE);

        assertThat(link.callAfresh(endpoint(), new ReadState(null)).revision()).isEqualTo("abc");
        awaitThat(() -> server.connections() == 0, "the connection of its own was closed");

        link.call(endpoint(), new ReadState(null));
        assertThat(link.callAfresh(endpoint(), new ReadState(null)).revision()).isEqualTo("abc");
        awaitThat(() -> server.connections() == 1, "only the shared connection stayed");
        assertThat(link.call(endpoint(), new ReadState(null)).revision()).isEqualTo("abc");
    }

    @Test
    void aFreshCallIsPinnedLikeAnyOther() {
        server.play(STATE);
        var other = new HostEndpoint(
                endpoint().address(), endpoint().port(), endpoint().user(), "SHA256:" + "A".repeat(43));

        assertThatThrownBy(() -> link.callAfresh(other, new ReadState(null)))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refused -> assertThat(refused.problem().code()).isEqualTo(ProblemCode.HOST_KEY_CHANGED));
    }

    @Test
    void closingACallEndsItOnTheBoxEvenWhileItTalks() throws Exception {
        server.play(FOLLOW + "{\"from\":\"box\",\"flood\":100000000}\n");
        var came = new CountDownLatch(1000);
        HostCall<JournalEnd> call = link.open(endpoint(), JOURNAL, reply -> came.countDown());
        came.await();
        assertThat(server.boxes()).isEqualTo(1);

        call.close();

        awaitThat(() -> server.boxes() == 0, "the command on the box ended");
        server.play(STATE);
        assertThat(link.call(endpoint(), new ReadState(null)).revision()).isEqualTo("abc");
        assertThat(server.connections()).isEqualTo(1);
    }

    @Test
    void aSlowListenerHoldsTheBoxBackAndNobodyElse() throws Exception {
        int lines = 200_000;
        server.play(FOLLOW + "{\"from\":\"box\",\"flood\":" + lines
                + "}\n{\"from\":\"box\",\"frame\":{\"type\":\"done\",\"result\":{\"cursor\":null}}}\n");
        var taken = new AtomicInteger();
        var goOn = new CountDownLatch(1);
        HostCall<JournalEnd> slow = link.open(endpoint(), JOURNAL, reply -> {
            assertThat(((HostReply.Line) reply).cursor()).isEqualTo(Integer.toString(taken.getAndIncrement()));
            await(goOn);
        });
        awaitThat(() -> taken.get() == 1, "the first line came");

        // 200 000 lines are 30 MB, far more than one window: the box cannot have ended, and others are served
        // meanwhile.
        server.play(STATE);
        for (int i = 0; i < 20; i++) {
            assertThat(link.call(endpoint(), new ReadState(null)).revision()).isEqualTo("abc");
        }
        assertThat(slow.result()).isNotDone();
        awaitThat(() -> server.boxes() == 1, "only the box of the slow call is left");

        goOn.countDown();
        slow.result().get(50, TimeUnit.SECONDS);
        assertThat(taken).hasValue(lines);
    }

    // ---- who is who

    @Test
    void showsTheFingerprintThatOpenSshShows() throws Exception {
        assertThat(link.fingerprintOf("127.0.0.1", server.port())).isEqualTo(server.fingerprint("ed25519"));
    }

    @Test
    void acceptsWhicheverOfTheHostKeysWasApproved() throws Exception {
        server.play(STATE);
        for (String kind : List.of("ed25519", "ecdsa", "rsa")) {
            assertThat(link.call(server.endpoint(kind), new ReadState(null)).revision())
                    .as(kind)
                    .isEqualTo("abc");
        }
    }

    @Test
    void refusesAChangedHostKey() throws Exception {
        server.play(STATE);
        HostEndpoint approved = server.endpoint();
        server.kill();
        server.replaceHostKey("ed25519");
        server.start();

        Problem problem = refusal(approved);

        assertThat(problem.code()).isEqualTo(ProblemCode.HOST_KEY_CHANGED);
        assertThat(problem.why()).contains(approved.fingerprint(), server.fingerprint("ed25519"));
        // Waiting is no remedy, so the pause does not hide what happened.
        assertThat(refusal(approved).code()).isEqualTo(ProblemCode.HOST_KEY_CHANGED);
        // The operator approves the new key: a new endpoint, tried at once.
        assertThat(link.call(server.endpoint(), new ReadState(null)).revision()).isEqualTo("abc");
    }

    @Test
    void aFingerprintMustMatchToTheLastCharacter() throws Exception {
        server.play(STATE);
        HostEndpoint real = server.endpoint();
        for (String almost : List.of(
                real.fingerprint().substring(0, real.fingerprint().length() - 1),
                real.fingerprint() + "=",
                real.fingerprint().toLowerCase(Locale.ROOT),
                "MD5:" + real.fingerprint().substring(7),
                "*")) {
            var endpoint = new HostEndpoint(real.address(), real.port(), real.user(), almost);
            assertThat(refusal(endpoint).code()).as(almost).isEqualTo(ProblemCode.HOST_KEY_CHANGED);
        }
    }

    @Test
    void saysWhichKeyToAuthoriseWhenTheBoxRefusesOurs() throws Exception {
        server.play(STATE);
        try (SshHostLink stranger = newLink("stranger")) {
            assertThatThrownBy(() -> stranger.call(endpoint(), new ReadState(null)))
                    .isInstanceOfSatisfying(ProblemException.class, e -> {
                        assertThat(e.problem().code()).isEqualTo(ProblemCode.HOST_REFUSED_KEY);
                        assertThat(e.problem().next()).contains(stranger.publicKey());
                    });

            server.authorize(stranger.publicKey());
            stranger.disconnect(endpoint());
            assertThat(stranger.call(endpoint(), new ReadState(null)).revision())
                    .isEqualTo("abc");
        }
    }

    // ---- when the link breaks

    @Test
    void aServerThatIsKilledInTheMiddleLosesTheLinkAndIsReachedAgainAfterTheBackOff() throws Exception {
        server.play(FOLLOW + ONE_LINE + "{\"from\":\"box\",\"wait\":true}\n");
        var came = new CountDownLatch(1);
        HostCall<JournalEnd> call = link.open(endpoint(), JOURNAL, reply -> came.countDown());
        came.await();
        HostEndpoint endpoint = endpoint();

        server.kill();

        assertThat(failure(call).code()).isEqualTo(ProblemCode.LINK_LOST);
        Problem first = refusal(endpoint);
        assertThat(first.code()).isEqualTo(ProblemCode.HOST_UNREACHABLE);
        assertThat(first.why()).contains("refused");

        server.start();
        server.play(STATE);
        Problem pausing = refusal(endpoint);
        assertThat(pausing.code()).isEqualTo(ProblemCode.HOST_UNREACHABLE);
        assertThat(pausing.next()).contains("The next try is made from 03:00:01 UTC on");

        clock.advance(Duration.ofMillis(500));
        assertThat(link.call(endpoint, new ReadState(null)).revision()).isEqualTo("abc");
    }

    @Test
    void aConnectionThatDiedUnnoticedIsReplacedWithoutTellingTheCaller() throws Exception {
        server.play(STATE);
        link.call(endpoint(), new ReadState(null));
        HostEndpoint endpoint = endpoint();
        server.kill();
        server.start();

        for (int i = 0; i < 5; i++) {
            assertThat(link.call(endpoint, new ReadState(null)).revision()).isEqualTo("abc");
        }
    }

    @Test
    void aFrozenServerIsNoticedByTheKeepAlive() throws Exception {
        server.play(FOLLOW + ONE_LINE + "{\"from\":\"box\",\"wait\":true}\n");
        var came = new CountDownLatch(1);
        HostCall<JournalEnd> call = link.open(endpoint(), JOURNAL, reply -> came.countDown());
        came.await();

        long frozen = System.nanoTime();
        server.freeze();
        try {
            assertThat(failure(call).code()).isEqualTo(ProblemCode.LINK_LOST);
        } finally {
            server.thaw();
        }

        // Four intervals of half a second, and some room for a busy machine.
        assertThat(Duration.ofNanos(System.nanoTime() - frozen))
                .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(8));
    }

    @Test
    void disconnectEndsWhatIsUnderWayAndTheNextCallConnectsAgain() throws Exception {
        server.play(FOLLOW + ONE_LINE + "{\"from\":\"box\",\"wait\":true}\n");
        var came = new CountDownLatch(1);
        HostCall<JournalEnd> call = link.open(endpoint(), JOURNAL, reply -> came.countDown());
        came.await();

        link.disconnect(endpoint());

        assertThat(failure(call).code()).isEqualTo(ProblemCode.LINK_LOST);
        server.play(STATE);
        assertThat(link.call(endpoint(), new ReadState(null)).revision()).isEqualTo("abc");
    }

    @Test
    void aPortThatNobodyListensOnIsNamed() throws Exception {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = free.getLocalPort();
            free.close();

            Problem problem = refusal(new HostEndpoint("127.0.0.1", port, "croft-host", "SHA256:x"));

            assertThat(problem.code()).isEqualTo(ProblemCode.HOST_UNREACHABLE);
            assertThat(problem.what()).contains("127.0.0.1 port " + port);
            assertThat(problem.why()).contains("refused");
        }
    }

    @Test
    void aPortThatAcceptsAndSaysNothingIsGivenUpInTime() throws Exception {
        var impatient = new SshSettings(
                Duration.ofSeconds(1), Duration.ofMillis(500), 3, Duration.ofMillis(500), Duration.ofSeconds(30));
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                SshHostLink hasty = new SshHostLink(
                        temp.resolve("hasty"), "croft/test", impatient, ANYWHERE, clock, new Random(1))) {
            var endpoint = new HostEndpoint("127.0.0.1", silent.getLocalPort(), "croft-host", "SHA256:x");
            long start = System.nanoTime();

            assertThatThrownBy(() -> hasty.call(endpoint, new ReadState(null)))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> assertThat(e.problem().code()).isEqualTo(ProblemCode.HOST_UNREACHABLE));
            assertThatThrownBy(() -> hasty.fingerprintOf("127.0.0.1", silent.getLocalPort()))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> assertThat(e.problem().code()).isEqualTo(ProblemCode.HOST_UNREACHABLE));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(6));
        }
    }

    @Test
    void aNameThatNobodyKnowsIsSaidToBeUnknown() {
        Problem problem = refusal(new HostEndpoint("no-such-box.invalid", 22, "croft-host", "SHA256:x"));

        assertThat(problem.code()).isEqualTo(ProblemCode.HOST_UNREACHABLE);
        assertThat(problem.why()).contains("not known to the name service");
    }

    @Test
    void closingTwiceIsHarmlessAndNothingIsAskedAfterwards() {
        link.close();
        link.close();

        assertThat(refusal(endpoint()).code()).isEqualTo(ProblemCode.HOST_UNREACHABLE);
    }

    // ---- what the box's account really is

    @Test
    void anAccountThatIsNoCroftHostIsExplained() throws Exception {
        // As when the key was put into an ordinary account: its shell does not know the word that we ask for.
        server.play("this is not a transcript\n");

        Problem problem = refusal(endpoint());

        assertThat(problem.code()).isEqualTo(ProblemCode.HOST_UNREACHABLE);
        assertThat(problem.why()).contains("exit status 1");
        assertThat(problem.detail()).contains("JSONDecodeError");
    }

    private Problem refusal(HostEndpoint endpoint) {
        try {
            HostCommand.StateResult result = link.call(endpoint, new ReadState(null));
            throw new AssertionError("not refused: " + result);
        } catch (ProblemException e) {
            return e.problem();
        }
    }

    private static Problem failure(HostCall<?> call) throws Exception {
        try {
            throw new AssertionError("did not fail: " + call.result().get(20, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            return ((ProblemException) e.getCause()).problem();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void awaitThat(BooleanSupplier fact, String words) {
        Awaitility.await(words)
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(50))
                .until(fact::getAsBoolean);
    }
}
