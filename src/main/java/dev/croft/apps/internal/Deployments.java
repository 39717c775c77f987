package dev.croft.apps.internal;

import dev.croft.apps.Deployment;
import dev.croft.desired.AppSpec;
import dev.croft.hostlink.HostCommand.Snapshot;
import dev.croft.kernel.AppName;
import dev.croft.kernel.OperationId;
import dev.croft.operations.Operation;
import dev.croft.operations.Operation.Kind;
import dev.croft.operations.OperationState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The history of one app, out of the history of its box. */
final class Deployments {

    private final AppName app;
    private final @Nullable AppSpec inForce;
    private final Map<OperationId, Snapshot> takenBy = new HashMap<>();
    private final Map<String, Snapshot> latestOf = new HashMap<>();

    private Deployments(AppName app, @Nullable AppSpec inForce, List<Snapshot> snapshots) {
        this.app = app;
        this.inForce = inForce;
        for (Snapshot snapshot : snapshots) {
            takenBy.put(snapshot.operation(), snapshot);
            if (snapshot.rev() != null) {
                latestOf.putIfAbsent(snapshot.rev(), snapshot);
            }
        }
    }

    /** @param history newest first, as is the answer */
    static List<Deployment> of(
            AppName app, @Nullable AppSpec inForce, List<Operation> history, List<Snapshot> snapshots) {
        return new Deployments(app, inForce, snapshots).of(brought(app, history));
    }

    /** Those that brought another version, and those that were asked to bring one, newest first. */
    private static List<Operation> brought(AppName app, List<Operation> history) {
        List<Operation> brought = new ArrayList<>();
        String before = null;
        for (Operation operation : history.reversed()) {
            boolean asked = app.equals(operation.app())
                    && (operation.kind() == Kind.DEPLOY || operation.kind() == Kind.ROLLBACK);
            if (operation.state() == OperationState.SUCCEEDED && isChange(operation.kind())) {
                String now = rev(app, operation);
                if (now != null && (asked || !now.equals(before))) {
                    brought.addFirst(operation);
                }
                before = now;
            } else if (asked) {
                brought.addFirst(operation);
            }
        }
        return brought;
    }

    private static boolean isChange(Kind kind) {
        return switch (kind) {
            case APPLY, DEPLOY, ROLLBACK, RECONCILE, UPGRADE -> true;
            case PLAN, GC, BACKUP, RESTORE, RESTORE_COPY, RESTORE_TEST, VERIFY -> false;
        };
    }

    /** Null: the app is not part of what the operation made. */
    private static @Nullable String rev(AppName app, Operation operation) {
        return operation.result().get("apps") instanceof Map<?, ?> revisions
                        && revisions.get(app.value()) instanceof Map<?, ?> entry
                        && entry.get("rev") instanceof String rev
                ? rev
                : null;
    }

    /** The copy that was taken when this version was replaced; else the latest one of the same version. */
    private @Nullable Snapshot copy(@Nullable String rev, @Nullable Snapshot whenReplaced) {
        boolean own = whenReplaced != null
                && (whenReplaced.rev() == null || whenReplaced.rev().equals(rev));
        return own ? whenReplaced : rev == null ? null : latestOf.get(rev);
    }

    private List<Deployment> of(List<Operation> brought) {
        List<Deployment> deployments = new ArrayList<>();
        // Of the operations that are later than the one at hand, the earliest that took a copy: then its version was
        // replaced.
        Snapshot replaced = null;
        boolean currentIsFound = false;
        for (Operation operation : brought) {
            boolean served = operation.state() == OperationState.SUCCEEDED;
            String rev = rev(app, operation);
            boolean current = served
                    && !currentIsFound
                    && inForce != null
                    && Objects.equals(rev, inForce.source().rev());
            currentIsFound |= current;
            deployments.add(new Deployment(
                    operation.id(),
                    operation.kind(),
                    operation.generation(),
                    rev,
                    current && inForce != null ? inForce.source().ref() : null,
                    operation.finishedAt() == null ? operation.createdAt() : operation.finishedAt(),
                    operation.requestedBy(),
                    operation.state(),
                    current,
                    served && !current ? copy(rev, replaced) : null));
            if (served) {
                // One that failed took its copy, too, but the version went on writing.
                replaced = takenBy.getOrDefault(operation.id(), replaced);
            }
        }
        return List.copyOf(deployments);
    }
}
