package dev.croft.operations;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** Where an operation stands; the table is docs/protocol.md's and DESIGN's. */
public enum OperationState {
    QUEUED,
    RUNNING,
    AWAITING_CONFIRM,
    LOST,
    SUCCEEDED,
    ROLLED_BACK,
    FAILED,
    CANCELLED;

    private static final Map<OperationState, Set<OperationState>> NEXT = Map.of(
            QUEUED, EnumSet.of(RUNNING, CANCELLED, FAILED),
            RUNNING, EnumSet.of(AWAITING_CONFIRM, SUCCEEDED, FAILED, CANCELLED, ROLLED_BACK, LOST),
            // RUNNING again once it is confirmed, or while the box goes back.
            AWAITING_CONFIRM, EnumSet.of(RUNNING, SUCCEEDED, FAILED, ROLLED_BACK, LOST),
            LOST, EnumSet.of(RUNNING, AWAITING_CONFIRM, SUCCEEDED, ROLLED_BACK, FAILED, CANCELLED));

    public boolean canBecome(OperationState next) {
        return NEXT.getOrDefault(this, Set.of()).contains(next);
    }

    public boolean isFinal() {
        return !NEXT.containsKey(this);
    }
}
