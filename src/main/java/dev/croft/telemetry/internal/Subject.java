package dev.croft.telemetry.internal;

import dev.croft.telemetry.Metric;
import dev.croft.telemetry.internal.HostSeries.Key;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What has a history of its own, in one file: the box, a unit, a disk and so on.
 *
 * @param name empty for the box, of which there is one
 */
record Subject(Kind kind, String name) {

    /** What is measured of each kind; a file has a column for each. */
    enum Kind {
        BOX(
                Metric.CPU,
                Metric.MEMORY,
                Metric.PRESSURE_CPU_SOME,
                Metric.PRESSURE_CPU_FULL,
                Metric.PRESSURE_MEMORY_SOME,
                Metric.PRESSURE_MEMORY_FULL,
                Metric.PRESSURE_IO_SOME,
                Metric.PRESSURE_IO_FULL,
                Metric.CPU_IO_WAIT,
                Metric.CPU_STEAL,
                Metric.CPU_CORES,
                Metric.LOAD_1,
                Metric.LOAD_5,
                Metric.LOAD_15,
                Metric.MEMORY_TOTAL,
                Metric.MEMORY_CACHED,
                Metric.SWAP,
                Metric.SWAP_TOTAL),
        DISK(Metric.DISK_READ, Metric.DISK_WRITTEN, Metric.DISK_READS, Metric.DISK_WRITES, Metric.DISK_BUSY),
        NETWORK(Metric.NETWORK_RECEIVED, Metric.NETWORK_SENT, Metric.NETWORK_FAILED),
        FILE_SYSTEM(Metric.FILE_SYSTEM_USED, Metric.FILE_SYSTEM_TOTAL, Metric.FILE_SYSTEM_INODES),
        SENSOR(Metric.TEMPERATURE),
        UNIT(
                Metric.CPU,
                Metric.MEMORY,
                Metric.PRESSURE_CPU_SOME,
                Metric.PRESSURE_CPU_FULL,
                Metric.PRESSURE_MEMORY_SOME,
                Metric.PRESSURE_MEMORY_FULL,
                Metric.PRESSURE_IO_SOME,
                Metric.PRESSURE_IO_FULL,
                Metric.CPU_USER,
                Metric.CPU_SYSTEM,
                Metric.CPU_THROTTLED,
                Metric.MEMORY_PEAK,
                Metric.MEMORY_HIGH,
                Metric.MEMORY_MAX,
                Metric.MEMORY_OOM,
                Metric.IO_READ,
                Metric.IO_WRITTEN,
                Metric.TASKS);

        private static final Map<Metric, Kind> OF_SEVERAL = new EnumMap<>(Metric.class);

        static {
            for (Kind kind : List.of(DISK, NETWORK, FILE_SYSTEM, SENSOR)) {
                kind.columns.forEach(metric -> OF_SEVERAL.put(metric, kind));
            }
        }

        private final List<Metric> columns;
        private final Map<Metric, Integer> places = new EnumMap<>(Metric.class);

        Kind(Metric... columns) {
            this.columns = List.of(columns);
            Arrays.stream(columns).forEach(metric -> places.put(metric, places.size()));
        }

        List<Metric> columns() {
            return columns;
        }

        /** The column of a metric; -1: it has none. */
        int column(Metric metric) {
            return places.getOrDefault(metric, -1);
        }
    }

    /** Whose value it is. */
    static Subject of(Key key) {
        if (key.unit() != null) {
            return new Subject(Kind.UNIT, key.unit());
        }
        return key.of() == null
                ? new Subject(Kind.BOX, "")
                : new Subject(Kind.OF_SEVERAL.getOrDefault(key.metric(), Kind.BOX), key.of());
    }

    Key key(Metric metric) {
        return switch (kind) {
            case UNIT -> new Key(name, metric, null);
            case BOX -> new Key(null, metric, null);
            case DISK, NETWORK, FILE_SYSTEM, SENSOR -> new Key(null, metric, name);
        };
    }
}
