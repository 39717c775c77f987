package dev.croft.backups;

import dev.croft.access.ReadsOnly;
import dev.croft.access.RequiresAdmin;
import dev.croft.access.RequiresOperator;
import dev.croft.access.RequiresStepUp;
import dev.croft.access.RequiresViewer;
import dev.croft.desired.HostState.Target;
import dev.croft.hostlink.HostCommand.Backup;
import dev.croft.hostlink.HostCommand.BackupsReport;
import dev.croft.hostlink.HostCommand.MailComparison;
import dev.croft.hostlink.HostCommand.RestoreComparison;
import dev.croft.hostlink.HostCommand.ServerKey;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.SecretBytes;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations.KeptBackup;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Use cases: the backups of a box. What overwrites or deletes data or shows a password wants a proof of who is there.
 */
public interface Backups {

    /** What is typed where an app's name is, when it is about the mail. */
    String MAIL = "mail";

    /** The targets that the running system has, each asked now, and what restores have left. Takes up to half a minute. */
    @RequiresViewer(within = true)
    BackupsReport report(HostName host);

    /** What a target has, newest first. */
    @RequiresViewer(within = true)
    List<Backup> list(HostName host, String target, @Nullable AppName app);

    /**
     * Drafts a new target. The repository's password is made here, and so is an SSH key where none is given; all of it goes to the vault
     * and to the box. A target that had this name before keeps its password: its repository can be read with that one only.
     *
     * @param credentials what the target's kind needs (see {@link Target#credentials()}), by name
     */
    @RequiresAdmin
    Added add(HostName host, String name, Target target, Map<String, SecretBytes> credentials);

    /**
     * Gives a target other keys than it had, of which nothing else changes: they were mistyped, or the server has new ones. Without an
     * SSH key one is made.
     */
    @RequiresAdmin
    Added giveKeys(HostName host, String name, Map<String, SecretBytes> credentials);

    /**
     * The keys by which an SSH server is known, as it shows them to the box. Nothing is trusted by this: a person compares the
     * fingerprint with what the server's owner says.
     *
     * @param port null: 22
     */
    @RequiresAdmin
    List<ServerKey> serverKeys(HostName host, String server, @Nullable Integer port);

    /** @param target null: to all of them */
    @RequiresOperator
    Operation backUp(HostName host, @Nullable String target);

    /** Restores the newest backup of each app aside, tries it there and throws it away. */
    @RequiresOperator
    Operation test(HostName host, String target);

    /** Puts a backup beside the data of the app, or beside the mail, and compares. Nothing that runs sees it. */
    @RequiresOperator
    Operation restoreCopy(HostName host, KeptBackup backup);

    /** Puts a backup in the place of the data. What was there is kept. */
    @RequiresStepUp
    @RequiresAdmin
    Operation restore(HostName host, KeptBackup backup);

    /**
     * Gives an app the data again that a backup took the place of; what it has now is kept in turn.
     *
     * @param app null: the mail's
     * @param snapshot its name on the box, as the report says it
     */
    @RequiresStepUp
    @RequiresAdmin
    Operation undoRestore(HostName host, @Nullable AppName app, String snapshot);

    /**
     * Deletes what an app had before a backup took its place. There is no way back after that.
     *
     * @param app null: what the box had of mail
     * @param confirm the app's name, or {@link #MAIL}, as the person typed it
     */
    @RequiresStepUp
    @RequiresAdmin
    void dropReplaced(HostName host, @Nullable AppName app, String snapshot, String confirm);

    /** What a copy beside the app's data holds, against that data; names of files are private, so not for everybody who may look. */
    @ReadsOnly
    @RequiresOperator
    RestoreComparison compared(HostName host, AppName app, String snapshot);

    /** What a copy beside the mail holds, against the mail in use. Whose mailboxes there are is private as well. */
    @ReadsOnly
    @RequiresOperator
    MailComparison comparedMail(HostName host, String copy);

    /**
     * Deletes a copy that lies beside the app's data, and its databases.
     *
     * @param app null: a copy beside the mail
     * @param snapshot as the report says it: of an app the id of the backup, of mail the name of the copy
     */
    @RequiresStepUp
    @RequiresAdmin
    void discard(HostName host, @Nullable AppName app, String snapshot);

    /**
     * All that is needed when the box is gone. Leaves lines in the log.
     *
     * @param newRecoveryKey whether a new recovery key of the vault is made for it, because an old one cannot be shown again
     */
    @RequiresStepUp
    @RequiresAdmin(everywhere = true)
    RecoveryKit kit(HostName host, boolean newRecoveryKey);

    /**
     * @param publicKey what the SFTP server has to let in, one line as in authorized_keys; null: no key was made
     * @param unplaced why the box does not have the secrets yet; it gets them before the change is applied. Null: it has them
     */
    record Added(@Nullable String publicKey, @Nullable Problem unplaced) {}
}
