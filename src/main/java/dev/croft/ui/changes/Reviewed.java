package dev.croft.ui.changes;

import dev.croft.desired.AppSpec;
import dev.croft.desired.Changes;
import dev.croft.desired.Draft;
import dev.croft.kernel.OperationId;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether what was reviewed is still what would be applied. The box checks that again; this spares people the refusal. */
final class Reviewed {

    private Reviewed() {}

    /** The drafts as they were when this page asked for a plan. */
    record Basis(OperationId plan, Changes changes) {}

    /** The newest plan, unless the box has been changed since: then it speaks of a system that is gone. */
    static Optional<Operation> latest(List<Operation> newestFirst) {
        for (Operation operation : newestFirst) {
            if (operation.kind() == Operation.Kind.PLAN) {
                return Optional.of(operation);
            }
            if (operation.kind() != Operation.Kind.GC && operation.state() == OperationState.SUCCEEDED) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    /** Whether the drafts are others than the plan was made of. */
    static boolean isOutdated(Operation plan, @Nullable Basis basis, Changes now, List<Draft> drafts) {
        if (basis != null && basis.plan().equals(plan.id())) {
            return !sameWish(basis.changes(), now);
        }
        // planned from another page: an edit after its end cannot be in it
        return plan.finishedAt() != null
                && drafts.stream().anyMatch(draft -> draft.savedAt().isAfter(plan.finishedAt()));
    }

    /** A plan finds the commit behind a branch and keeps it in the draft: that is no other wish. */
    private static boolean sameWish(Changes then, Changes now) {
        return Objects.equals(then.host(), now.host())
                && then.remove().equals(now.remove())
                && then.put().keySet().equals(now.put().keySet())
                && then.put().entrySet().stream()
                        .allMatch(entry -> sameWish(entry.getValue(), now.put().get(entry.getKey())));
    }

    private static boolean sameWish(AppSpec then, @Nullable AppSpec now) {
        return then.equals(now)
                || (now != null
                        && then.source().rev() == null
                        && Objects.equals(then.source().url(), now.source().url())
                        && Objects.equals(then.source().ref(), now.source().ref())
                        && now.withSource(then.source()).equals(then));
    }
}
