package dev.croft.ui.shell;

import dev.croft.kernel.OperationId;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is under way on a box, put together from rows as they change: one that runs, those that wait for it, and the last that ended. */
final class OpenOperations {

    /** A change goes before what is done beside it, whatever began first. */
    private static final Comparator<Operation> FIRST = Comparator.<Operation, Boolean>comparing(
                    each -> each.kind().isBeside())
            .thenComparing(Operation::createdAt)
            .thenComparing(operation -> operation.id().value());

    private final Map<OperationId, Operation> open = new HashMap<>();
    private final Set<OperationId> heard = new HashSet<>();
    private @Nullable Operation ended;

    /** A row as it was read some time ago: what has been heard of it since is newer. */
    void learn(Operation operation) {
        if (heard.add(operation.id())) {
            take(operation);
        }
    }

    void take(Operation operation) {
        heard.add(operation.id());
        if (!operation.state().isFinal()) {
            open.put(operation.id(), operation);
            return;
        }
        open.remove(operation.id());
        if (ended == null || !finished(operation).isBefore(finished(ended))) {
            ended = operation;
        }
    }

    private static Instant finished(Operation operation) {
        return operation.finishedAt() == null ? operation.createdAt() : operation.finishedAt();
    }

    /** The one that has begun, else the next in the queue. */
    Optional<Operation> current() {
        return open.values().stream()
                .filter(each -> each.state() != OperationState.QUEUED)
                .min(FIRST)
                .or(() -> open.values().stream().min(FIRST));
    }

    /** Those that wait for the current one, next first. */
    List<Operation> queued() {
        Optional<Operation> current = current();
        return open.values().stream()
                .filter(each -> !current.filter(each::equals).isPresent())
                .sorted(FIRST)
                .toList();
    }

    Optional<Operation> lastEnded() {
        return Optional.ofNullable(ended);
    }
}
