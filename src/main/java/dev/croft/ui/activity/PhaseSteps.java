package dev.croft.ui.activity;

import static dev.croft.ui.support.Texts.mark;
import static dev.croft.ui.support.Texts.marked;

import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.OrderedList;
import com.vaadin.flow.component.html.Span;
import dev.croft.hostlink.HostReply;
import dev.croft.operations.Operation;
import dev.croft.operations.Operation.PhaseTime;
import dev.croft.operations.OperationState;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Words;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The phases of an operation: how long each took, and what the box counts in the present one. */
public final class PhaseSteps extends OrderedList {

    static final List<String> ALL = List.of(
            "resolve",
            "evaluate",
            "fetch",
            "build",
            "snapshot",
            "copy",
            "verify",
            "activate",
            "health",
            "confirm",
            "persist");

    /** What of an operation is drawn here; while it stays, only the count changes. */
    private record Drawn(
            Operation.Kind kind,
            OperationState state,
            @Nullable String phase,
            List<PhaseTime> phases) {}

    private final Span count = new Span();
    private @Nullable Drawn drawn;

    public PhaseSteps() {
        addClassName("croft-steps");
        count.addClassName("croft-step-count");
    }

    public void show(Operation operation, HostReply.@Nullable Progress progress) {
        count.setText(
                progress != null && Objects.equals(progress.phase(), operation.phase()) ? Words.count(progress) : "");
        var wanted = new Drawn(operation.kind(), operation.state(), operation.phase(), operation.phases());
        if (wanted.equals(drawn)) {
            return;
        }
        drawn = wanted;
        removeAll();
        int reached = operation.phase() == null ? -1 : ALL.indexOf(operation.phase());
        for (String phase : ALL) {
            if (isPart(operation, phase)) {
                add(item(operation, phase, standing(operation.state(), ALL.indexOf(phase), reached)));
            }
        }
    }

    /** An operation that has ended is shown as it was; one that goes on also shows what lies ahead as a rule. */
    private static boolean isPart(Operation operation, String phase) {
        Operation.Kind kind = operation.kind();
        if (phase.equals("resolve") && (kind.isBeside() || kind == Operation.Kind.RESTORE)) {
            return false; // every operation of a box begins in it; here there is no source to be read
        }
        boolean entered = phase.equals(operation.phase())
                || operation.phases().stream().anyMatch(each -> each.phase().equals(phase));
        boolean known = !operation.phases().isEmpty();
        return entered
                || (usual(operation.kind()).contains(phase)
                        && !(known && operation.state() == OperationState.SUCCEEDED));
    }

    private static List<String> usual(Operation.Kind kind) {
        return switch (kind) {
            case PLAN -> List.of("resolve", "evaluate", "fetch", "build");
            case APPLY, DEPLOY -> List.of("resolve", "evaluate", "fetch", "build", "activate", "health", "persist");
            case ROLLBACK -> List.of("activate", "health", "persist");
            case RECONCILE -> List.of("evaluate", "build", "activate", "health", "confirm", "persist");
            case GC -> List.of("resolve", "persist");
            case UPGRADE -> List.of("evaluate", "fetch", "build", "snapshot", "activate", "health", "persist");
            case BACKUP -> List.of("snapshot", "copy", "verify");
            case RESTORE -> List.of("fetch", "snapshot", "activate", "health", "persist");
            case RESTORE_COPY, RESTORE_TEST -> List.of("fetch", "verify");
            case VERIFY -> List.of("verify", "build");
        };
    }

    private static Standing standing(OperationState state, int step, int reached) {
        if (state == OperationState.SUCCEEDED || step < reached) {
            return Standing.DONE;
        }
        if (step > reached) {
            return Standing.AHEAD;
        }
        return switch (state) {
            case FAILED -> Standing.FAILED;
            case CANCELLED, ROLLED_BACK -> Standing.STOPPED;
            default -> Standing.CURRENT;
        };
    }

    private ListItem item(Operation operation, String phase, Standing standing) {
        var mark = new Span();
        mark.addClassName("croft-step-mark");
        mark.getElement().setAttribute("aria-hidden", "true");
        var item = new ListItem();
        item.add(mark, new Span(Words.phase(phase)));
        if (phase.equals(operation.phase())) {
            item.add(count);
        }
        List<PhaseTime> times = operation.phases().stream()
                .filter(each -> each.phase().equals(phase))
                .toList();
        if (!times.isEmpty()) {
            item.add(time(times, operation));
        }
        item.getElement().setAttribute("data-standing", standing.name().toLowerCase(Locale.ROOT));
        item.getElement().setAttribute("data-phase", phase);
        if (standing == Standing.CURRENT) {
            item.getElement().setAttribute("aria-current", "step");
        }
        var spoken = new Span(" " + marked(standing.spoken));
        spoken.addClassName("croft-visually-hidden");
        item.add(spoken);
        return item;
    }

    /** A phase may come more than once, as fetching and building do: its times add up. */
    private static TimeText time(List<PhaseTime> times, Operation operation) {
        Duration before = Duration.ZERO;
        for (PhaseTime each : times.subList(0, times.size() - 1)) {
            before = before.plus(Duration.between(each.startedAt(), ended(each, operation, each.startedAt())));
        }
        PhaseTime last = times.getLast();
        Instant began = last.startedAt().minus(before);
        Instant ended = last.endedAt() == null ? operation.finishedAt() : last.endedAt();
        TimeText text = TimeText.elapsed(began, ended);
        text.getElement().getClassList().add("croft-step-time");
        return text;
    }

    private static Instant ended(PhaseTime time, Operation operation, Instant otherwise) {
        if (time.endedAt() != null) {
            return time.endedAt();
        }
        return operation.finishedAt() == null ? otherwise : operation.finishedAt();
    }

    private enum Standing {
        DONE(mark("done")),
        CURRENT(mark("in progress")),
        FAILED(mark("failed")),
        STOPPED(mark("stopped here")),
        AHEAD(mark("not started"));

        private final String spoken;

        Standing(String spoken) {
            this.spoken = spoken;
        }
    }
}
