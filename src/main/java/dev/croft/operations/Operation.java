package dev.croft.operations;

import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One change, or the plan of one.
 *
 * @param kind plan, apply, deploy, rollback, reconcile, gc, upgrade, backup, restore, restore_copy, restore_test or verify
 * @param title in words, for example "Deploy blog"
 * @param phase resolve, evaluate, fetch, build, snapshot, copy, verify, activate, health, confirm or persist; null before the first
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
        GC,
        UPGRADE,
        BACKUP,
        /** Puts a backup in the place of an app's data, or without an app of the mail. */
        RESTORE,
        /** Puts a backup beside it. */
        RESTORE_COPY,
        RESTORE_TEST,
        /** Builds again what runs, of an app or of the box as a whole, and compares. */
        VERIFY;

        /** Whether it changes nothing that runs, so that changes go on beside it. */
        public boolean isBeside() {
            return this == BACKUP || this == RESTORE_COPY || this == RESTORE_TEST || this == VERIFY;
        }
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
        Instant began = startedAt == null && next == OperationState.RUNNING ? now : startedAt;
        boolean over = next.isFinal();
        return standing(next, phase, began, over ? now : null, null, over ? ended(phases, now) : phases);
    }

    /** This operation in that phase since that moment; the one before has ended then. */
    public Operation inPhase(String current, Instant since) {
        List<PhaseTime> times = new ArrayList<>(ended(phases, since));
        times.add(new PhaseTime(current, since, null));
        return standing(state, current, startedAt, finishedAt, confirm, List.copyOf(times));
    }

    /** The phase that lasts ends, and no other begins yet. */
    public Operation endPhase(Instant now) {
        return withPhases(ended(phases, now));
    }

    /** This operation, waiting for the operator. */
    public Operation waiting(Waiting waiting, Instant now) {
        Operation next = state == OperationState.AWAITING_CONFIRM ? this : to(OperationState.AWAITING_CONFIRM, now);
        return standing(next.state, phase, startedAt, finishedAt, waiting, phases);
    }

    public Operation withPhases(List<PhaseTime> times) {
        return standing(state, phase, startedAt, finishedAt, confirm, times);
    }

    public Operation withProblem(@Nullable Problem what) {
        return outcome(generation, what, result);
    }

    public Operation withResult(@Nullable Integer made, Map<String, Object> reported) {
        return outcome(made, problem, reported);
    }

    /** The same request, standing elsewhere. */
    private Operation standing(
            OperationState state,
            @Nullable String phase,
            @Nullable Instant startedAt,
            @Nullable Instant finishedAt,
            @Nullable Waiting confirm,
            List<PhaseTime> phases) {
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
                problem,
                result,
                confirm,
                phases);
    }

    /** The same request where it stands, with other words about what came of it. */
    private Operation outcome(@Nullable Integer generation, @Nullable Problem problem, Map<String, Object> result) {
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
                problem,
                result,
                confirm,
                phases);
    }

    private static List<PhaseTime> ended(List<PhaseTime> phases, Instant now) {
        return phases.stream()
                .map(each -> each.endedAt() != null
                        ? each
                        : new PhaseTime(
                                each.phase(),
                                each.startedAt(),
                                now.isBefore(each.startedAt()) ? each.startedAt() : now))
                .toList();
    }
}
