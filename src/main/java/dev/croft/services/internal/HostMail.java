package dev.croft.services.internal;

import dev.croft.access.CurrentOperator;
import dev.croft.desired.DesiredStates;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.ActOnMailQueue;
import dev.croft.hostlink.HostCommand.ActedOn;
import dev.croft.hostlink.HostCommand.DropMailbox;
import dev.croft.hostlink.HostCommand.Freed;
import dev.croft.hostlink.HostCommand.MailOutcome;
import dev.croft.hostlink.HostCommand.MailQueue;
import dev.croft.hostlink.HostCommand.MailRecord;
import dev.croft.hostlink.HostCommand.MailReport;
import dev.croft.hostlink.HostCommand.QueueAction;
import dev.croft.hostlink.HostCommand.ReadMail;
import dev.croft.hostlink.HostCommand.ReadMailQueue;
import dev.croft.hostlink.HostCommand.ReadMailRecords;
import dev.croft.hostlink.HostCommand.SetMailPassword;
import dev.croft.hostlink.HostCommand.TestMail;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.SecretBytes;
import dev.croft.services.Mail;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;

/** Mail as the box tells of it. */
@Service
class HostMail implements Mail {

    private static final Logger log = LoggerFactory.getLogger(HostMail.class);

    private static final int ADDRESS_MOST = 254;
    private static final int PASSWORD_LEAST = 8;
    private static final int PASSWORD_MOST = 256;

    /** Whether mail goes there is for the servers to say; here it must only be one address, and no option of a command. */
    private static final Pattern ADDRESS = Pattern.compile("(?!-)[^@\\s\\p{Cntrl}<>,;:\"\\\\]{1,64}@[A-Za-z0-9.-]+");

    private static final Pattern MESSAGE = Pattern.compile("[A-Za-z0-9]{1,64}");

    private final Hosts hosts;
    private final HostLink link;
    private final DesiredStates desired;
    private final CurrentOperator current;

    HostMail(Hosts hosts, HostLink link, DesiredStates desired, CurrentOperator current) {
        this.hosts = hosts;
        this.link = link;
        this.desired = desired;
        this.current = current;
    }

    @Override
    public MailReport report(HostName host) {
        return link.call(hosts.get(host).endpoint(), new ReadMail());
    }

    @Override
    public List<MailRecord> records(HostName host) {
        return link.call(hosts.get(host).endpoint(), new ReadMailRecords());
    }

    @Override
    public MailQueue queue(HostName host) {
        return link.call(hosts.get(host).endpoint(), new ReadMailQueue());
    }

    @Override
    public ActedOn retry(HostName name, @Nullable String message) {
        return act(name, QueueAction.RETRY, message);
    }

    @Override
    public ActedOn delete(HostName name, String message) {
        return act(name, QueueAction.DELETE, message);
    }

    private ActedOn act(HostName name, QueueAction action, @Nullable String message) {
        Host host = hosts.get(name);
        Requests.require(
                message == null || MESSAGE.matcher(message).matches(),
                "Nothing was done in the queue.",
                "id: it is that of a message in the queue, letters and digits.");
        log.info(
                "{}: {} of {} in the queue of {}",
                current.get().name(),
                action,
                message == null ? "all messages" : message,
                name);
        return link.call(host.endpoint(), new ActOnMailQueue(action, message));
    }

    @Override
    public MailOutcome test(HostName name, String to, @Nullable AppName app) {
        Host host = hosts.get(name);
        requireAddress("No message was sent.", "to", to);
        if (app != null) {
            Requests.requireInForce(desired, name, app);
        }
        log.info("{} sends a test message from {} on {}", current.get().name(), app == null ? "the box" : app, name);
        return link.call(host.endpoint(), new TestMail(to, app));
    }

    @Override
    public void setPassword(HostName name, String mailbox, SecretBytes password) {
        String what = "The password was not set.";
        Host host = hosts.get(name);
        requireAddress(what, "mailbox", mailbox);
        Requests.require(
                password.size() >= PASSWORD_LEAST && password.size() <= PASSWORD_MOST,
                what,
                "password: it has " + PASSWORD_LEAST + " to " + PASSWORD_MOST + " bytes.");
        log.info("{} sets the password of the mailbox {} on {}", current.get().name(), mailbox, name);
        link.call(host.endpoint(), new SetMailPassword(mailbox, password.base64()));
    }

    @Override
    public Freed drop(HostName name, String mailbox, String typed) {
        String what = "The mail was not deleted.";
        Host host = hosts.get(name);
        requireAddress(what, "mailbox", mailbox);
        Requests.require(
                mailbox.equals(typed), what, "confirm: it is not the mailbox's address, which is " + mailbox + ".");
        log.info("{} deletes the mail of {} on {}", current.get().name(), mailbox, name);
        return link.call(host.endpoint(), new DropMailbox(mailbox));
    }

    private static void requireAddress(String what, String field, String address) {
        Requests.require(
                address.length() <= ADDRESS_MOST && ADDRESS.matcher(address).matches(),
                what,
                field + ": it is one e-mail address, of at most " + ADDRESS_MOST + " characters.");
    }
}
