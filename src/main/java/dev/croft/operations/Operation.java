package dev.croft.operations;

import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One change, or the plan of one.
 *
 * @param kind plan, apply, deploy, rollback, reconcile or gc
 * @param title in words, for example "Deploy blog"
 * @param phase resolve, evaluate, fetch, build, snapshot, activate, health, confirm or persist; null before the first
 * @param generation the generation it made or went back to
 * @param problem why it failed; while it waits: what it waits for, such as another operation or a box that does not answer
 * @param result what the box reported, as docs/protocol.md §4 has it
 * @param confirm while it is AWAITING_CONFIRM
 * @param phases in the order in which they were entered
 */
public record Operation(
        OperationId id,
        Kind kind,
        HostName host,
        @Nullable AppName app,
        String title,
        OperationState state,
        @Nullable String phase,
        String requestedBy,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt,
        @Nullable Integer generation,
        @Nullable Problem problem,
        Map<String, Object> result,
        @Nullable Waiting confirm,
        List<PhaseTime> phases) {

    public enum Kind {
        PLAN,
        APPLY,
        DEPLOY,
        ROLLBACK,
        RECONCILE,
        GC
    }

    /**
     * Waits for the operator's confirmation.
     *
     * @param until when the box goes back without one
     * @param level app or host
     * @param reasons what makes it a change of the host, as docs/protocol.md lists them
     */
    public record Waiting(Instant until, String level, List<String> reasons) {}

    /** A phase as it was entered; {@code endedAt} is null while it lasts. */
    public record PhaseTime(
            String phase, Instant startedAt, @Nullable Instant endedAt) {}

    /** This operation in another state; a state that the table does not allow is a programming error. */
    public Operation to(OperationState next, Instant now) {
        if (!state.canBecome(next)) {
            throw new IllegalStateException(id + " is " + state + " and cannot become " + next);
        }
        return new Operation(
                id,
                kind,
                host,
                app,
                title,
                next,
                phase,
                requestedBy,
                createdAt,
                startedAt == null && next == OperationState.RUNNING ? now : startedAt,
                next.isFinal() ? now : null,
                generation,
                problem,
                result,
                confirm,
                phases);
    }

    public Operation inPhase(@Nullable String current) {
        return new Operation(
                id,
                kind,
                host,
                app,
                title,
                state,
                current,
                requestedBy,
                createdAt,
                startedAt,
                finishedAt,
                generation,
                problem,
                result,
                confirm,
                phases);
    }

    public Operation withProblem(@Nullable Problem what) {
        return new Operation(
                id,
                kind,
                host,
                app,
                title,
                state,
                phase,
                requestedBy,
                createdAt,
                startedAt,
                finishedAt,
                generation,
                what,
                result,
                confirm,
                phases);
    }

    public Operation withResult(@Nullable Integer made, Map<String, Object> reported) {
        return new Operation(
                id,
                kind,
                host,
                app,
                title,
                state,
                phase,
                requestedBy,
                createdAt,
                startedAt,
                finishedAt,
                made,
                problem,
                reported,
                confirm,
                phases);
    }
}
