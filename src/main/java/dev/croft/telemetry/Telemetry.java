package dev.croft.telemetry;

import dev.croft.access.RequiresViewer;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Phrase;
import dev.croft.kernel.Problem;
import dev.croft.kernel.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/**
 * Use cases: what a box and its units use. One subscription for each box measures for everybody; the console keeps an hour of it in
 * memory and a year of it in files, both of a size that is known beforehand ({@code croft.telemetry}).
 */
public interface Telemetry {

    /**
     * What was measured of an app (its service), or else of a unit or the whole box. INVALID_INPUT for a window that the console does
     * not keep; NOT_FOUND for a box that it does not have.
     *
     * @param app null: as {@code query} says
     */
    @RequiresViewer
    Window window(HostName host, @Nullable AppName app, Query query);

    /**
     * Delivers what is measured from now on, each time on a thread of the subscription's own. Whoever is slow is given the newest and
     * told how many were skipped; nothing waits for them.
     *
     * @param app null: as {@code unit} says
     * @param unit null: the whole box
     */
    @RequiresViewer
    Subscription follow(HostName host, @Nullable AppName app, @Nullable String unit, Consumer<Reading> listener);

    /**
     * @param unit null: the whole box
     * @param from null: an hour before {@code to}; at most 366 days before now are kept
     * @param to null: now
     * @param step whole seconds; null: so that there are at most 720 values
     * @param only these metrics; empty: all
     */
    record Query(
            @Nullable String unit,
            @Nullable Instant from,
            @Nullable Instant to,
            @Nullable Duration step,
            Set<Metric> only) {
        public static final Query LAST_HOUR = new Query(null, null, null, null);

        public Query {
            only = Set.copyOf(only);
        }

        public Query(@Nullable String unit, @Nullable Instant from, @Nullable Instant to, @Nullable Duration step) {
            this(unit, from, to, step, Set.of());
        }
    }

    /**
     * One measurement.
     *
     * @param at whole seconds, by the console's clock
     * @param values those that are known
     * @param skipped how many measurements before it were not delivered, because the listener was slow
     * @param problem why there is none; then without values
     */
    record Reading(
            Instant at,
            List<Value> values,
            int skipped,
            @Nullable Problem problem) {}

    /** @param of as in {@link Series} */
    record Value(Metric metric, @Nullable String of, double value) {}

    /**
     * The history, of all boxes.
     *
     * @param limit the most that it takes on the disk
     * @param taken what it takes when all of its time has passed, as it is now
     * @param series how many there are
     * @param notes what is to be told of it: what cannot be kept, what was lost
     */
    record Kept(DataSize limit, DataSize taken, int series, List<Phrase> notes) {}

    /**
     * @param from the first value's moment; each next one is a step later
     * @param units the names of all units of which something is kept, in order
     * @param gaps why the box does not measure something, by the protocol's names
     * @param cut how many units, disks and so on are not measured because there are too many; of units also those for which the console
     *     has no room
     * @param measuredAt when the box was last measured, by the console's clock; null: never yet
     * @param problem why it is not measured now; null: it is, or it is about to be
     * @param kept how much room the history has, and what is to be told of it
     */
    record Window(
            Instant from,
            Duration step,
            List<Series> series,
            List<String> units,
            Map<String, String> gaps,
            int cut,
            @Nullable Instant measuredAt,
            @Nullable Problem problem,
            Kept kept) {}

    /**
     * @param of which disk, interface, file system or sensor; null where there is one only
     * @param values a mean for each step; null: a gap
     * @param least of each step, of what it is the mean of: of seconds where those are kept or steps are of a minute and more
     * @param most likewise
     */
    record Series(
            Metric metric,
            @Nullable String of,
            List<@Nullable Double> values,
            List<@Nullable Double> least,
            List<@Nullable Double> most) {}
}
