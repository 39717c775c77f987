package dev.croft.ui.support;

import dev.croft.apps.App;
import dev.croft.fleet.HostStatus;
import dev.croft.hostlink.HostCommand.Ports;
import dev.croft.hostlink.HostReply;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import java.util.ArrayList;
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
            case ROLLED_BACK -> "Reverted";
            case CANCELLED -> "Cancelled";
        };
    }

    public static String of(Operation.Kind kind) {
        return switch (kind) {
            case PLAN -> "Review";
            case APPLY -> "Apply";
            case DEPLOY -> "Deploy";
            case ROLLBACK -> "Roll back";
            case RECONCILE -> "End drift";
            case GC -> "Collect garbage";
            case UPGRADE -> "Upgrade PostgreSQL";
            case BACKUP -> "Back up";
            case RESTORE -> "Restore";
            case RESTORE_COPY -> "Restore a copy";
            case RESTORE_TEST -> "Restore test";
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

    /** "3 of 12 steps, 2 at work · 12.0 MB of 48.0 MB", as far as the box counts. */
    public static String counts(HostReply.@Nullable Progress progress) {
        if (progress == null) {
            return "";
        }
        var parts = new ArrayList<String>();
        if (progress.done() != null && progress.expected() != null && progress.expected() > 0) {
            String running =
                    progress.running() == null || progress.running() == 0 ? "" : ", " + progress.running() + " at work";
            String failed =
                    progress.failed() == null || progress.failed() == 0 ? "" : ", " + progress.failed() + " failed";
            parts.add(progress.done() + " of " + progress.expected() + " steps" + running + failed);
        }
        if (progress.bytesDone() != null && progress.bytesExpected() != null && progress.bytesExpected() > 0) {
            parts.add(bytes(progress.bytesDone()) + " of " + bytes(progress.bytesExpected()));
        }
        return String.join(" · ", parts);
    }

    /** "1 change", "3 changes". */
    public static String plural(long count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }

    /** What makes a change one of the box itself (docs/protocol.md §4), as the object of a sentence; empty when it is not one. */
    public static String touches(List<String> reasons) {
        List<String> things = reasons.stream()
                .map(reason -> switch (reason) {
                    case "firewall" -> "the firewall";
                    case "ssh" -> "SSH";
                    case "users" -> "who may sign in to the box";
                    case "time" -> "the box's clock";
                    case "host" -> "the box's settings";
                    case "flake" -> "the box's own configuration files";
                    case "unknown" -> "things that Croft cannot tell apart";
                    default -> reason;
                })
                .toList();
        if (things.size() < 2) {
            return things.isEmpty() ? "" : things.getFirst();
        }
        return String.join(", ", things.subList(0, things.size() - 1)) + " and " + things.getLast();
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

    /** "+1.2 MB", "−300 kB", "±0 B". */
    public static String signedBytes(long bytes) {
        return (bytes == 0 ? "±" : bytes < 0 ? "−" : "+") + bytes(Math.abs(bytes));
    }

    /** "443/tcp", "6000–6010/udp". */
    public static String port(Ports ports) {
        return (ports.from() == ports.to() ? String.valueOf(ports.from()) : ports.from() + "–" + ports.to()) + "/"
                + ports.protocol();
    }

    public static String capital(String text) {
        return text.isEmpty() ? text : text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }
}
