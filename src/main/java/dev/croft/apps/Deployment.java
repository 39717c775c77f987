package dev.croft.apps;

import dev.croft.hostlink.HostCommand.Snapshot;
import dev.croft.kernel.OperationId;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A version of an app that an operation brought to the box, or was to bring.
 *
 * @param operation what {@code Operations.rollBackApp} takes to get this version back
 * @param kind deploy for this app alone; apply, rollback or reconcile when it came with a change of the whole box
 * @param generation the system that it is part of; null when there is none
 * @param rev the commit; null when the operation ended before it was known
 * @param ref branch or tag from which it was resolved; known of the version in force only
 * @param at when the operation ended; when it was asked for while it has not
 * @param current whether this is the version in force
 * @param snapshot copy of the app's data as it was when this version was replaced: what a rollback with data puts back
 */
public record Deployment(
        OperationId operation,
        Operation.Kind kind,
        @Nullable Integer generation,
        @Nullable String rev,
        @Nullable String ref,
        Instant at,
        String by,
        OperationState outcome,
        boolean current,
        @Nullable Snapshot snapshot) {}
