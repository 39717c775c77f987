package dev.croft.ui.demo;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.hostlink.HostCommand.ActOnMailQueue;
import dev.croft.hostlink.HostCommand.ActedOn;
import dev.croft.hostlink.HostCommand.DropMailbox;
import dev.croft.hostlink.HostCommand.Freed;
import dev.croft.hostlink.HostCommand.MailCommand;
import dev.croft.hostlink.HostCommand.MailOutcome;
import dev.croft.hostlink.HostCommand.MailQueue;
import dev.croft.hostlink.HostCommand.MailRecipient;
import dev.croft.hostlink.HostCommand.MailRecord;
import dev.croft.hostlink.HostCommand.MailReport;
import dev.croft.hostlink.HostCommand.QueueAction;
import dev.croft.hostlink.HostCommand.QueuedMail;
import dev.croft.hostlink.HostCommand.ReadMail;
import dev.croft.hostlink.HostCommand.ReadMailQueue;
import dev.croft.hostlink.HostCommand.ReadMailRecords;
import dev.croft.hostlink.HostCommand.SetMailPassword;
import dev.croft.hostlink.HostCommand.TestMail;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretBytes;
import dev.croft.services.Mail;
import dev.croft.support.FakeMail;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Mail of the world: what its settings in force say, with a queue and records that have something to tell. */
public class DemoMail implements Mail {

    private static final JsonMapper JSON = JsonMapper.builder()
            .changeDefaultPropertyInclusion(all -> all.withValueInclusion(JsonInclude.Include.NON_NULL))
            .build();
    private static final AppName BOOKMARKS = new AppName("bookmarks");
    private static final String WHY_MX = "Other servers bring mail to the host that this record names.";

    private final DemoWorld world;
    private final DesiredStates desired;
    private FakeMail box = new FakeMail(Clock.systemUTC());

    DemoMail(DemoWorld world, DesiredStates desired) {
        this.world = world;
        this.desired = desired;
        furnish();
    }

    /** With the queue, the mailboxes and the records of the beginning. */
    public void restart() {
        furnish();
    }

    private synchronized void furnish() {
        box = new FakeMail(Clock.systemUTC());
        box.kept("ada@attic.example", 1_990_000_000, 14_812);
        box.kept("bob@attic.example", 48_300_000, 812);
        box.kept("eve@attic.example", 7_200_000, 96);
        box.sent(BOOKMARKS, 42, 3);
        box.hasPassword("ada@attic.example", "correct horse".getBytes(StandardCharsets.UTF_8));
        box.queued(new QueuedMail(
                "4cQ7Xk2hZz9v1p",
                "deferred",
                world.now().minus(Duration.ofHours(3)),
                "bookmarks@attic.example",
                BOOKMARKS,
                48_212,
                List.of(
                        new MailRecipient(
                                "reader@elsewhere.example",
                                "host mx.elsewhere.example[192.0.2.25] said: 451 4.7.1 Greylisted, try again in 300 seconds"),
                        new MailRecipient("other@elsewhere.example", null))));
        box.queued(new QueuedMail(
                "4cQ7Xm0QmTz1x2",
                "active",
                world.now().minus(Duration.ofSeconds(8)),
                "",
                null,
                3_100,
                List.of(new MailRecipient("nobody@far.example", null))));
        box.records(
                List.of(
                        record(
                                "mx",
                                "MX",
                                "attic.example",
                                "10 mail.attic.example.",
                                List.of("10 mail.attic.example."),
                                true,
                                WHY_MX),
                        record(
                                "spf",
                                "TXT",
                                "attic.example",
                                "v=spf1 mx include:relay.example.net -all",
                                List.of("v=spf1 -all"),
                                false,
                                "It names the servers that may send for the domain; what comes from others is distrusted."),
                        record(
                                "dkim",
                                "TXT",
                                "croft._domainkey.attic.example",
                                "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAxk3uR8mYh0vTt2cGq7b9f1sW5d0Zk8yqP4nJ6rQeVb2XlS7aTgHcUu9iEoMwFzYdKjN3LpB8RvC1xZ5tQh6sWmA4eG0fJkD7uIyO2nPbXcVlMzKqRtS9aEwFgHjU8oTiYp",
                                List.of(),
                                false,
                                "Receivers check the signature of each message with this key."),
                        record(
                                "ptr",
                                "PTR",
                                "9.2.0.192.in-addr.arpa",
                                "mail.attic.example.",
                                List.of(),
                                null,
                                "The name server did not answer in time. Many servers refuse mail from addresses without a name.")));
        box.testsEnd(new MailOutcome(
                "4cQ7Xp1RzTz1x9", "sent", "250 2.0.0 Ok: queued as 8F3C2", "smtp.example.net[192.0.2.9]:587", 1.4));
    }

    private static MailRecord record(
            String purpose,
            String type,
            String name,
            String wanted,
            List<String> found,
            @Nullable Boolean ok,
            String why) {
        return new MailRecord("attic.example", purpose, type, name, wanted, found, ok, why);
    }

    public void testsEnd(MailOutcome how) {
        box.testsEnd(how);
    }

    public boolean hasPassword(String mailbox, String password) {
        return box.password(mailbox)
                .filter(each -> new String(each, StandardCharsets.UTF_8).equals(password))
                .isPresent();
    }

    @SuppressWarnings("unchecked") // The box answers each command with what it carries.
    private <R> R ask(HostName host, MailCommand<R> command) {
        world.requireReachable();
        HostState inForce = desired.inForce(host).orElseThrow();
        Map<String, Object> state = new TreeMap<>();
        Map<String, Object> apps = new TreeMap<>();
        inForce.apps().forEach((name, spec) -> apps.put(name.value(), Map.of("attach", spec.attach())));
        state.put("apps", apps);
        HostState.Mail mail = inForce.host().services().mail();
        state.put("services", mail == null ? Map.of() : Map.of("mail", mail));
        return (R) box.answer(command, JSON.writeValueAsString(state));
    }

    @Override
    public MailReport report(HostName host) {
        return ask(host, new ReadMail());
    }

    @Override
    public List<MailRecord> records(HostName host) {
        return ask(host, new ReadMailRecords());
    }

    @Override
    public MailQueue queue(HostName host) {
        return ask(host, new ReadMailQueue());
    }

    @Override
    public ActedOn retry(HostName host, @Nullable String message) {
        return ask(host, new ActOnMailQueue(QueueAction.RETRY, message));
    }

    @Override
    public ActedOn delete(HostName host, String message) {
        return ask(host, new ActOnMailQueue(QueueAction.DELETE, message));
    }

    @Override
    public MailOutcome test(HostName host, String to, @Nullable AppName app) {
        return ask(host, new TestMail(to, app));
    }

    @Override
    public void setPassword(HostName host, String mailbox, SecretBytes password) {
        if (password.size() < 8) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The password was not set.",
                            "password: it has 8 to 256 bytes.",
                            "Correct it and try again.")
                    .toException();
        }
        ask(host, new SetMailPassword(mailbox, password.base64()));
    }

    @Override
    public Freed drop(HostName host, String mailbox, String typed) {
        return ask(host, new DropMailbox(typed));
    }
}
