package dev.croft.services;

import dev.croft.access.RequiresAdmin;
import dev.croft.access.RequiresOperator;
import dev.croft.access.RequiresStepUp;
import dev.croft.access.RequiresViewer;
import dev.croft.hostlink.HostCommand.ActedOn;
import dev.croft.hostlink.HostCommand.Freed;
import dev.croft.hostlink.HostCommand.MailOutcome;
import dev.croft.hostlink.HostCommand.MailQueue;
import dev.croft.hostlink.HostCommand.MailRecord;
import dev.croft.hostlink.HostCommand.MailReport;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.SecretBytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Use cases: the mail of a box as it is. What it should be is in the box's settings ({@code DesiredStates}); the relay's password is the
 * secret RELAY_PASSWORD of the service mail. All of them are refused with MAIL_NOT_SET_UP while the running system has no mail.
 */
public interface Mail {

    /** As the box says, now. */
    @RequiresViewer
    MailReport report(HostName host);

    /** What the zones of the domains should say so that others take the mail, and what they say. Asks name servers: takes seconds. */
    @RequiresViewer
    List<MailRecord> records(HostName host);

    /** What waits, and why. */
    @RequiresViewer
    MailQueue queue(HostName host);

    /** Tries a message again now. @param message null: all that wait */
    @RequiresOperator
    ActedOn retry(HostName host, @Nullable String message);

    /** Deletes a message that waits; its sender is not told. */
    @RequiresStepUp
    @RequiresOperator
    ActedOn delete(HostName host, String message);

    /**
     * Sends a real message and waits up to half a minute for what becomes of it.
     *
     * @param app sends as this app, through its limits; null: as the box itself
     */
    @RequiresOperator
    MailOutcome test(HostName host, String to, @Nullable AppName app);

    /**
     * Sets the password with which a mailbox's owner signs in. The box keeps what it follows from, not the password; the console keeps
     * nothing.
     *
     * @param password 8 to 256 bytes
     */
    @RequiresAdmin
    void setPassword(HostName host, String mailbox, SecretBytes password);

    /**
     * Deletes the mail of a mailbox that is no longer in force.
     *
     * @param typed the address once more, as the person typed it
     */
    @RequiresStepUp
    @RequiresAdmin
    Freed drop(HostName host, String mailbox, String typed);
}
