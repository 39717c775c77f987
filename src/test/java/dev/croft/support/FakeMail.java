package dev.croft.support;

import dev.croft.hostlink.HostCommand.ActOnMailQueue;
import dev.croft.hostlink.HostCommand.ActedOn;
import dev.croft.hostlink.HostCommand.DropMailbox;
import dev.croft.hostlink.HostCommand.Freed;
import dev.croft.hostlink.HostCommand.MailCommand;
import dev.croft.hostlink.HostCommand.MailOutcome;
import dev.croft.hostlink.HostCommand.MailQueue;
import dev.croft.hostlink.HostCommand.MailRecord;
import dev.croft.hostlink.HostCommand.MailReport;
import dev.croft.hostlink.HostCommand.MailSender;
import dev.croft.hostlink.HostCommand.MailServerInForce;
import dev.croft.hostlink.HostCommand.MailUnit;
import dev.croft.hostlink.HostCommand.MailboxSet;
import dev.croft.hostlink.HostCommand.MailboxState;
import dev.croft.hostlink.HostCommand.QueueAction;
import dev.croft.hostlink.HostCommand.QueueSize;
import dev.croft.hostlink.HostCommand.QueuedMail;
import dev.croft.hostlink.HostCommand.ReadMail;
import dev.croft.hostlink.HostCommand.ReadMailQueue;
import dev.croft.hostlink.HostCommand.ReadMailRecords;
import dev.croft.hostlink.HostCommand.RelayInForce;
import dev.croft.hostlink.HostCommand.SetMailPassword;
import dev.croft.hostlink.HostCommand.TestMail;
import dev.croft.kernel.AppName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Mail of the {@link FakeBox}: what its state says, and what a test put there. */
public final class FakeMail {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int FIRST_PORT = 2500;

    private record Kept(long bytes, long messages) {}

    private final Clock clock;
    private final Map<String, Kept> kept = new TreeMap<>();
    private final Map<String, byte[]> passwords = new TreeMap<>();
    private final Map<String, QueuedMail> queue = new LinkedHashMap<>();
    private final Map<AppName, List<Long>> counts = new TreeMap<>();
    private List<MailRecord> records = List.of();
    private MailOutcome outcome = new MailOutcome("4Q1", "sent", "250 2.0.0 Ok: queued", "smtp.example.net:587", 1.2);

    public FakeMail(Clock clock) {
        this.clock = clock;
    }

    /** Mail that lies on the disk, whether or not the mailbox is in the state. */
    public synchronized void kept(String mailbox, long bytes, long messages) {
        kept.put(mailbox, new Kept(bytes, messages));
    }

    public synchronized void hasPassword(String mailbox, byte[] password) {
        passwords.put(mailbox, password.clone());
    }

    public synchronized void queued(QueuedMail message) {
        queue.put(message.id(), message);
    }

    public synchronized void sent(AppName app, long sent, long refused) {
        counts.put(app, List.of(sent, refused));
    }

    public synchronized void records(List<MailRecord> all) {
        records = List.copyOf(all);
    }

    public synchronized void testsEnd(MailOutcome how) {
        outcome = how;
    }

    public synchronized Optional<byte[]> password(String mailbox) {
        return Optional.ofNullable(passwords.get(mailbox)).map(byte[]::clone);
    }

    public synchronized Object answer(MailCommand<?> command, String state) {
        JsonNode tree = JSON.readTree(state);
        JsonNode mail = tree.path("services").path("mail");
        if (mail.isMissingNode()) {
            throw problem(ProblemCode.MAIL_NOT_SET_UP, "The running system has no mail.");
        }
        JsonNode mailboxes = mail.path("server").path("mailboxes");
        return switch (command) {
            case ReadMail ignored -> report(tree, mail, mailboxes);
            case ReadMailRecords ignored -> records;
            case ReadMailQueue ignored -> new MailQueue(List.copyOf(queue.values()), false);
            case ActOnMailQueue act -> act(act);
            case TestMail ignored -> outcome;
            case SetMailPassword set -> {
                if (!mailboxes.has(set.mailbox())) {
                    throw problem(ProblemCode.NOT_FOUND, "There is no such mailbox.");
                }
                passwords.put(
                        set.mailbox(), Base64.getDecoder().decode(set.base64().reveal()));
                yield new MailboxSet(set.mailbox());
            }
            case DropMailbox drop -> {
                if (mailboxes.has(drop.mailbox())) {
                    throw problem(ProblemCode.MAILBOX_IN_USE, "The running system has this mailbox.");
                }
                Kept gone = kept.remove(drop.mailbox());
                if (gone == null) {
                    throw problem(ProblemCode.NOT_FOUND, "There is no mail of this mailbox.");
                }
                yield new Freed(gone.bytes());
            }
        };
    }

    private MailReport report(JsonNode state, JsonNode mail, JsonNode mailboxes) {
        List<MailboxState> all = new ArrayList<>();
        mailboxes.properties().forEach(each -> {
            Kept has = kept.getOrDefault(each.getKey(), new Kept(0, 0));
            all.add(new MailboxState(
                    each.getKey(),
                    has.bytes(),
                    has.messages(),
                    each.getValue().has("quota") ? 2L << 30 : null,
                    passwords.containsKey(each.getKey()),
                    true));
        });
        kept.forEach((address, has) -> {
            if (!mailboxes.has(address)) {
                all.add(new MailboxState(address, has.bytes(), has.messages(), null, false, false));
            }
        });
        List<MailSender> senders = new ArrayList<>();
        state.path("apps").properties().forEach(app -> {
            JsonNode attached = app.getValue().path("attach").path("mail");
            if (!attached.isMissingNode()) {
                AppName name = new AppName(app.getKey());
                List<Long> count = counts.getOrDefault(name, List.of(0L, 0L));
                senders.add(new MailSender(
                        name,
                        attached.path("from")
                                .valueStream()
                                .map(JsonNode::stringValue)
                                .toList(),
                        attached.path("perHour").intValue(100),
                        FIRST_PORT + senders.size(),
                        count.get(0),
                        count.get(1)));
            }
        });
        JsonNode relay = mail.path("relay");
        JsonNode server = mail.path("server");
        return new MailReport(
                clock.instant(),
                relay.isMissingNode()
                        ? null
                        : new RelayInForce(
                                relay.get("host").stringValue(),
                                relay.path("port").intValue(587),
                                relay.path("user").stringValueOpt().orElse(null)),
                server.isMissingNode()
                        ? null
                        : new MailServerInForce(
                                server.get("hostname").stringValue(),
                                server.get("domains")
                                        .valueStream()
                                        .map(JsonNode::stringValue)
                                        .toList(),
                                25L << 20),
                List.of(new MailUnit("postfix.service", "active")),
                new QueueSize(
                        queue.size(),
                        queue.values().stream().mapToLong(QueuedMail::bytes).sum(),
                        queue.values().stream()
                                .map(QueuedMail::arrivedAt)
                                .min((one, other) -> one.compareTo(other))
                                .orElse(null)),
                all,
                senders);
    }

    private ActedOn act(ActOnMailQueue act) {
        if (act.message() == null) {
            return new ActedOn(queue.size());
        }
        boolean known = queue.containsKey(act.message());
        if (!known) {
            throw problem(ProblemCode.NOT_FOUND, "There is no such message in the queue.");
        }
        if (act.action() == QueueAction.DELETE) {
            queue.remove(act.message());
        }
        return new ActedOn(1);
    }

    private static RuntimeException problem(ProblemCode code, String why) {
        return Problem.of(code, "Nothing was done.", why, "Look at what the box has now.")
                .toException();
    }
}
