package dev.croft.alerts.internal;

import dev.croft.alerts.Alert.Words;
import dev.croft.alerts.AlertKind;
import dev.croft.kernel.AppName;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was found of one thing.
 *
 * @param value in the measure of its kind; null: it cannot be told
 * @param since since when the box says that it is so; null: it does not
 * @param log the unit whose last lines tell more; null: none
 */
record Observed(
        AlertKind kind,
        @Nullable AppName app,
        String subject,
        @Nullable Double value,
        @Nullable Instant since,
        Words words,
        @Nullable String log) {

    /**
     * All that was found of a kind.
     *
     * @param known false: nothing can be said of what is not among {@code found}; true: that is well
     */
    record Answer(boolean known, List<Observed> found) {
        static final Answer UNKNOWN = new Answer(false, List.of());

        Answer {
            found = List.copyOf(found);
        }

        static Answer of(List<Observed> found) {
            return new Answer(true, found);
        }
    }
}
