package dev.croft.alerts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import dev.croft.alerts.Alert.State;
import dev.croft.desired.DesiredStates;
import dev.croft.hostlink.HostCommand.Certificate;
import dev.croft.hostlink.UnitStates.Exit;
import dev.croft.hostlink.UnitStates.SeenUnit;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretText;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import dev.croft.support.MutableClock;
import jakarta.mail.internet.MimeMessage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;

/** From what a box tells to what arrives at the other end, on a clock that only the test moves. */
@Tag("stores")
class AlertsTest {

    private static final Instant START = Instant.parse("2026-11-22T06:00:00Z");
    private static final AppName SHOP = new AppName("shop");
    private static final String UNIT = "croft-app-shop.service";
    private static final String HERE = "https://croft.example";

    /** Starting takes seconds: tests that do not restart it share a console, each with a box of its own, and with it the clock. */
    @TempDir
    private static Path sharedData;

    @TempDir
    private Path data;

    private static MutableClock clock;
    private static Console shared;

    private final Receiver receiver = new Receiver();
    private FakeBox box;
    private Console console;
    private HostName attic;

    @BeforeAll
    static void start() {
        clock = new MutableClock(START);
        shared = started(sharedData);
    }

    @AfterAll
    static void stop() {
        shared.close();
    }

    @BeforeEach
    void meetABox() {
        console = shared;
        enrol();
    }

    private void enrol() {
        box = new FakeBox(clock);
        attic = console.enrol(box);
        box.unitIs(up(0));
        Await.until(this::unit, "active"::equals);
    }

    /** For a test that ends it half-way. */
    private void alone() {
        console = started(data);
        enrol();
    }

    @AfterEach
    void leaveItAsItWas() {
        receiver.close();
        // Of a box that does not answer nothing is told any more.
        box.cutLink();
        asAnna(() -> {
            alerts().channels().forEach(channel -> alerts().remove(channel.name()));
            alerts().silences().forEach(silence -> alerts().speakAgain(silence.id()));
            alerts().rules().forEach(rule -> alerts().change(rule.kind().standard()));
            return null;
        });
        if (console != shared) {
            console.close();
        }
    }

    private static Console started(Path directory) {
        return Console.start(
                directory,
                clock,
                "--croft.alerts.round=50ms",
                "--croft.alerts.slow=500ms",
                "--croft.alerts.retry-first=10s",
                "--croft.alerts.timeout=20s");
    }

    private Alerts alerts() {
        return console.get(Alerts.class);
    }

    private <T> T asAnna(Supplier<T> work) {
        return console.asAnna(work);
    }

    private SeenUnit up(int restarts) {
        return new SeenUnit(UNIT, SHOP, "loaded", "active", "running", "success", clock.instant(), restarts, null);
    }

    private SeenUnit down(String result, int restarts) {
        return new SeenUnit(
                UNIT, SHOP, "loaded", "failed", "failed", result, clock.instant(), restarts, new Exit("exited", 7));
    }

    private SeenUnit falling(int restarts) {
        return new SeenUnit(
                UNIT,
                SHOP,
                "loaded",
                "activating",
                "auto-restart",
                "exit-code",
                clock.instant(),
                restarts,
                new Exit("exited", 7));
    }

    private String unit() {
        return asAnna(() -> alerts().units(attic, SHOP)).stream()
                .map(each -> each.unit().active())
                .findFirst()
                .orElse("");
    }

    private void channel(String name, ChannelType type, Map<String, String> settings, @Nullable String secret) {
        asAnna(() -> alerts().save(
                        new Channel.Wish(name, type, true, settings), secret == null ? null : SecretText.of(secret)));
    }

    private void webhook() {
        channel("hook", ChannelType.WEBHOOK, Map.of("url", receiver.address() + "/in", "console", HERE), "a key");
    }

    private List<Alert> firing() {
        return asAnna(() -> alerts().firing()).stream()
                .filter(each -> each.host().equals(attic))
                .toList();
    }

    private List<Alert> history() {
        return asAnna(() -> alerts().history(null, 200)).stream()
                .filter(each -> each.host().equals(attic))
                .toList();
    }

    private Alert only() {
        return Await.until(this::firing, all -> all.size() == 1).getFirst();
    }

    private Channel channel(String name) {
        return asAnna(() -> alerts().channels()).stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** What is not over, also what nobody is told of yet. */
    private List<String> states() {
        return console.get(JdbcClient.class)
                .sql("select state from alerts_alert where open_key is not null and host = ? order by id")
                .param(attic.value())
                .query(String.class)
                .list();
    }

    private void fail() {
        box.unitIs(down("exit-code", 0));
        Await.until(this::states, List.of("rising")::equals);
        clock.advance(Duration.ofSeconds(11));
        Await.until(this::firing, all -> all.size() == 1);
    }

    private void mend() {
        box.unitIs(up(0));
        Await.until(this::states, List.of("calming")::equals);
        clock.advance(Duration.ofSeconds(61));
        Await.until(this::firing, List::isEmpty);
    }

    // ---- what is told

    @Test
    void aUnitThatFailsIsToldOnceAndThatItIsOverOnce() {
        webhook();
        box.writeToJournal("shop", "cannot open the file");

        fail();
        var raised = receiver.await(1).getFirst();
        mend();
        var cleared = receiver.await(2).get(1);

        assertThat(raised.method() + " " + raised.path()).isEqualTo("POST /in");
        assertThat(raised.json().path("event").asString()).isEqualTo("raised");
        assertThat(raised.json().path("what").asString()).isEqualTo("shop has failed and is not running.");
        assertThat(raised.json().path("why").asString()).isEqualTo("It ended with exit code 7.");
        assertThat(raised.json().path("detail").asString()).contains("cannot open the file");
        assertThat(raised.json().path("link").asString()).startsWith(HERE + "/alerts/");
        assertThat(raised.json().has("likelyCause")).isFalse();
        assertThat(cleared.json().path("event").asString()).isEqualTo("cleared");
        assertThat(cleared.json().path("alert").asLong())
                .isEqualTo(raised.json().path("alert").asLong());
        clock.advance(Duration.ofHours(1));
        Await.until(() -> channel("hook"), each -> each.waiting() == 0);
        assertThat(receiver.given()).hasSize(2);
        assertThat(history()).extracting(Alert::state).containsExactly(State.OVER);
    }

    @Test
    void aWebhookIsSignedAndHasAKeyOfItsOwn() throws Exception {
        webhook();
        fail();

        var given = receiver.await(1).getFirst();

        String signed = given.header("X-Croft-Timestamp") + "." + given.body();
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec("a key".getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        assertThat(given.header("X-Croft-Signature"))
                .isEqualTo("sha256=" + HexFormat.of().formatHex(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8))));
        assertThat(given.header("Idempotency-Key"))
                .isEqualTo(given.json().path("id").asString())
                .endsWith("-hook-raised");
    }

    @Test
    void theLastChangeBeforeItIsNamedWithWhatItChanged() {
        webhook();
        asAnna(() -> {
            console.get(DesiredStates.class).putApp(attic, SHOP, Console.site("main", 8080));
            return null;
        });
        Operation deployed = asAnna(() -> console.get(Operations.class).deploy(attic, SHOP, null));
        Await.until(
                () -> asAnna(() -> console.get(Operations.class).get(deployed.id())),
                each -> each.state() == OperationState.SUCCEEDED);
        clock.advance(Duration.ofMinutes(3));

        fail();
        var cause = receiver.await(1).getFirst().json().path("likelyCause");

        assertThat(cause.path("operation").asString()).isEqualTo(deployed.id().value());
        assertThat(cause.path("title").asString()).isEqualTo("Deploy shop");
        assertThat(cause.path("by").asString()).isEqualTo("anna");
        assertThat(cause.path("edits").isEmpty()).isFalse();
        assertThat(cause.path("rollBack").asString()).isEqualTo(HERE + "/apps/shop/deployments");
        assertThat(Objects.requireNonNull(only().cause()).operation()).isEqualTo(deployed.id());
    }

    @Test
    void aLoopIsToldAtOnceAndIsOverWhenSomebodyStartsItAnew() {
        webhook();
        for (int i = 1; i <= 4; i++) {
            clock.advance(Duration.ofSeconds(3));
            box.unitIs(falling(i));
            Integer times = i;
            Await.until(
                    () -> asAnna(() -> alerts().units(attic, SHOP))
                            .getFirst()
                            .unit()
                            .restarts(),
                    times::equals);
            // What it ended by is not told any more while it runs.
            box.unitIs(up(i));
            Await.until(this::unit, "active"::equals);
        }

        assertThat(only().kind()).isEqualTo(AlertKind.RESTART_LOOP);
        assertThat(receiver.await(1).getFirst().json().path("what").asString()).contains("shop is in a restart loop");
        assertThat(receiver.given().getFirst().json().path("why").asString()).isEqualTo("It ended with exit code 7.");
        box.unitIs(up(0));
        Await.until(this::states, List.of("calming")::equals);
        clock.advance(Duration.ofMinutes(3));
        Await.until(this::firing, List::isEmpty);
    }

    @Test
    void whatSystemdGaveUpIsALoopAndNothingElse() {
        box.unitIs(down("start-limit-hit", 5));

        assertThat(only().kind()).isEqualTo(AlertKind.RESTART_LOOP);
        assertThat(only().words().what().english()).contains("has given up");
    }

    @Test
    void whatTheKernelKilledIsToldAsThat() {
        box.unitIs(down("oom-kill", 0));

        Alert alert = only();
        assertThat(alert.kind()).isEqualTo(AlertKind.OUT_OF_MEMORY);
        assertThat(alert.words().what().english()).contains("no memory left");
    }

    @Test
    void aBoxThatIsCutOffIsNotWellAndNotWorse() {
        fail();

        box.cutLink();
        clock.advance(Duration.ofHours(3));

        Await.until(
                () -> asAnna(() -> alerts().units(attic, null)),
                units -> units.stream().noneMatch(UnitNow::current));
        assertThat(only().state()).isEqualTo(State.FIRING);
    }

    @Test
    void certificatesThatEndSoon() {
        box.trust()
                .certificate(new Certificate(
                        "shop.example",
                        List.of("shop.example"),
                        "acme",
                        "R3",
                        clock.instant(),
                        clock.instant().plus(Duration.ofDays(10)),
                        false,
                        null,
                        "the authority refused it",
                        List.of(),
                        List.of(SHOP)));
        Await.until(this::states, List.of("rising")::equals);
        clock.advance(Duration.ofHours(2));

        Alert alert = only();
        assertThat(alert.kind()).isEqualTo(AlertKind.CERTIFICATE);
        assertThat(alert.words().why().english()).contains("the authority refused it");
    }

    @Test
    void flappingSendsNoStorm() {
        webhook();
        for (int i = 0; i < 20; i++) {
            box.unitIs(down("exit-code", 0));
            Await.until(this::states, now -> !now.isEmpty() && !now.contains("calming"));
            clock.advance(Duration.ofSeconds(15));
            Await.until(this::states, now -> !now.contains("rising"));
            box.unitIs(up(0));
            Await.until(this::states, now -> now.isEmpty() || now.contains("calming"));
            clock.advance(Duration.ofSeconds(70));
            Await.until(() -> channel("hook"), each -> each.waiting() == 0);
        }

        assertThat(receiver.given().size()).isBetween(1, 8);
    }

    // ---- silences

    @Test
    void whatIsSilencedIsShownAndToldWhenTheSilenceEnds() {
        webhook();
        Silence silence = asAnna(
                () -> alerts().silence(attic, SHOP, null, clock.instant().plus(Duration.ofHours(2)), "moving house"));
        fail();

        assertThat(only().silenced()).isTrue();
        assertThat(receiver.given()).isEmpty();
        clock.advance(Duration.ofHours(3));
        assertThat(receiver.await(1)).hasSize(1);
        assertThat(asAnna(() -> alerts().silences())).isEmpty();
        assertThat(silence.by()).isEqualTo("anna");
    }

    @Test
    void whatBeginsAndEndsWithinASilenceIsToldToNobody() {
        webhook();
        asAnna(() -> alerts().silenceEverywhere(null, clock.instant().plus(Duration.ofHours(2)), ""));
        fail();
        mend();
        clock.advance(Duration.ofHours(3));

        assertThat(history()).hasSize(1);
        assertThat(receiver.given()).isEmpty();
    }

    @Test
    void aSilenceThatIsEndedEarlyIsOver() {
        webhook();
        Silence silence =
                asAnna(() -> alerts().silence(attic, null, null, clock.instant().plus(Duration.ofDays(2)), ""));
        fail();
        asAnna(() -> {
            alerts().speakAgain(silence.id());
            return null;
        });

        assertThat(receiver.await(1)).hasSize(1);
    }

    // ---- rules

    @Test
    void aRuleThatIsChangedCounts() {
        Rule standard = AlertKind.UNIT_FAILED.standard();
        asAnna(() -> alerts().change(new Rule(standard.kind(), true, 1, 1, Duration.ofMinutes(30), Duration.ZERO)));
        box.unitIs(down("exit-code", 0));
        Await.until(this::states, List.of("rising")::equals);
        clock.advance(Duration.ofMinutes(29));
        Await.until(() -> asAnna(() -> alerts().troubles(attic, SHOP)), each -> each.size() == 1);

        assertThat(firing()).isEmpty();
        clock.advance(Duration.ofMinutes(2));
        only();
        asAnna(() -> alerts().change(new Rule(standard.kind(), false, 1, 1, Duration.ZERO, Duration.ZERO)));
        Await.until(this::firing, List::isEmpty);
        assertThat(asAnna(() -> alerts().troubles(attic, SHOP)))
                .as("what is wrong is shown all the same")
                .hasSize(1);
        asAnna(() -> alerts().change(standard));
        assertThat(asAnna(() -> alerts().rules())).contains(standard);
    }

    // ---- restarts

    /** The server has it, the console does not know that: it says the same again, by the same key. */
    @Test
    void aConsoleKilledBetweenSendingAndMarkingSaysTheSameByTheSameKey() {
        alone();
        webhook();
        channel(
                "room",
                ChannelType.MATRIX,
                Map.of("server", receiver.address(), "room", "!a b:croft.example", "console", HERE),
                "matrix token");
        receiver.hold();
        fail();
        var before = receiver.await(2);

        console.close();
        receiver.release();
        clock.advance(Duration.ofMinutes(1));
        console = started(data);
        var after = Await.until(receiver::given, all -> all.size() >= 4);

        for (int i = 0; i < 2; i++) {
            var first = before.get(i);
            var again = after.stream()
                    .skip(2)
                    .filter(each -> each.method().equals(first.method()))
                    .findFirst()
                    .orElseThrow();
            assertThat(again.path()).isEqualTo(first.path());
            assertThat(again.body()).isEqualTo(first.body());
            assertThat(again.header("Idempotency-Key")).isEqualTo(first.header("Idempotency-Key"));
        }
        var matrix = before.stream()
                .filter(each -> each.method().equals("PUT"))
                .findFirst()
                .orElseThrow();
        assertThat(matrix.path())
                .startsWith("/_matrix/client/v3/rooms/%21a%20b%3Acroft.example/send/m.room.message/")
                .endsWith("-room-raised");
        assertThat(matrix.header("Authorization")).isEqualTo("Bearer matrix token");
        assertThat(matrix.json().path("msgtype").asString()).isEqualTo("m.text");
        Await.until(() -> channel("room").waiting() + channel("hook").waiting(), left -> left == 0);
        assertThat(receiver.given()).hasSize(4);
    }

    @Test
    void ntfyIsAskedFirstWhetherItHasWhatIsInDoubt() {
        alone();
        channel(
                "phone",
                ChannelType.NTFY,
                Map.of("server", receiver.address(), "topic", "attic-alerts", "console", HERE),
                "tk_token");
        receiver.hold();
        fail();
        var first = receiver.await(1).getFirst();

        console.close();
        receiver.has(
                "{\"id\":\"x\",\"event\":\"message\",\"tags\":" + first.json().path("tags") + "}\n");
        receiver.release();
        clock.advance(Duration.ofMinutes(1));
        console = started(data);
        Await.until(() -> channel("phone"), each -> each.waiting() == 0);

        assertThat(first.method() + " " + first.path()).isEqualTo("POST /");
        assertThat(first.header("Authorization")).isEqualTo("Bearer tk_token");
        assertThat(first.json().path("topic").asString()).isEqualTo("attic-alerts");
        assertThat(first.json().path("click").asString()).startsWith(HERE + "/alerts/");
        var all = receiver.given();
        assertThat(all).hasSize(2);
        assertThat(all.get(1).method() + " " + all.get(1).path()).isEqualTo("GET /attic-alerts/json");
        assertThat(all.get(1).query()).startsWith("poll=1&since=");
    }

    @Test
    void ntfyThatDoesNotHaveItIsSentItAgain() {
        channel("phone", ChannelType.NTFY, Map.of("server", receiver.address(), "topic", "attic-alerts"), null);
        receiver.answers(503);
        fail();
        receiver.await(1);
        Await.until(() -> channel("phone").problem(), Objects::nonNull);
        receiver.answers(200);
        clock.advance(Duration.ofMinutes(1));

        Await.until(() -> channel("phone"), each -> each.waiting() == 0);
        assertThat(receiver.given()).extracting(Receiver.Given::method).containsExactly("POST", "GET", "POST");
    }

    @Test
    void whatWasRaisedBeforeARestartIsNotToldAgain() {
        alone();
        webhook();
        fail();
        Await.until(() -> channel("hook").waiting() == 0 && receiver.given().size() == 1, Boolean::booleanValue);

        console.close();
        console = started(data);
        only();
        clock.advance(Duration.ofMinutes(10));
        mend();

        assertThat(receiver.await(2))
                .extracting(each -> each.json().path("event").asString())
                .containsExactly("raised", "cleared");
    }

    // ---- channels that fail

    @Test
    void aChannelThatFailsIsShownAndGetsEverythingInOrderLater() {
        webhook();
        receiver.answers(500);
        fail();
        Channel failing = Await.until(() -> channel("hook"), each -> each.problem() != null);
        mend();

        assertThat(Objects.requireNonNull(failing.problem()).code()).isEqualTo(ProblemCode.ALERT_NOT_SENT);
        assertThat(failing.problem().why()).contains("500");
        assertThat(failing.failingSince()).isNotNull();
        receiver.answers(200);
        clock.advance(Duration.ofHours(1));
        Await.until(() -> channel("hook"), each -> each.waiting() == 0 && each.problem() == null);
        List<String> events = receiver.given().stream()
                .map(each -> each.json().path("event").asString())
                .toList();
        assertThat(events).endsWith("raised", "cleared");
        assertThat(events.subList(0, events.size() - 1)).containsOnly("raised");
    }

    @Test
    void whatNobodyTakesForDaysIsGivenUp() {
        webhook();
        receiver.answers(500);
        fail();
        Await.until(() -> channel("hook"), each -> each.problem() != null);

        clock.advance(Duration.ofDays(4));

        Await.until(() -> channel("hook"), each -> each.waiting() == 0);
        assertThat(asAnna(() -> alerts().deliveries(only().id())))
                .singleElement()
                .satisfies(each -> assertThat(each.givenUpAt()).isNotNull());
    }

    @Test
    void aTestSaysWhatIsWrong() {
        webhook();
        asAnna(() -> {
            alerts().test("hook");
            return null;
        });
        assertThat(receiver.await(1).getFirst().json().path("event").asString()).isEqualTo("test");

        receiver.answers(403);
        ProblemException failure = catchThrowableOfType(
                ProblemException.class,
                () -> asAnna(() -> {
                    alerts().test("hook");
                    return null;
                }));

        assertThat(failure.problem().code()).isEqualTo(ProblemCode.ALERT_NOT_SENT);
        assertThat(failure.problem().why()).contains("403");
        assertThat(failure.problem().next()).contains("secret");
    }

    @Test
    void redirectsAreNotFollowedAndCloudsKeysNotAsked() {
        webhook();
        receiver.answers(302);
        assertThat(refusedTest("hook").why()).contains("302");
        channel("cloud", ChannelType.WEBHOOK, Map.of("url", "https://169.254.169.254/latest"), null);

        assertThat(refusedTest("cloud").why()).contains("169.254.169.254");
        assertThat(receiver.given()).hasSize(1);
    }

    private dev.croft.kernel.Problem refusedTest(String channel) {
        return catchThrowableOfType(
                        ProblemException.class,
                        () -> asAnna(() -> {
                            alerts().test(channel);
                            return null;
                        }))
                .problem();
    }

    @Test
    void aSecretDoesNotGoToAnotherServer() {
        webhook();
        ProblemException failure = catchThrowableOfType(
                ProblemException.class,
                () -> channel("hook", ChannelType.WEBHOOK, Map.of("url", "https://elsewhere.example/in"), null));

        assertThat(failure.problem().why()).contains("has to be given again");
        assertThat(console.get(JdbcClient.class)
                        .sql("select secret from alerts_channel where name = 'hook'")
                        .query((row, number) -> new String(row.getBytes(1), StandardCharsets.ISO_8859_1))
                        .single())
                .doesNotContain("a key");
    }

    // ---- e-mail, with a real server

    @Test
    void anEmailArrivesAndIsTheSameWhenItHasToBeSentAgain() throws Exception {
        GreenMail mail = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
        mail.setUser("croft@attic.example", "croft", "mail password");
        mail.start();
        try {
            channel(
                    "mail",
                    ChannelType.EMAIL,
                    Map.of(
                            "server", "127.0.0.1",
                            "port", Integer.toString(mail.getSmtp().getPort()),
                            "security", "none",
                            "user", "croft",
                            "from", "Croft <croft@attic.example>",
                            "to", "anna@attic.example, ben@attic.example",
                            "console", HERE),
                    "mail password");
            box.writeToJournal("shop", "cannot open the file «ä»");
            fail();
            Await.until(() -> mail.getReceivedMessages().length, count -> count >= 2);
            Await.until(() -> channel("mail"), each -> each.waiting() == 0);
            // As a process leaves it that is killed when the server has taken the message, before it is marked.
            console.get(JdbcClient.class)
                    .sql(
                            "update alerts_delivery set sent_at = null, in_doubt = true, next_at = created_at where channel = 'mail'")
                    .update();
            Await.until(() -> mail.getReceivedMessages().length, count -> count >= 4);

            MimeMessage[] all = mail.getReceivedMessages();
            assertThat(all[0].getSubject()).isEqualTo("shop on " + attic + ": shop has failed and is not running.");
            assertThat(all[0].getContent().toString())
                    .contains("It ended with exit code 7.", "cannot open the file «ä»", HERE + "/alerts/");
            assertThat(all[0].getAllRecipients()).hasSize(2);
            assertThat(all[2].getMessageID()).isEqualTo(all[0].getMessageID()).endsWith("-mail-raised@attic.example>");
            assertThat(all[2].getSentDate()).isEqualTo(all[0].getSentDate());
            mend();
            Await.until(() -> mail.getReceivedMessages().length, count -> count >= 6);
            assertThat(mail.getReceivedMessages()[4].getHeader("References")).isEqualTo(all[0].getHeader("References"));
        } finally {
            mail.stop();
        }
    }

    @Test
    void aWrongPasswordIsToldAsThat() {
        GreenMail mail = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
        mail.setUser("croft@attic.example", "croft", "mail password");
        mail.start();
        try {
            channel(
                    "mail",
                    ChannelType.EMAIL,
                    Map.of(
                            "server", "127.0.0.1",
                            "port", Integer.toString(mail.getSmtp().getPort()),
                            "security", "none",
                            "user", "croft",
                            "from", "croft@attic.example",
                            "to", "anna@attic.example"),
                    "another password");

            assertThat(refusedTest("mail").why()).contains("does not let the console in");
            assertThat(refusedTest("mail").toString()).doesNotContain("another password");
        } finally {
            mail.stop();
        }
    }
}
