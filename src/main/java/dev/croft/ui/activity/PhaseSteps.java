package dev.croft.ui.activity;

import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.OrderedList;
import com.vaadin.flow.component.html.Span;
import dev.croft.hostlink.HostReply;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.ui.support.Words;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The phases of an operation, with what the box counts in them. */
public final class PhaseSteps extends OrderedList {

    private static final List<String> ALL =
            List.of("resolve", "evaluate", "fetch", "build", "snapshot", "activate", "health", "confirm", "persist");

    public PhaseSteps() {
        addClassName("croft-steps");
    }

    public void show(Operation operation, HostReply.@Nullable Progress progress) {
        removeAll();
        List<String> usual = usual(operation.kind());
        String phase = operation.phase();
        int reached = phase == null ? -1 : ALL.indexOf(phase);
        for (String step : ALL) {
            if (!usual.contains(step) && !step.equals(phase)) {
                continue;
            }
            add(item(
                    step,
                    standing(operation.state(), ALL.indexOf(step), reached),
                    step.equals(phase) ? progress : null));
        }
    }

    private static List<String> usual(Operation.Kind kind) {
        return switch (kind) {
            case PLAN -> List.of("resolve", "evaluate", "fetch", "build");
            case APPLY, DEPLOY -> List.of("resolve", "evaluate", "fetch", "build", "activate", "health", "persist");
            case ROLLBACK -> List.of("activate", "health", "persist");
            case RECONCILE -> List.of("evaluate", "build", "activate", "confirm", "persist");
            case GC -> List.of("resolve", "persist");
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

    private static ListItem item(String step, Standing standing, HostReply.@Nullable Progress progress) {
        var mark = new Span();
        mark.addClassName("croft-step-mark");
        mark.getElement().setAttribute("aria-hidden", "true");
        var item = new ListItem();
        item.add(mark, new Span(Words.phase(step)));
        String count = standing == Standing.AHEAD ? "" : Words.count(progress);
        if (!count.isEmpty()) {
            var number = new Span(count);
            number.addClassName("croft-step-count");
            item.add(number);
        }
        item.getElement().setAttribute("data-standing", standing.name().toLowerCase(java.util.Locale.ROOT));
        item.getElement().setAttribute("data-phase", step);
        if (standing == Standing.CURRENT) {
            item.getElement().setAttribute("aria-current", "step");
        }
        var spoken = new Span(" " + standing.spoken);
        spoken.addClassName("croft-visually-hidden");
        item.add(spoken);
        return item;
    }

    private enum Standing {
        DONE("done"),
        CURRENT("in progress"),
        FAILED("failed"),
        STOPPED("stopped here"),
        AHEAD("not started");

        private final String spoken;

        Standing(String spoken) {
            this.spoken = spoken;
        }
    }
}
