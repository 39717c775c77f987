package dev.croft.ui.backups;

import dev.croft.desired.HostState.LocalTarget;
import dev.croft.desired.HostState.S3Target;
import dev.croft.desired.HostState.Schedule;
import dev.croft.desired.HostState.SftpTarget;
import dev.croft.desired.HostState.Target;
import dev.croft.hostlink.HostCommand.BackupTarget;
import dev.croft.hostlink.HostCommand.RestoreTest;
import dev.croft.hostlink.HostCommand.TestedBackup;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Places of backups and how they are, in words. */
final class TargetWords {

    private TargetWords() {}

    static String place(Target target) {
        return switch (target) {
            case LocalTarget local -> local.path() + " on the box";
            case SftpTarget sftp ->
                sftp.user() + "@" + sftp.host() + (sftp.port() == null ? "" : ":" + sftp.port()) + ", " + sftp.path();
            case S3Target s3 ->
                s3.bucket() + (s3.prefix() == null ? "" : "/" + s3.prefix()) + " at "
                        + s3.endpoint().replaceFirst("https?://", "");
        };
    }

    static String kind(String type) {
        return switch (type) {
            case "local" -> "Disk";
            case "sftp" -> "SFTP";
            default -> "S3";
        };
    }

    /** @param now by the clock of the box */
    static StatusText state(BackupTarget target, Schedule schedule, Instant now) {
        if (!target.reachable()) {
            return new StatusText(Tone.BAD, "Not reachable");
        }
        if (target.lastRun() == null) {
            return new StatusText(Tone.WARN, "Nothing is there yet");
        }
        if (isStale(target, schedule, now)) {
            return new StatusText(Tone.BAD, "Out of date");
        }
        return "SUCCEEDED".equals(target.lastResult())
                ? new StatusText(Tone.OK, "Up to date")
                : new StatusText(Tone.WARN, "The last run failed");
    }

    /** Two runs were missed, or none ever succeeded. */
    static boolean isStale(BackupTarget target, Schedule schedule, Instant now) {
        Instant last = target.lastSuccess();
        return last == null || last.plus(patience(schedule)).isBefore(now);
    }

    private static Duration patience(Schedule schedule) {
        return switch (schedule) {
            case HOURLY -> Duration.ofHours(3);
            case DAILY -> Duration.ofDays(2);
            case WEEKLY -> Duration.ofDays(15);
        };
    }

    static StatusText tested(@Nullable RestoreTest test) {
        if (test == null) {
            return new StatusText(Tone.WARN, "Never tried to restore");
        }
        List<TestedBackup> failed =
                test.apps().stream().filter(each -> each.problem() != null).toList();
        if (test.ok()) {
            return new StatusText(
                    Tone.OK,
                    "Restore test passed for " + Words.plural(test.apps().size(), "app"));
        }
        return new StatusText(
                Tone.BAD,
                failed.isEmpty()
                        ? "Restore test failed"
                        : "Restore test failed: "
                                + String.join(
                                        ", ",
                                        failed.stream()
                                                .map(each -> each.app().value())
                                                .toList()));
    }

    static String capital(String word) {
        return Words.capital(word.toLowerCase(Locale.ROOT));
    }
}
