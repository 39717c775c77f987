package dev.croft.hostlink.internal.wire;

import dev.croft.hostlink.HostCommand.Acceptance;
import dev.croft.hostlink.HostCommand.Author;
import dev.croft.hostlink.HostCommand.Backup;
import dev.croft.hostlink.HostCommand.BackupCommand;
import dev.croft.hostlink.HostCommand.BackupTarget;
import dev.croft.hostlink.HostCommand.BackupsReport;
import dev.croft.hostlink.HostCommand.ComparedDatabase;
import dev.croft.hostlink.HostCommand.ComparedFiles;
import dev.croft.hostlink.HostCommand.ComparedTable;
import dev.croft.hostlink.HostCommand.CountedTables;
import dev.croft.hostlink.HostCommand.DifferentFile;
import dev.croft.hostlink.HostCommand.DiscardRestore;
import dev.croft.hostlink.HostCommand.Discarded;
import dev.croft.hostlink.HostCommand.ListBackups;
import dev.croft.hostlink.HostCommand.ReadBackups;
import dev.croft.hostlink.HostCommand.ReadComparison;
import dev.croft.hostlink.HostCommand.RestoreBackup;
import dev.croft.hostlink.HostCommand.RestoreComparison;
import dev.croft.hostlink.HostCommand.RestoreMode;
import dev.croft.hostlink.HostCommand.RestoreTest;
import dev.croft.hostlink.HostCommand.RestoredCopy;
import dev.croft.hostlink.HostCommand.RunBackup;
import dev.croft.hostlink.HostCommand.TestRestore;
import dev.croft.hostlink.HostCommand.TestedBackup;
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
        }
    }

    /** Of a command that starts an operation. */
    static @Nullable OperationId operation(BackupCommand<?> command) {
        return switch (command) {
            case RunBackup c -> c.operation();
            case RestoreBackup c -> c.operation();
            case TestRestore c -> c.operation();
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
                        result.has("restores") ? result.objects("restores", BackupFrames::restored) : List.of());
            case ListBackups ignored -> result.objects("snapshots", BackupFrames::backup);
            case RunBackup c -> new Acceptance(c.operation());
            case RestoreBackup c -> new Acceptance(c.operation());
            case TestRestore c -> new Acceptance(c.operation());
            case ReadComparison ignored -> comparison(result);
            case DiscardRestore ignored -> new Discarded(result.value("app", AppName::new), result.text("snapshot"));
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
                target.optionalObject("restoreTest", BackupFrames::restoreTest));
    }

    private static RestoredCopy restored(Members copy) {
        return new RestoredCopy(
                copy.value("app", AppName::new),
                copy.text("snapshot"),
                copy.optionalInstant("time"),
                copy.text("path"));
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
        return new RestoreTest(test.instant("time"), test.flag("ok"), test.objects("apps", BackupFrames::tested));
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
                backup.has("app") ? backup.value("app", AppName::new) : null,
                backup.longInteger("bytes"),
                backup.optionalInteger("generation"));
    }

    private static Problem problem(Members problem) {
        return FrameCodec.problem(problem, null);
    }
}
