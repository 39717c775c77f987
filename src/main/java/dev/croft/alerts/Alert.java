package dev.croft.alerts;

import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Phrase;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that is or was wrong.
 *
 * @param app null: it is the box's own
 * @param subject which unit, disk, domain or place for backups; the box's name where there is one only
 * @param beganAt when it was first seen
 * @param raisedAt when it had lasted long enough to be told of; null: not yet
 * @param overAt null: it is not over
 * @param seenAt when it was last looked at
 * @param value in the measure of its kind, when it was last wrong
 * @param detail last lines of the log, or other text to look at; null: none
 * @param cause the last change of the box (or app) before it began; null: there was none within a day
 * @param silenced whether somebody has silenced it now
 */
public record Alert(
        long id,
        AlertKind kind,
        HostName host,
        @Nullable AppName app,
        String subject,
        State state,
        Instant beganAt,
        @Nullable Instant raisedAt,
        @Nullable Instant overAt,
        Instant seenAt,
        double value,
        Words words,
        @Nullable String detail,
        @Nullable Cause cause,
        boolean silenced) {

    public enum State {
        /** It is wrong, but has not been for long enough. */
        RISING,
        FIRING,
        /** It is well again, but has not been for long enough. */
        CALMING,
        OVER
    }

    /** Likewise in words: what happened, why as far as it is known, and what to do next. */
    public record Words(Phrase what, Phrase why, Phrase next) {}

    /**
     * A change that came before.
     *
     * @param title of the operation, such as "Deploy shop"
     * @param at when it was over
     * @param edits what it changed, in words
     */
    public record Cause(
            OperationId operation,
            String kind,
            @Nullable AppName app,
            String title,
            String by,
            Instant at,
            List<String> edits) {

        public Cause {
            edits = List.copyOf(edits);
        }
    }
}
