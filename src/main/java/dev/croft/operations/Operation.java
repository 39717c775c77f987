package dev.croft.operations;

import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One change, or the plan of one.
 *
 * @param kind plan, apply, deploy or rollback
 * @param title in words, for example "Deploy blog"
 * @param phase resolve, evaluate, fetch, build, snapshot, activate, health, confirm or persist; null before the first
 * @param generation the generation it made or went back to
 * @param result what the box reported, as docs/protocol.md §4 has it
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
        Map<String, Object> result) {

    public enum Kind {
        PLAN,
        APPLY,
        DEPLOY,
        ROLLBACK
    }

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
                result);
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
                result);
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
                result);
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
                reported);
    }
}
