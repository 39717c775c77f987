package dev.croft.hostlink.internal.wire;

import dev.croft.hostlink.HostCommand.Acceptance;
import dev.croft.hostlink.HostCommand.Author;
import dev.croft.hostlink.HostCommand.Backup;
import dev.croft.hostlink.HostCommand.BackupCommand;
import dev.croft.hostlink.HostCommand.BackupItem;
import dev.croft.hostlink.HostCommand.BackupTarget;
import dev.croft.hostlink.HostCommand.BackupsReport;
import dev.croft.hostlink.HostCommand.ComparedDatabase;
import dev.croft.hostlink.HostCommand.ComparedFiles;
import dev.croft.hostlink.HostCommand.ComparedKey;
import dev.croft.hostlink.HostCommand.ComparedMailbox;
import dev.croft.hostlink.HostCommand.ComparedTable;
import dev.croft.hostlink.HostCommand.CountedTables;
import dev.croft.hostlink.HostCommand.DifferentFile;
import dev.croft.hostlink.HostCommand.DiscardRestore;
import dev.croft.hostlink.HostCommand.Discarded;
import dev.croft.hostlink.HostCommand.DropMailCopy;
import dev.croft.hostlink.HostCommand.DropReplaced;
import dev.croft.hostlink.HostCommand.DroppedMail;
import dev.croft.hostlink.HostCommand.FailedBackup;
import dev.croft.hostlink.HostCommand.ListBackups;
import dev.croft.hostlink.HostCommand.MailComparison;
import dev.croft.hostlink.HostCommand.MailCopy;
import dev.croft.hostlink.HostCommand.ReadBackups;
import dev.croft.hostlink.HostCommand.ReadComparison;
import dev.croft.hostlink.HostCommand.ReadMailComparison;
import dev.croft.hostlink.HostCommand.ReadSshKeys;
import dev.croft.hostlink.HostCommand.ReplacedData;
import dev.croft.hostlink.HostCommand.RestoreBackup;
import dev.croft.hostlink.HostCommand.RestoreComparison;
import dev.croft.hostlink.HostCommand.RestoreMail;
import dev.croft.hostlink.HostCommand.RestoreMode;
import dev.croft.hostlink.HostCommand.RestoreTest;
import dev.croft.hostlink.HostCommand.RestoredCopy;
import dev.croft.hostlink.HostCommand.RunBackup;
import dev.croft.hostlink.HostCommand.ServerKey;
import dev.croft.hostlink.HostCommand.TestRestore;
import dev.croft.hostlink.HostCommand.TestedBackup;
import dev.croft.hostlink.HostCommand.TestedMail;
import dev.croft.hostlink.HostCommand.UndoMailRestore;
import dev.croft.hostlink.HostCommand.UndoRestore;
import dev.croft.kernel.AppName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Requests about backups, and what a box answers to them. Source: docs/protocol.md §4. */
final class BackupFrames {

    private BackupFrames() {}

    static String type(BackupCommand<?> command) {
        return switch (command) {
            case ReadBackups ignored -> "backups";
            case ListBackups ignored -> "backup-list";
            case RunBackup ignored -> "backup-run";
            case RestoreBackup ignored -> "backup-restore";
            case TestRestore ignored -> "restore-test";
            case ReadComparison ignored -> "restore-compared";
            case DiscardRestore ignored -> "restore-discard";
            case UndoRestore ignored -> "restore-undo";
            case DropReplaced ignored -> "replaced-drop";
            case RestoreMail ignored -> "mail-restore";
            case UndoMailRestore ignored -> "mail-restore-undo";
            case ReadMailComparison ignored -> "mail-restore-compared";
            case DropMailCopy ignored -> "mail-restore-drop";
            case ReadSshKeys ignored -> "ssh-keys";
        };
    }

    static void write(BackupCommand<?> command, ObjectNode frame) {
        switch (command) {
            case ReadBackups ignored -> {}
            case ListBackups(String target, var app) -> {
                frame.put("target", target);
                if (app != null) {
                    frame.put("app", app.value());
                }
            }
            case RunBackup(OperationId operation, var target, Author author) -> {
                FrameCodec.putOperation(frame, operation);
                if (target != null) {
                    frame.put("target", target);
                }
                FrameCodec.putAuthor(frame, author);
            }
            case RestoreBackup(
                    OperationId operation,
                    String target,
                    String snapshot,
                    AppName app,
                    RestoreMode mode,
                    Author author) -> {
                FrameCodec.putOperation(frame, operation);
                frame.put("target", target).put("snapshot", snapshot).put("app", app.value());
                frame.put("mode", FrameCodec.lower(mode));
                FrameCodec.putAuthor(frame, author);
            }
            case TestRestore(OperationId operation, String target, Author author) -> {
                FrameCodec.putOperation(frame, operation);
                frame.put("target", target);
                FrameCodec.putAuthor(frame, author);
            }
            case ReadComparison(AppName app, String snapshot) ->
                frame.put("app", app.value()).put("snapshot", snapshot);
            case DiscardRestore(AppName app, String snapshot) ->
                frame.put("app", app.value()).put("snapshot", snapshot);
            case UndoRestore(OperationId operation, AppName app, String snapshot, Author author) -> {
                FrameCodec.putOperation(frame, operation);
                frame.put("app", app.value()).put("snapshot", snapshot);
                FrameCodec.putAuthor(frame, author);
            }
            case DropReplaced(AppName app, String snapshot) ->
                frame.put("app", app.value()).put("snapshot", snapshot);
            case RestoreMail(
                    OperationId operation,
                    String target,
                    String snapshot,
                    RestoreMode mode,
                    var mailboxes,
                    Author author) -> {
                FrameCodec.putOperation(frame, operation);
                frame.put("target", target).put("snapshot", snapshot).put("mode", FrameCodec.lower(mode));
                if (!mailboxes.isEmpty()) {
                    mailboxes.forEach(frame.putArray("mailboxes")::add);
                }
                FrameCodec.putAuthor(frame, author);
            }
            case UndoMailRestore(OperationId operation, String copy, Author author) -> {
                FrameCodec.putOperation(frame, operation);
                frame.put("id", copy);
                FrameCodec.putAuthor(frame, author);
            }
            case ReadMailComparison(String copy) -> frame.put("id", copy);
            case DropMailCopy(String copy) -> frame.put("id", copy);
            case ReadSshKeys(String server, var port) -> {
                frame.put("host", server);
                if (port != null) {
                    frame.put("port", port);
                }
            }
        }
    }

    /** Of a command that starts an operation. */
    static @Nullable OperationId operation(BackupCommand<?> command) {
        return switch (command) {
            case RunBackup c -> c.operation();
            case RestoreBackup c -> c.operation();
            case TestRestore c -> c.operation();
            case UndoRestore c -> c.operation();
            case RestoreMail c -> c.operation();
            case UndoMailRestore c -> c.operation();
            case ReadMailComparison ignored -> null;
            case DropMailCopy ignored -> null;
            case DropReplaced ignored -> null;
            case ReadSshKeys ignored -> null;
            case ReadBackups ignored -> null;
            case ListBackups ignored -> null;
            case ReadComparison ignored -> null;
            case DiscardRestore ignored -> null;
        };
    }

    static Object result(BackupCommand<?> command, Members result) {
        return switch (command) {
            case ReadBackups ignored ->
                new BackupsReport(
                        result.instant("time"),
                        result.objects("targets", BackupFrames::target),
                        result.has("restores") ? result.objects("restores", BackupFrames::restored) : List.of(),
                        result.has("replaced") ? result.objects("replaced", BackupFrames::replaced) : List.of(),
                        result.has("mail") ? result.objects("mail", BackupFrames::mailCopy) : List.of());
            case ListBackups ignored -> result.objects("snapshots", BackupFrames::backup);
            case RunBackup c -> new Acceptance(c.operation());
            case RestoreBackup c -> new Acceptance(c.operation());
            case TestRestore c -> new Acceptance(c.operation());
            case UndoRestore c -> new Acceptance(c.operation());
            case RestoreMail c -> new Acceptance(c.operation());
            case UndoMailRestore c -> new Acceptance(c.operation());
            case ReadMailComparison ignored -> mailComparison(result);
            case DropMailCopy ignored -> new DroppedMail(result.text("id"), result.longInteger("bytes"));
            case ReadComparison ignored -> comparison(result);
            case DiscardRestore ignored -> discarded(result);
            case DropReplaced ignored -> discarded(result);
            case ReadSshKeys ignored ->
                result.objects(
                        "keys", key -> new ServerKey(key.text("type"), key.text("key"), key.text("fingerprint")));
        };
    }

    private static BackupTarget target(Members target) {
        return new BackupTarget(
                target.text("name"),
                target.text("type"),
                target.flag("reachable"),
                target.optionalObject("problem", BackupFrames::problem),
                target.optionalInstant("lastRun"),
                target.optionalText("lastResult"),
                target.optionalInstant("lastSuccess"),
                target.optionalInstant("next"),
                target.optionalLong("bytes"),
                target.optionalInteger("snapshots"),
                target.optionalObject("restoreTest", BackupFrames::restoreTest),
                target.has("failures") ? target.objects("failures", BackupFrames::failure) : List.of());
    }

    private static FailedBackup failure(Members failure) {
        return new FailedBackup(
                failure.optionalText("item"),
                failure.has("app") ? failure.value("app", AppName::new) : null,
                problem(failure.object("problem")));
    }

    private static ReplacedData replaced(Members data) {
        return new ReplacedData(
                data.value("app", AppName::new),
                data.text("snapshot"),
                data.instant("time"),
                data.longInteger("bytes"),
                data.longInteger("files"));
    }

    private static Discarded discarded(Members result) {
        return new Discarded(result.value("app", AppName::new), result.text("snapshot"));
    }

    private static RestoredCopy restored(Members copy) {
        return new RestoredCopy(
                copy.value("app", AppName::new),
                copy.text("snapshot"),
                copy.optionalInstant("time"),
                copy.text("path"));
    }

    private static MailCopy mailCopy(Members copy) {
        return new MailCopy(
                copy.text("id"),
                copy.text("snapshot"),
                copy.optionalInstant("time"),
                copy.text("path"),
                copy.texts("mailboxes"),
                copy.flag("replaced"));
    }

    private static MailComparison mailComparison(Members found) {
        return new MailComparison(
                found.text("id"),
                found.text("snapshot"),
                found.optionalInstant("time"),
                found.text("path"),
                found.objects(
                        "mailboxes",
                        mailbox -> new ComparedMailbox(
                                mailbox.text("address"),
                                mailbox.longInteger("live"),
                                mailbox.longInteger("copy"),
                                mailbox.longInteger("onlyLive"),
                                mailbox.longInteger("onlyCopy"),
                                mailbox.longInteger("changed"))),
                found.objects("keys", key -> new ComparedKey(key.text("name"), key.flag("same"))));
    }

    private static RestoreComparison comparison(Members found) {
        Members files = found.object("files");
        return new RestoreComparison(
                found.value("app", AppName::new),
                found.text("snapshot"),
                found.optionalInstant("time"),
                found.text("path"),
                new ComparedFiles(
                        files.longInteger("same"),
                        files.longInteger("changed"),
                        files.longInteger("onlyLive"),
                        files.longInteger("onlyCopy"),
                        files.longInteger("liveBytes"),
                        files.longInteger("copyBytes"),
                        files.objects("paths", path -> new DifferentFile(path.text("path"), path.text("kind")))),
                found.objects(
                        "databases",
                        database -> new ComparedDatabase(
                                database.text("engine"),
                                database.text("database"),
                                database.text("side"),
                                database.objects(
                                        "tables",
                                        table -> new ComparedTable(
                                                table.text("name"),
                                                table.optionalLong("live"),
                                                table.optionalLong("copy"))))));
    }

    private static RestoreTest restoreTest(Members test) {
        return new RestoreTest(
                test.instant("time"),
                test.flag("ok"),
                test.objects("apps", BackupFrames::tested),
                test.has("mail") ? test.optionalObject("mail", BackupFrames::testedMail) : null);
    }

    private static TestedMail testedMail(Members tested) {
        return new TestedMail(
                tested.text("snapshot"),
                tested.instant("time"),
                tested.longInteger("bytes"),
                tested.longInteger("mailboxes"),
                tested.longInteger("messages"),
                tested.longInteger("keys"),
                tested.optionalObject("problem", BackupFrames::problem));
    }

    private static TestedBackup tested(Members tested) {
        return new TestedBackup(
                tested.value("app", AppName::new),
                tested.text("snapshot"),
                tested.instant("time"),
                tested.longInteger("bytes"),
                tested.flag("started"),
                tested.optionalText("why"),
                tested.optionalObject(
                        "tables", tables -> new CountedTables(tables.integer("count"), tables.longInteger("rows"))),
                tested.optionalObject("problem", BackupFrames::problem));
    }

    private static Backup backup(Members backup) {
        return new Backup(
                backup.text("id"),
                backup.instant("time"),
                item(backup),
                backup.has("app") ? backup.value("app", AppName::new) : null,
                backup.longInteger("bytes"),
                backup.optionalInteger("generation"));
    }

    private static BackupItem item(Members backup) {
        if (backup.has("app")) {
            return BackupItem.APP;
        }
        return "mail".equals(backup.optionalText("item")) ? BackupItem.MAIL : BackupItem.BOX;
    }

    private static Problem problem(Members problem) {
        return FrameCodec.problem(problem, null);
    }
}
