package dev.croft.ui.activity;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.shared.Registration;
import dev.croft.hostlink.HostReply;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationEvent;
import dev.croft.operations.Operations;
import dev.croft.ui.support.LogView;
import dev.croft.ui.support.PushBridge;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/**
 * Follows one operation for a page. Its lines and its state travel apart: a flood of lines may cost old lines, never a step of the tree
 * or the end of the operation.
 */
@Service
public class OperationFeed {

    private final Operations operations;
    private final PushBridge bridge;

    OperationFeed(Operations operations, PushBridge bridge) {
        this.operations = operations;
        this.bridge = bridge;
    }

    /** Log lines, from the first that is kept. */
    public Registration lines(Component owner, OperationId id, LogView log, Consumer<Problem> onProblem) {
        return bridge.<HostReply.Line>all(
                owner,
                LogView.CAPACITY,
                listener -> operations.follow(id, 0, event -> {
                    if (event instanceof OperationEvent.Line line) {
                        listener.accept(line.line());
                    }
                }),
                batch -> log.append(batch.values()),
                onProblem);
    }

    /**
     * The row, the newest progress and the builds and downloads.
     *
     * @param tree gets the steps; null when nobody looks at them
     */
    public Registration state(
            Component owner,
            OperationId id,
            @Nullable StepTree tree,
            Consumer<Operation> onChange,
            Consumer<HostReply.Progress> onProgress,
            Consumer<Problem> onProblem) {
        return bridge.<OperationEvent>all(
                owner,
                LogView.CAPACITY,
                listener -> operations.follow(id, 0, event -> {
                    if (!(event instanceof OperationEvent.Line)
                            && (tree != null || !(event instanceof OperationEvent.Step))) {
                        listener.accept(event);
                    }
                }),
                batch -> take(batch.values(), tree, onChange, onProgress),
                onProblem);
    }

    private static void take(
            List<OperationEvent> events,
            @Nullable StepTree tree,
            Consumer<Operation> onChange,
            Consumer<HostReply.Progress> onProgress) {
        Map<Long, HostReply.Step> first = new LinkedHashMap<>();
        Map<Long, HostReply.Step> last = new LinkedHashMap<>();
        HostReply.Progress progress = null;
        Operation changed = null;
        for (OperationEvent event : events) {
            switch (event) {
                case OperationEvent.Line unwanted -> {}
                case OperationEvent.Progress newer -> progress = newer.progress();
                case OperationEvent.Step newer -> {
                    // when it began and how it is now: all that a page needs of it
                    first.putIfAbsent(newer.step().id(), newer.step());
                    last.put(newer.step().id(), newer.step());
                }
                case OperationEvent.Changed newer -> changed = newer.operation();
            }
        }
        if (tree != null && !first.isEmpty()) {
            tree.add(first.values());
            tree.add(last.values());
        }
        if (progress != null) {
            onProgress.accept(progress);
        }
        if (changed != null) {
            onChange.accept(changed);
        }
    }
}
