package dev.croft.telemetry.internal;

import dev.croft.telemetry.Metric;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What was measured of one box in the last hour: a ring of seconds for each series. Its size is that of the series, which {@link Room}
 * bounds; a series of which there is no value in the whole hour is let go. Safe for many threads.
 */
final class HostSeries {

    /** Seconds. */
    static final int SPAN = 3600;

    /** The values, and about what the map takes for it. */
    static final int BYTES_OF_A_SERIES = SPAN * Float.BYTES + 200;

    static final Comparator<Key> IN_ORDER =
            Comparator.comparing(Key::metric).thenComparing(key -> key.of() == null ? "" : key.of());

    /**
     * @param unit null: the box
     * @param of which of several
     */
    record Key(
            @Nullable String unit, Metric metric, @Nullable String of) {}

    private static final class Ring {
        final float[] values = new float[SPAN];
        long newest;

        Ring() {
            Arrays.fill(values, Float.NaN);
        }
    }

    private final Room room;
    private final Map<Key, Ring> rings = new HashMap<>();
    private long newest = Long.MIN_VALUE;
    private int refused;

    HostSeries(Room room) {
        this.room = room;
    }

    /**
     * Takes the values of a second, and forgets those of an hour before. A second that is older than the newest is possible (the
     * console's clock was set back): then what lies behind it is forgotten, for it would be of the future.
     *
     * @param second since 1970
     * @param values without those that are not known
     */
    synchronized void take(long second, Map<Key, Double> values) {
        if (newest != Long.MIN_VALUE) {
            if (second < newest) {
                clear(second, Math.min(newest, second + SPAN - 1));
            } else {
                clear(Math.max(newest + 1, second - SPAN + 1), second);
            }
        }
        newest = second;
        Set<@Nullable String> without = new HashSet<>();
        for (Map.Entry<Key, Double> value : values.entrySet()) {
            Ring ring = rings.get(value.getKey());
            if (ring == null) {
                if (!room.take()) {
                    without.add(value.getKey().unit());
                    continue;
                }
                ring = new Ring();
                rings.put(value.getKey(), ring);
            }
            ring.values[slot(second)] = value.getValue().floatValue();
            ring.newest = second;
        }
        refused = without.size();
        if (second % 60 == 0) {
            rings.values().removeIf(ring -> {
                boolean over = second - ring.newest >= SPAN || ring.newest > second;
                if (over) {
                    room.giveBack();
                }
                return over;
            });
        }
    }

    private void clear(long from, long to) {
        for (Ring ring : rings.values()) {
            for (long second = from; second <= to; second++) {
                ring.values[slot(second)] = Float.NaN;
            }
            if (ring.newest > newest || ring.newest >= from && to >= ring.newest) {
                ring.newest = Math.min(ring.newest, from - 1);
            }
        }
    }

    private static int slot(long second) {
        return (int) Math.floorMod(second, (long) SPAN);
    }

    /** How many units, the box among them, have series that there was no room for in the newest second. */
    synchronized int refused() {
        return refused;
    }

    synchronized SortedSet<String> units() {
        SortedSet<String> units = new TreeSet<>();
        for (Key key : rings.keySet()) {
            if (key.unit() != null) {
                units.add(key.unit());
            }
        }
        return units;
    }

    /**
     * What is known of each step.
     *
     * @param unit null: the box
     * @param only these metrics; empty: all
     * @param from the first second
     * @param step seconds
     * @param count how many steps
     */
    synchronized Map<Key, Steps> read(@Nullable String unit, Set<Metric> only, long from, long step, int count) {
        Map<Key, Steps> found = new TreeMap<>(IN_ORDER);
        rings.forEach((key, ring) -> {
            if (Objects.equals(key.unit(), unit) && (only.isEmpty() || only.contains(key.metric()))) {
                found.put(key, steps(ring, from, step, count));
            }
        });
        return found;
    }

    private Steps steps(Ring ring, long from, long step, int count) {
        Steps steps = new Steps(count);
        long begin = Math.max(from, newest - SPAN + 1);
        long end = Math.min(from + step * count, newest + 1);
        for (long second = begin; second < end; second++) {
            float value = ring.values[slot(second)];
            if (!Float.isNaN(value)) {
                steps.add((int) ((second - from) / step), 1, value, value, value);
            }
        }
        return steps;
    }

    synchronized void release() {
        rings.values().forEach(ring -> room.giveBack());
        rings.clear();
    }
}
