package dev.croft.backups;

import dev.croft.access.RequiresAdmin;
import dev.croft.access.RequiresOperator;
import dev.croft.access.RequiresViewer;
import dev.croft.desired.HostState.Target;
import dev.croft.hostlink.HostCommand.Backup;
import dev.croft.hostlink.HostCommand.BackupsReport;
import dev.croft.hostlink.HostCommand.RestoreComparison;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations.KeptBackup;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Use cases: the backups of a box. What overwrites data or shows a password wants the administrator's own password again.
 */
public interface Backups {

    /** The targets that the running system has, each asked now, and the copies that lie beside apps' data. Takes up to half a minute. */
    @RequiresViewer
    BackupsReport report(HostName host);

    /** What a target has, newest first. */
    @RequiresViewer
    List<Backup> list(HostName host, String target, @Nullable AppName app);

    /**
     * Drafts a new target. The repository's password is made here, and so is an SSH key where none is given; all of it goes to the vault
     * and to the box. A target that had this name before keeps its password: its repository can be read with that one only.
     *
     * @param credentials what the target's kind needs (see {@link Target#credentials()}), by name
     */
    @RequiresAdmin
    Added add(HostName host, String name, Target target, Map<String, SecretBytes> credentials);

    /** @param target null: to all of them */
    @RequiresOperator
    Operation backUp(HostName host, @Nullable String target);

    /** Restores the newest backup of each app aside, tries it there and throws it away. */
    @RequiresOperator
    Operation test(HostName host, String target);

    /** Puts a backup beside the app's data, and compares. Nothing that runs sees it. */
    @RequiresOperator
    Operation restoreCopy(HostName host, KeptBackup backup);

    /** Puts a backup in the place of the app's data. What was there is kept as a snapshot. */
    @RequiresAdmin
    Operation restore(HostName host, KeptBackup backup, SecretText password);

    /** What a copy beside the app's data holds, against that data; names of files are private, so not for everybody who may look. */
    @RequiresOperator
    RestoreComparison compared(HostName host, AppName app, String snapshot);

    /** Deletes a copy that lies beside the app's data, and its databases. */
    @RequiresAdmin
    void discard(HostName host, AppName app, String snapshot, SecretText password);

    /**
     * All that is needed when the box is gone. Leaves lines in the log.
     *
     * @param newRecoveryKey whether a new recovery key of the vault is made for it, because an old one cannot be shown again
     */
    @RequiresAdmin
    RecoveryKit kit(HostName host, SecretText password, boolean newRecoveryKey);

    /**
     * @param publicKey what the SFTP server has to let in, one line as in authorized_keys; null: no key was made
     * @param unplaced why the box does not have the secrets yet; it gets them before the change is applied. Null: it has them
     */
    record Added(@Nullable String publicKey, @Nullable Problem unplaced) {}
}
