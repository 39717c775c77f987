package dev.croft.telemetry;

import dev.croft.access.RequiresViewer;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Use cases: what a box and its units use. One subscription for each box measures for everybody; the console keeps an hour of it in
 * memory, of a size that is known beforehand ({@code croft.telemetry}).
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
     * @param unit null: the whole box
     * @param from null: an hour before {@code to}
     * @param to null: now
     * @param step whole seconds; null: so that there are at most 720 values
     */
    record Query(
            @Nullable String unit,
            @Nullable Instant from,
            @Nullable Instant to,
            @Nullable Duration step) {
        public static final Query LAST_HOUR = new Query(null, null, null, null);
    }

    /**
     * @param from the first value's moment; each next one is a step later
     * @param units the names of all units of which something is kept, in order
     * @param gaps why the box does not measure something, by the protocol's names
     * @param cut how many units, disks and so on are not measured because there are too many; of units also those for which the console
     *     has no room
     * @param measuredAt when the box was last measured, by the console's clock; null: never yet
     * @param problem why it is not measured now; null: it is, or it is about to be
     */
    record Window(
            Instant from,
            Duration step,
            List<Series> series,
            List<String> units,
            Map<String, String> gaps,
            int cut,
            @Nullable Instant measuredAt,
            @Nullable Problem problem) {}

    /**
     * @param of which disk, interface, file system or sensor; null where there is one only
     * @param values a mean for each step; null: a gap
     */
    record Series(Metric metric, @Nullable String of, List<@Nullable Double> values) {}
}
