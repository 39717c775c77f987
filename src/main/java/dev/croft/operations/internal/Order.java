package dev.croft.operations.internal;

import dev.croft.desired.Changes;
import dev.croft.hostlink.HostCommand.Author;
import dev.croft.operations.Operation;
import org.jspecify.annotations.Nullable;

/**
 * An operation with all that the worker needs to carry it out, also after a restart.
 *
 * @param changes the drafts as they were when the operation was asked for
 * @param expect store path that was reviewed
 * @param generation the one to go back to; null: the one before
 * @param asked what else was asked
 * @param session key of the browser or token that asked; null when nobody may confirm it
 * @param sentState the whole state.json, once it is fixed
 * @param sentBase commit that it builds on; null: not known
 * @param sent whether the box may have received it
 * @param accepted whether the box has said that it has it
 * @param cancelAsked whether somebody wants it ended
 * @param cursor how far the box's account was read
 * @param lastSequence number of the last event that was kept
 */
record Order(
        Operation operation,
        Author author,
        Changes changes,
        @Nullable String expect,
        @Nullable Integer generation,
        Asked asked,
        @Nullable String session,
        @Nullable String sentState,
        @Nullable String sentBase,
        boolean sent,
        boolean accepted,
        boolean cancelAsked,
        @Nullable String cursor,
        long lastSequence) {

    Order with(Operation other) {
        return new Order(
                other,
                author,
                changes,
                expect,
                generation,
                asked,
                session,
                sentState,
                sentBase,
                sent,
                accepted,
                cancelAsked,
                cursor,
                lastSequence);
    }
}
