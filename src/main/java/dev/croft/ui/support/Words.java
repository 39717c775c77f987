package dev.croft.ui.support;

import dev.croft.apps.App;
import dev.croft.fleet.HostStatus;
import dev.croft.hostlink.HostReply;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** States, phases and sizes in the words the screens use. One place, so that the same thing is called the same everywhere. */
public final class Words {

    private Words() {}

    public static Tone tone(OperationState state) {
        return switch (state) {
            case QUEUED, RUNNING -> Tone.BUSY;
            case AWAITING_CONFIRM, LOST -> Tone.WARN;
            case SUCCEEDED -> Tone.OK;
            case FAILED -> Tone.BAD;
            case ROLLED_BACK -> Tone.WARN;
            case CANCELLED -> Tone.IDLE;
        };
    }

    public static String of(OperationState state) {
        return switch (state) {
            case QUEUED -> "Waiting";
            case RUNNING -> "Running";
            case AWAITING_CONFIRM -> "Waiting for confirmation";
            case LOST -> "Lost sight of it";
            case SUCCEEDED -> "Done";
            case FAILED -> "Failed";
            case ROLLED_BACK -> "Rolled back";
            case CANCELLED -> "Cancelled";
        };
    }

    public static String of(Operation.Kind kind) {
        return switch (kind) {
            case PLAN -> "Plan";
            case APPLY -> "Apply";
            case DEPLOY -> "Deploy";
            case ROLLBACK -> "Roll back";
            case RECONCILE -> "End drift";
            case GC -> "Collect garbage";
        };
    }

    /** A phase as a step of the stepper. */
    public static String phase(String phase) {
        return switch (phase) {
            case "resolve" -> "Read source";
            case "evaluate" -> "Evaluate";
            case "fetch" -> "Fetch";
            case "build" -> "Build";
            case "snapshot" -> "Snapshot";
            case "activate" -> "Activate";
            case "health" -> "Health check";
            case "confirm" -> "Confirm";
            case "persist" -> "Keep";
            default -> capital(phase);
        };
    }

    /** "3/5", or nothing when the box does not count in this phase. */
    public static String count(HostReply.@Nullable Progress progress) {
        if (progress == null || progress.done() == null || progress.expected() == null || progress.expected() == 0) {
            return "";
        }
        return progress.done() + "/" + progress.expected();
    }

    public static Tone appTone(App app) {
        return switch (app.observed().state()) {
            case "running" -> Tone.OK;
            case "starting", "stopping" -> Tone.BUSY;
            case "failed" -> Tone.BAD;
            case "unknown" -> Tone.WARN;
            default -> Tone.IDLE;
        };
    }

    public static String appState(App app) {
        return capital(app.observed().state());
    }

    public static String os(HostStatus status) {
        return status.description() == null ? "Operating system not known yet" : status.description();
    }

    /** Commit as people quote it. */
    public static String commit(@Nullable String rev) {
        return rev == null ? "" : rev.substring(0, Math.min(8, rev.length()));
    }

    public static String bytes(@Nullable Long bytes) {
        if (bytes == null) {
            return "";
        }
        double value = bytes;
        for (String unit : List.of("B", "kB", "MB", "GB", "TB")) {
            if (value < 1000 || unit.equals("TB")) {
                return unit.equals("B") || value >= 100
                        ? String.format(Locale.ROOT, "%.0f %s", value, unit)
                        : String.format(Locale.ROOT, "%.1f %s", value, unit);
            }
            value /= 1000;
        }
        throw new AssertionError("the last unit takes everything");
    }

    public static String capital(String text) {
        return text.isEmpty() ? text : text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }
}
