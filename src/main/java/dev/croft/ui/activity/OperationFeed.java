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
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/** Follows one operation for a page: its row, its newest progress, its log lines. */
@Service
public class OperationFeed {

    private final Operations operations;
    private final PushBridge bridge;

    OperationFeed(Operations operations, PushBridge bridge) {
        this.operations = operations;
        this.bridge = bridge;
    }

    /**
     * Starts from the first line that is kept.
     *
     * @param log gets the lines; null when nobody looks at them
     */
    public Registration follow(
            Component owner,
            OperationId id,
            @Nullable LogView log,
            Consumer<Operation> onChange,
            Consumer<HostReply.Progress> onProgress,
            Consumer<Problem> onProblem) {
        return bridge.<OperationEvent>all(
                owner,
                LogView.CAPACITY + 200,
                listener -> operations.follow(id, 0, listener),
                batch -> take(batch.values(), log, onChange, onProgress),
                onProblem);
    }

    private static void take(
            List<OperationEvent> events,
            @Nullable LogView log,
            Consumer<Operation> onChange,
            Consumer<HostReply.Progress> onProgress) {
        var lines = new ArrayList<HostReply.Line>();
        HostReply.Progress progress = null;
        Operation changed = null;
        for (OperationEvent event : events) {
            switch (event) {
                case OperationEvent.Line line -> lines.add(line.line());
                case OperationEvent.Progress newer -> progress = newer.progress();
                case OperationEvent.Step ignored -> {}
                case OperationEvent.Changed newer -> changed = newer.operation();
            }
        }
        if (log != null && !lines.isEmpty()) {
            log.append(lines);
        }
        if (progress != null) {
            onProgress.accept(progress);
        }
        if (changed != null) {
            onChange.accept(changed);
        }
    }
}
