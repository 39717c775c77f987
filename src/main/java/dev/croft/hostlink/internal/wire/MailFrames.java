package dev.croft.hostlink.internal.wire;

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
import dev.croft.kernel.SecretText;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Requests about mail, and what a box answers to them. Source: docs/protocol.md §4. */
final class MailFrames {

    private MailFrames() {}

    static String type(MailCommand<?> command) {
        return switch (command) {
            case ReadMail ignored -> "mail";
            case ReadMailRecords ignored -> "mail-dns";
            case ReadMailQueue ignored -> "mail-queue";
            case ActOnMailQueue ignored -> "mail-queue-act";
            case TestMail ignored -> "mail-test";
            case SetMailPassword ignored -> "mail-password";
            case DropMailbox ignored -> "mailbox-drop";
        };
    }

    static void write(MailCommand<?> command, ObjectNode frame) {
        switch (command) {
            case ReadMail ignored -> {}
            case ReadMailRecords ignored -> {}
            case ReadMailQueue ignored -> {}
            case ActOnMailQueue(QueueAction action, var message) -> {
                frame.put("action", FrameCodec.lower(action));
                if (message != null) {
                    frame.put("id", message);
                }
            }
            case TestMail(String to, var app) -> {
                frame.put("to", to);
                if (app != null) {
                    frame.put("app", app.value());
                }
            }
            case SetMailPassword(String mailbox, SecretText base64) ->
                frame.put("mailbox", mailbox).put("value", base64.reveal());
            case DropMailbox(String mailbox) -> frame.put("mailbox", mailbox);
        }
    }

    static Object result(MailCommand<?> command, Members result) {
        return switch (command) {
            case ReadMail ignored -> report(result);
            case ReadMailRecords ignored -> result.objects("records", MailFrames::record);
            case ReadMailQueue ignored ->
                new MailQueue(result.objects("messages", MailFrames::queued), result.flag("truncated"));
            case ActOnMailQueue ignored -> new ActedOn(result.integer("messages"));
            case TestMail ignored ->
                new MailOutcome(
                        result.optionalText("id"),
                        result.text("status"),
                        result.optionalText("response"),
                        result.optionalText("relay"),
                        result.decimal("seconds"));
            case SetMailPassword ignored -> new MailboxSet(result.text("mailbox"));
            case DropMailbox ignored -> new Freed(result.longInteger("bytes"));
        };
    }

    private static MailReport report(Members report) {
        Members queue = report.object("queue");
        return new MailReport(
                report.instant("time"),
                report.optionalObject(
                        "relay",
                        relay -> new RelayInForce(
                                relay.text("host"), relay.integer("port"), relay.optionalText("user"))),
                report.optionalObject(
                        "server",
                        server -> new MailServerInForce(
                                server.text("hostname"), server.texts("domains"), server.longInteger("messageMax"))),
                report.objects("units", unit -> new MailUnit(unit.text("unit"), unit.text("active"))),
                new QueueSize(queue.integer("messages"), queue.longInteger("bytes"), queue.optionalInstant("oldest")),
                report.objects("mailboxes", MailFrames::mailbox),
                report.objects("senders", MailFrames::sender));
    }

    private static MailboxState mailbox(Members mailbox) {
        return new MailboxState(
                mailbox.text("address"),
                mailbox.longInteger("bytes"),
                mailbox.longInteger("messages"),
                mailbox.optionalLong("quota"),
                mailbox.flag("password"),
                mailbox.flag("declared"));
    }

    private static MailSender sender(Members sender) {
        return new MailSender(
                sender.value("app", AppName::new),
                sender.texts("from"),
                sender.integer("perHour"),
                sender.integer("port"),
                sender.longInteger("sentLastHour"),
                sender.longInteger("refusedLastHour"));
    }

    private static MailRecord record(Members record) {
        return new MailRecord(
                record.text("domain"),
                record.text("purpose"),
                record.text("type"),
                record.text("name"),
                record.text("wanted"),
                record.texts("found"),
                record.has("ok") ? record.flag("ok") : null,
                record.text("why"));
    }

    private static QueuedMail queued(Members message) {
        return new QueuedMail(
                message.text("id"),
                message.text("queue"),
                message.instant("arrivedAt"),
                message.text("sender"),
                app(message),
                message.longInteger("bytes"),
                message.objects(
                        "recipients", each -> new MailRecipient(each.text("address"), each.optionalText("reason"))));
    }

    private static @Nullable AppName app(Members members) {
        return members.has("app") ? members.value("app", AppName::new) : null;
    }
}
