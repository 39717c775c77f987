package dev.croft.ui.support;

import static dev.croft.ui.support.Texts.t;

import com.ibm.icu.text.ListFormatter;
import com.ibm.icu.text.ListFormatter.Type;
import com.ibm.icu.text.ListFormatter.Width;
import dev.croft.apps.App;
import dev.croft.fleet.HostStatus;
import dev.croft.hostlink.HostCommand.Ports;
import dev.croft.hostlink.HostReply;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import java.math.RoundingMode;
import java.text.NumberFormat;
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
            case QUEUED -> t("Waiting");
            case RUNNING -> t("Running");
            case AWAITING_CONFIRM -> t("Waiting for confirmation");
            case LOST -> t("Lost sight of it");
            case SUCCEEDED -> t("Done");
            case FAILED -> t("Failed");
            case ROLLED_BACK -> t("Reverted");
            case CANCELLED -> t("Cancelled");
        };
    }

    public static String of(Operation.Kind kind) {
        return switch (kind) {
            case PLAN -> t("Review");
            case APPLY -> t("Apply");
            case DEPLOY -> t("Deploy");
            case ROLLBACK -> t("Roll back");
            case RECONCILE -> t("End drift");
            case GC -> t("Collect garbage");
            case UPGRADE -> t("Upgrade a database server");
            case BACKUP -> t("Back up");
            case RESTORE -> t("Restore");
            case RESTORE_COPY -> t("Restore a copy");
            case RESTORE_TEST -> t("Restore test");
            case VERIFY -> t("Verify");
        };
    }

    /** A phase as a step of the stepper. */
    public static String phase(String phase) {
        return switch (phase) {
            case "resolve" -> t("Read source");
            case "evaluate" -> t("Evaluate");
            case "fetch" -> t("Fetch");
            case "build" -> t("Build");
            case "snapshot" -> t("Snapshot");
            case "activate" -> t("Activate");
            case "health" -> t("Health check");
            case "confirm" -> t("Confirm");
            case "persist" -> t("Keep");
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
            String running = progress.running() == null || progress.running() == 0
                    ? ""
                    : ", " + t("{0} at work", progress.running());
            String failed = progress.failed() == null || progress.failed() == 0
                    ? ""
                    : ", " + t("{0} failed", progress.failed());
            parts.add(t("{0} of {1} steps", progress.done(), progress.expected()) + running + failed);
        }
        if (progress.bytesDone() != null && progress.bytesExpected() != null && progress.bytesExpected() > 0) {
            parts.add(t("{0} of {1}", bytes(progress.bytesDone()), bytes(progress.bytesExpected())));
        }
        return String.join(" · ", parts);
    }

    /** What makes a change one of the box itself (docs/protocol.md §4), as the object of a sentence; empty when it is not one. */
    public static String touches(List<String> reasons) {
        List<String> things = reasons.stream()
                .map(reason -> switch (reason) {
                    case "firewall" -> t("the firewall");
                    case "ssh" -> "SSH";
                    case "users" -> t("who may sign in to the box");
                    case "time" -> t("the box's clock");
                    case "host" -> t("the box's settings");
                    case "flake" -> t("the box's own configuration files");
                    case "unknown" -> t("things that Croft cannot tell apart");
                    default -> reason;
                })
                .toList();
        if (things.size() < 2) {
            return things.isEmpty() ? "" : things.getFirst();
        }
        Locale reader = Texts.locale().equals(Locale.ENGLISH) ? Locale.UK : Texts.locale(); // no comma before the last
        return ListFormatter.getInstance(reader, Type.AND, Width.WIDE).format(things);
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
        return switch (app.observed().state()) {
            case "running" -> t("Running");
            case "starting" -> t("Starting");
            case "stopping" -> t("Stopping");
            case "stopped" -> t("Stopped");
            case "failed" -> t("Failed");
            case "unknown" -> t("Unknown");
            case "not deployed" -> t("Not deployed");
            default -> capital(app.observed().state());
        };
    }

    public static String os(HostStatus status) {
        return status.description() == null ? t("Operating system not known yet") : status.description();
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
        int unit = 0;
        while (value >= 1000 && unit < 4) {
            value /= 1000;
            unit++;
        }
        String figure = number(value, unit == 0 || value >= 100 ? 0 : 1);
        return switch (unit) {
            case 0 -> t("{0} B", figure);
            case 1 -> t("{0} kB", figure);
            case 2 -> t("{0} MB", figure);
            case 3 -> t("{0} GB", figure);
            default -> t("{0} TB", figure);
        };
    }

    /** A figure as the reader's language writes it: "1.5", "1,5". */
    public static String number(double value, int decimals) {
        NumberFormat format = NumberFormat.getInstance(Texts.locale());
        format.setGroupingUsed(false);
        format.setMinimumFractionDigits(decimals);
        format.setMaximumFractionDigits(decimals);
        format.setRoundingMode(RoundingMode.HALF_UP);
        return format.format(value);
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
