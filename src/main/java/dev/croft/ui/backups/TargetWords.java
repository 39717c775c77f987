package dev.croft.ui.backups;

import static dev.croft.ui.support.Texts.t;

import dev.croft.desired.HostState;
import dev.croft.desired.HostState.LocalTarget;
import dev.croft.desired.HostState.S3Target;
import dev.croft.desired.HostState.Schedule;
import dev.croft.desired.HostState.SftpTarget;
import dev.croft.desired.HostState.Target;
import dev.croft.hostlink.HostCommand.BackupTarget;
import dev.croft.hostlink.HostCommand.RestoreTest;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Places of backups and how they are, in words. */
final class TargetWords {

    private TargetWords() {}

    static String place(Target target) {
        return switch (target) {
            case LocalTarget local -> t("{0} on the box", local.path());
            case SftpTarget sftp ->
                sftp.user() + "@" + sftp.host() + (sftp.port() == null ? "" : ":" + sftp.port()) + ", " + sftp.path();
            case S3Target s3 ->
                t(
                        "{0} at {1}",
                        s3.bucket() + (s3.prefix() == null ? "" : "/" + s3.prefix()),
                        s3.endpoint().replaceFirst("https?://", ""));
        };
    }

    static String schedule(Schedule schedule) {
        return switch (schedule) {
            case HOURLY -> t("Hourly");
            case DAILY -> t("Daily");
            case WEEKLY -> t("Weekly");
        };
    }

    static String test(HostState.RestoreTest test) {
        return switch (test) {
            case NEVER -> t("Never");
            case DAILY -> t("Daily");
            case WEEKLY -> t("Weekly");
            case MONTHLY -> t("Monthly");
        };
    }

    static String kind(String type) {
        return switch (type) {
            case "local" -> t("Disk");
            case "sftp" -> "SFTP";
            default -> "S3";
        };
    }

    /** @param now by the clock of the box */
    static StatusText state(BackupTarget target, Schedule schedule, Instant now) {
        if (!target.reachable()) {
            return new StatusText(Tone.BAD, t("Not reachable"));
        }
        if (target.lastRun() == null) {
            return new StatusText(Tone.WARN, t("Nothing is there yet"));
        }
        if (isStale(target, schedule, now)) {
            return new StatusText(Tone.BAD, t("Out of date"));
        }
        return "SUCCEEDED".equals(target.lastResult())
                ? new StatusText(Tone.OK, t("Up to date"))
                : new StatusText(Tone.WARN, t("The last run failed"));
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
            return new StatusText(Tone.WARN, t("Never tried to restore"));
        }
        if (test.ok()) {
            int apps = test.apps().size();
            return new StatusText(
                    Tone.OK,
                    test.mail() == null
                            ? t("Restore test passed for {0, plural, one {# app} other {# apps}}", apps)
                            : t("Restore test passed for {0, plural, one {# app} other {# apps}} and mail", apps));
        }
        List<String> failed = new ArrayList<>(test.apps().stream()
                .filter(each -> each.problem() != null)
                .map(each -> each.app().value())
                .toList());
        if (test.mail() != null && test.mail().problem() != null) {
            failed.add(t("mail"));
        }
        return new StatusText(
                Tone.BAD,
                failed.isEmpty() ? t("Restore test failed") : t("Restore test failed: {0}", String.join(", ", failed)));
    }

    static String capital(String word) {
        return Words.capital(word.toLowerCase(Locale.ROOT));
    }
}
