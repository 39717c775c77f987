package dev.croft.ui.alerts;

import static dev.croft.ui.support.Texts.t;

import dev.croft.alerts.Alert;
import dev.croft.alerts.AlertKind;
import dev.croft.alerts.ChannelType;
import dev.croft.alerts.Delivery;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Kinds, states and figures in words. */
public final class AlertWords {

    private static final double PERCENT = 100;
    private static final int MINUTE = 60;
    private static final int HOUR = 3600;

    private AlertWords() {}

    public static String of(AlertKind kind) {
        return switch (kind) {
            case UNIT_FAILED -> t("A unit has failed");
            case RESTART_LOOP -> t("Restart loop");
            case OUT_OF_MEMORY -> t("Out of memory (OOM kill)");
            case CPU_THROTTLED -> t("CPU throttled by its limit");
            case PRESSURE_CPU -> t("CPU pressure");
            case PRESSURE_MEMORY -> t("Memory pressure");
            case PRESSURE_IO -> t("I/O pressure");
            case DISK -> t("A disk fills up");
            case CERTIFICATE -> t("A certificate ends soon");
            case BACKUP_STALE -> t("Backups are old");
            case RESTORE_TEST -> t("A restore test failed");
            case HOST_QUIET -> t("A box does not answer");
            case CLOCK -> t("A clock is wrong");
        };
    }

    static String of(Alert.State state) {
        return switch (state) {
            case RISING -> t("Pending");
            case FIRING -> t("Firing");
            case CALMING -> t("Recovering");
            case OVER -> t("Resolved");
        };
    }

    static Tone tone(Alert alert) {
        return switch (alert.state()) {
            case OVER -> Tone.IDLE;
            case CALMING -> Tone.WARN;
            case RISING, FIRING -> alert.silenced() ? Tone.WARN : Tone.BAD;
        };
    }

    static String of(ChannelType type) {
        return switch (type) {
            case EMAIL -> t("E-mail");
            case WEBHOOK -> t("Webhook");
            case NTFY -> "ntfy";
            case MATRIX -> t("Matrix");
        };
    }

    /** When it is wrong, by the threshold. */
    static String wrong(AlertKind kind, double threshold) {
        return switch (kind.measure()) {
            case NONE -> t("when it is so");
            case COUNT -> t("{0}× or more", figure(threshold));
            case SHARE -> t("{0} % or more", figure(threshold * PERCENT));
            case SECONDS -> t("{0} s or more", figure(threshold));
            case HOURS -> t("{0} h or more", figure(threshold));
            case DAYS -> t("{0} days or less", figure(threshold));
        };
    }

    static String well(AlertKind kind, double calmAt) {
        return switch (kind.measure()) {
            case NONE -> t("when it is not so any more");
            case COUNT -> t("less than {0}×", figure(calmAt));
            case SHARE -> t("less than {0} %", figure(calmAt * PERCENT));
            case SECONDS -> t("less than {0} s", figure(calmAt));
            case HOURS -> t("less than {0} h", figure(calmAt));
            case DAYS -> t("more than {0} days", figure(calmAt));
        };
    }

    /** What a field for a threshold is called. */
    static String unit(AlertKind.Measure measure) {
        return switch (measure) {
            case NONE -> "";
            case COUNT -> t("times");
            case SHARE -> t("per cent");
            case SECONDS -> t("seconds");
            case HOURS -> t("hours");
            case DAYS -> t("days");
        };
    }

    static String lasting(Duration duration) {
        long seconds = duration.toSeconds();
        if (seconds == 0) {
            return t("at once");
        }
        if (seconds % HOUR == 0) {
            return t("for {0} h", seconds / HOUR);
        }
        return seconds % MINUTE == 0 ? t("for {0} min", seconds / MINUTE) : t("for {0} s", seconds);
    }

    static String place(HostName host, @Nullable AppName app) {
        return app == null ? host.value() : t("{0} on {1}", app.value(), host.value());
    }

    static String of(Delivery delivery) {
        boolean raised = delivery.transition().equals("raised");
        if (delivery.sentAt() != null) {
            return raised ? t("alert sent") : t("resolution sent");
        }
        if (delivery.givenUpAt() != null) {
            return t("given up after {0, plural, one {one try} other {# tries}}", delivery.attempts());
        }
        return t("waits, {0, plural, =0 {not tried yet} one {tried once} other {tried # times}}", delivery.attempts());
    }

    private static String figure(double value) {
        return Words.number(value, value == Math.rint(value) ? 0 : 1);
    }
}
