package dev.croft.services;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Tokens;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Attach;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.hostlink.HostCommand.ActOnMailQueue;
import dev.croft.hostlink.HostCommand.ActedOn;
import dev.croft.hostlink.HostCommand.Freed;
import dev.croft.hostlink.HostCommand.MailCommand;
import dev.croft.hostlink.HostCommand.MailOutcome;
import dev.croft.hostlink.HostCommand.MailRecipient;
import dev.croft.hostlink.HostCommand.MailRecord;
import dev.croft.hostlink.HostCommand.MailSender;
import dev.croft.hostlink.HostCommand.MailboxState;
import dev.croft.hostlink.HostCommand.QueueAction;
import dev.croft.hostlink.HostCommand.QueuedMail;
import dev.croft.hostlink.HostCommand.RelayInForce;
import dev.croft.hostlink.HostCommand.TestMail;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import dev.croft.support.Http;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Mail, as people ask for it. */
@ExtendWith(OutputCaptureExtension.class)
class MailTest {

    private static final AppName SHOP = new AppName("shop");
    private static final String ADA = "ada@attic.example";
    private static final String PASSWORD = "correct horse battery ü";

    private final FakeBox box = Console.newBox();
    private final Console console = Console.shared();
    private HostName attic;

    @BeforeEach
    void aBoxWithAnApp() {
        attic = console.enrol(box);
    }

    private void withMail() {
        DesiredStates desired = console.get(DesiredStates.class);
        console.asAnna(() -> {
            HostState.HostSettings settings = desired.draft(attic).host();
            desired.putSettings(
                    attic,
                    settings.withServices(settings.services()
                            .withMail(new HostState.Mail(
                                    new HostState.MailRelay("smtp.example.net", null, null, null),
                                    new HostState.MailServer("mail.attic.example", List.of("attic.example"))
                                            .withMailboxes(new TreeMap<>(Map.of(ADA, new HostState.Mailbox("2G"))))))));
            desired.putApp(
                    attic,
                    SHOP,
                    Console.site("v1")
                            .withAttach(Attach.NOTHING.withMail(new AppSpec.Mail(List.of("shop@attic.example"), 50))));
            return end(console.get(Operations.class).apply(attic, Operations.Apply.ALL));
        });
    }

    @Test
    void aBoxWithoutMailSaysSo() {
        assertThat(Stream.<Supplier<?>>of(
                                () -> mail().report(attic),
                                () -> mail().records(attic),
                                () -> mail().queue(attic),
                                () -> mail().retry(attic, null),
                                () -> mail().delete(attic, "4Q1"),
                                () -> mail().test(attic, ADA, null),
                                () -> mail().drop(attic, ADA, ADA))
                        .map(this::refusal)
                        .map(Problem::code))
                .containsOnly(ProblemCode.MAIL_NOT_SET_UP);
    }

    @Test
    void tellsRelayMailboxesAndSenders() {
        withMail();
        box.mail().kept(ADA, 4096, 3);
        box.mail().kept("bob@attic.example", 900, 1);
        box.mail().sent(SHOP, 7, 2);

        var report = console.as(Role.VIEWER, () -> mail().report(attic));

        assertThat(report.relay()).isEqualTo(new RelayInForce("smtp.example.net", 587, null));
        assertThat(report.mailboxes())
                .containsExactly(
                        new MailboxState(ADA, 4096, 3, 2L << 30, false, true),
                        new MailboxState("bob@attic.example", 900, 1, null, false, false));
        assertThat(report.senders())
                .containsExactly(new MailSender(SHOP, List.of("shop@attic.example"), 50, 2500, 7, 2));
    }

    @Test
    void tellsWhatWaitsAndTriesItAgain() {
        withMail();
        box.mail().queued(waiting("4Q1"));
        box.mail().queued(waiting("4Q2"));

        assertThat(console.as(Role.VIEWER, () -> mail().queue(attic)).messages())
                .extracting(QueuedMail::id)
                .containsExactly("4Q1", "4Q2");
        assertThat(console.as(Role.OPERATOR, () -> mail().retry(attic, null))).isEqualTo(new ActedOn(2));
        assertThat(console.as(Role.OPERATOR, () -> mail().retry(attic, "4Q1"))).isEqualTo(new ActedOn(1));
        assertThat(console.as(Role.OPERATOR, () -> mail().delete(attic, "4Q2"))).isEqualTo(new ActedOn(1));

        assertThat(console.asAnna(() -> mail().queue(attic)).messages())
                .extracting(QueuedMail::id)
                .containsExactly("4Q1");
        assertThat(box.received())
                .contains(
                        new ActOnMailQueue(QueueAction.RETRY, null),
                        new ActOnMailQueue(QueueAction.RETRY, "4Q1"),
                        new ActOnMailQueue(QueueAction.DELETE, "4Q2"));
    }

    private static QueuedMail waiting(String id) {
        return new QueuedMail(
                id,
                "deferred",
                Instant.parse("2026-11-21T02:00:00Z"),
                "shop@attic.example",
                SHOP,
                900,
                List.of(new MailRecipient("a@b.example", "connect to b.example[192.0.2.9]:25: timed out")));
    }

    @Test
    void aTestSaysWhatBecameOfIt() {
        withMail();
        MailOutcome refused = new MailOutcome(
                "4Q9", "deferred", "535 5.7.8 Error: authentication failed", "smtp.example.net[192.0.2.9]:587", 2.1);
        box.mail().testsEnd(refused);

        assertThat(console.as(Role.OPERATOR, () -> mail().test(attic, "_x+y@b.example", SHOP)))
                .isEqualTo(refused);
        assertThat(box.received()).contains(new TestMail("_x+y@b.example", SHOP));
        assertThat(refusal(() -> mail().test(attic, ADA, new AppName("nobody"))).code())
                .isEqualTo(ProblemCode.NOT_FOUND);
    }

    @Test
    void thePasswordOfAMailboxReachesTheBoxAndNothingElse(CapturedOutput output) {
        withMail();

        console.asAnna(() -> {
            mail().setPassword(attic, ADA, secret(PASSWORD));
            return null;
        });

        assertThat(box.mail().password(ADA)).hasValue(PASSWORD.getBytes(StandardCharsets.UTF_8));
        assertThat(output.getAll()).doesNotContain(PASSWORD).doesNotContain("Y29ycmVjdCBob3JzZSBiYXR0ZXJ5");
        assertThat(box.received().toString()).doesNotContain("Y29ycmVjdCBob3JzZSBiYXR0ZXJ5");
    }

    @Test
    void mailIsDeletedOnlyWhenTheAddressWasTypedAndTheMailboxIsGone() {
        withMail();
        box.mail().kept(ADA, 4096, 3);
        box.mail().kept("bob@attic.example", 900, 1);

        assertThat(refusal(() -> mail().drop(attic, "bob@attic.example", "bob")).why())
                .startsWith("confirm: ");
        assertThat(refusal(() -> mail().drop(attic, ADA, ADA)).code()).isEqualTo(ProblemCode.MAILBOX_IN_USE);
        assertThat(console.asAnna(() -> mail().drop(attic, "bob@attic.example", "bob@attic.example")))
                .isEqualTo(new Freed(900));
        assertThat(console.asAnna(() -> mail().report(attic)).mailboxes())
                .extracting(MailboxState::address)
                .containsExactly(ADA);
    }

    @Test
    void refusesWhatIsOutOfBoundsWithoutAskingTheBox() {
        assertThat(Stream.<Supplier<?>>of(
                                () -> mail().retry(attic, "-all"),
                                () -> mail().delete(attic, "ALL; x"),
                                () -> mail().test(attic, "-t@b.example", null),
                                () -> mail().test(attic, "a@b.example,c@b.example", null),
                                () -> mail().test(attic, "a@b.example\nBcc: c@d.example", null),
                                () -> mail().test(attic, "Ada <a@b.example>", null),
                                () -> mail().test(attic, "nobody", null),
                                () -> password("1234567"),
                                () -> password("x".repeat(257)),
                                () -> mail().drop(attic, "../" + ADA + "/x", "../" + ADA + "/x"))
                        .map(this::refusal)
                        .map(Problem::code))
                .containsOnly(ProblemCode.INVALID_INPUT);
        assertThat(box.received()).noneMatch(MailCommand.class::isInstance);
    }

    private Object password(String value) {
        mail().setPassword(attic, ADA, secret(value));
        return value;
    }

    /** Over the API: addresses in paths, the password as a bare body. */
    @Test
    void theApiSpeaksOfTheSame() {
        withMail();
        box.mail().kept("bob@attic.example", 900, 1);
        box.mail().queued(waiting("4Q1"));
        box.mail()
                .records(List.of(new MailRecord(
                        "attic.example", "mx", "MX", "attic.example", "10 mail.attic.example.", List.of(), null, "w")));
        Http anna = Http.anonymous(console.port())
                .with(console.asAnna(() -> console.get(Tokens.class)
                        .create("mail", Role.ADMIN, Scope.EVERYWHERE, null)
                        .secret()
                        .reveal()));
        String base = "/api/v1/hosts/" + attic + "/mail";

        assertThat(anna.get(base).text()).contains("\"hostname\":\"mail.attic.example\"", "\"sentLastHour\":0");
        assertThat(anna.get(base + "/dns").text())
                .contains("10 mail.attic.example.")
                .doesNotContain("\"ok\"");
        assertThat(anna.get(base + "/queue").text()).contains("\"app\":\"shop\"", "timed out");
        assertThat(anna.post(base + "/queue/4Q1/retry", null).text()).isEqualTo("{\"messages\":1}");
        assertThat(anna.post(base + "/queue/retry", null).text()).isEqualTo("{\"messages\":1}");
        assertThat(anna.delete(base + "/queue/4Q1").text()).isEqualTo("{\"messages\":1}");
        assertThat(anna.post(base + "/test", "{\"to\":\"a@b.example\",\"app\":\"shop\"}")
                        .text())
                .contains("\"status\":\"sent\"", "250 2.0.0");
        assertThat(anna.post(base + "/test", "{}").code()).isEqualTo("INVALID_INPUT");
        assertThat(anna.put(base + "/mailboxes/" + ADA + "/password", PASSWORD).status())
                .isEqualTo(204);
        assertThat(box.mail().password(ADA)).hasValue(PASSWORD.getBytes(StandardCharsets.UTF_8));
        assertThat(anna.delete(base + "/mailboxes/bob@attic.example?confirm=bob@attic.example")
                        .text())
                .isEqualTo("{\"bytes\":900}");
        assertThat(anna.delete(base + "/mailboxes/" + ADA + "?confirm=" + ADA).status())
                .isEqualTo(409);
    }

    private static SecretBytes secret(String value) {
        return SecretBytes.of(SecretText.of(value));
    }

    private Problem refusal(Supplier<?> useCase) {
        ProblemException refused = catchThrowableOfType(ProblemException.class, () -> console.asAnna(useCase));
        assertThat(refused).as("nothing was refused").isNotNull();
        return refused.problem();
    }

    private Operation end(Operation started) {
        Operations operations = console.get(Operations.class);
        Operation ended = Await.until(
                () -> console.asAnna(() -> operations.get(started.id())),
                now -> now.state().isFinal());
        assertThat(ended.state()).as("%s", ended.problem()).isEqualTo(OperationState.SUCCEEDED);
        return ended;
    }

    private Mail mail() {
        return console.get(Mail.class);
    }
}
