package dev.croft.telemetry.internal;

import dev.croft.hostlink.Measurement;
import dev.croft.hostlink.Measurement.Disk;
import dev.croft.hostlink.Measurement.FileSystem;
import dev.croft.hostlink.Measurement.Memory;
import dev.croft.hostlink.Measurement.NetworkInterface;
import dev.croft.hostlink.Measurement.Pressure;
import dev.croft.hostlink.Measurement.Processors;
import dev.croft.hostlink.Measurement.Unit;
import dev.croft.hostlink.Measurement.UnitValue;
import dev.croft.hostlink.Measurement.UnitValues;
import dev.croft.telemetry.Metric;
import dev.croft.telemetry.internal.HostSeries.Key;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes values of what a box counts. A rate needs two measurements: the first one, one after which more time has passed than the
 * interval allows, and one in which a counter is smaller than before give none. Not for many threads.
 */
final class Readings {

    private static final double MICROS = 1e6;

    /** A measurement that comes later than this many intervals follows a time in which nobody knows what was. */
    private static final double LATE = 2.5;

    /** For how long what is looked at rarely is taken to be as it was: seconds. */
    private static final double SLOW_IS_GOOD_FOR = 60;

    private final double interval;
    private final Map<Long, KnownUnit> units = new HashMap<>();
    private @Nullable Measurement before;
    private Map<String, FileSystem> fileSystems = Map.of();
    private Map<String, Double> temperatures = Map.of();
    private long fileSystemsAt;
    private long temperaturesAt;

    private static final class KnownUnit {
        final String name;

        /** Null in the measurement in which it appeared. */
        @Nullable
        UnitValues before;

        @Nullable
        UnitValues now;

        KnownUnit(String name) {
            this.name = name;
        }
    }

    /** @param intervalSeconds in which measurements are expected */
    Readings(long intervalSeconds) {
        this.interval = intervalSeconds;
    }

    /** What is known of this moment; values that are not known are left out. */
    Map<Key, Double> of(Measurement now) {
        Map<Key, Double> values = new HashMap<>();
        double seconds = before == null ? 0 : (now.atMicros() - before.atMicros()) / MICROS;
        // A frame that was taken off the grid is closer; anything else than a step forward is no time to count with.
        double passed = seconds > 0 && seconds <= LATE * interval ? seconds : 0;
        machine(now, passed, values);
        units(now, passed, values);
        before = now;
        return values;
    }

    // ---- the box

    private void machine(Measurement now, double passed, Map<Key, Double> values) {
        Measurement old = before;
        if (now.processors() != null) {
            values.put(key(Metric.CPU_CORES), (double) now.processors().cores());
            if (old != null && old.processors() != null) {
                cores(now.processors(), old.processors(), passed, Metric.CPU, Processors::busy, values);
                cores(now.processors(), old.processors(), passed, Metric.CPU_IO_WAIT, Processors::ioWait, values);
                cores(now.processors(), old.processors(), passed, Metric.CPU_STEAL, Processors::steal, values);
            }
        }
        if (now.load() != null) {
            values.put(key(Metric.LOAD_1), now.load().get(0));
            values.put(key(Metric.LOAD_5), now.load().get(1));
            values.put(key(Metric.LOAD_15), now.load().get(2));
        }
        if (now.memory() != null) {
            Memory memory = now.memory();
            gauge(values, Metric.MEMORY_TOTAL, null, memory.total());
            gauge(values, Metric.MEMORY, null, difference(memory.total(), memory.available()));
            gauge(values, Metric.MEMORY_CACHED, null, memory.cached());
            gauge(values, Metric.SWAP_TOTAL, null, memory.swapTotal());
            gauge(values, Metric.SWAP, null, difference(memory.swapTotal(), memory.swapFree()));
        }
        pressure(now, "cpu", passed, Metric.PRESSURE_CPU_SOME, Metric.PRESSURE_CPU_FULL, values);
        pressure(now, "memory", passed, Metric.PRESSURE_MEMORY_SOME, Metric.PRESSURE_MEMORY_FULL, values);
        pressure(now, "io", passed, Metric.PRESSURE_IO_SOME, Metric.PRESSURE_IO_FULL, values);
        now.disks().forEach((name, disk) -> {
            Disk then = old == null ? null : old.disks().get(name);
            rate(values, Metric.DISK_READ, name, disk.read(), then == null ? null : then.read(), passed);
            rate(values, Metric.DISK_WRITTEN, name, disk.written(), then == null ? null : then.written(), passed);
            rate(values, Metric.DISK_READS, name, disk.reads(), then == null ? null : then.reads(), passed);
            rate(values, Metric.DISK_WRITES, name, disk.writes(), then == null ? null : then.writes(), passed);
            ratio(
                    values,
                    new Key(null, Metric.DISK_BUSY, name),
                    disk.busyMicros(),
                    then == null ? null : then.busyMicros(),
                    passed);
        });
        now.interfaces().forEach((name, network) -> {
            NetworkInterface then = old == null ? null : old.interfaces().get(name);
            rate(
                    values,
                    Metric.NETWORK_RECEIVED,
                    name,
                    network.received(),
                    then == null ? null : then.received(),
                    passed);
            rate(values, Metric.NETWORK_SENT, name, network.sent(), then == null ? null : then.sent(), passed);
            rate(values, Metric.NETWORK_FAILED, name, failed(network), then == null ? null : failed(then), passed);
        });
        slow(now, values);
    }

    private static void cores(
            Processors now,
            Processors then,
            double passed,
            Metric metric,
            Function<Processors, Long> which,
            Map<Key, Double> values) {
        Double rate = rate(which.apply(now), which.apply(then), passed);
        if (rate != null) {
            values.put(key(metric), rate / MICROS);
        }
    }

    private void pressure(
            Measurement now, String kind, double passed, Metric some, Metric full, Map<Key, Double> values) {
        Pressure found = now.pressure().get(kind);
        Pressure then = before == null ? null : before.pressure().get(kind);
        if (found != null && then != null) {
            ratio(values, key(some), found.some(), then.some(), passed);
            ratio(values, key(full), found.full(), then.full(), passed);
        }
    }

    /** The box looks at these every ten seconds; between, they are as they were. */
    private void slow(Measurement now, Map<Key, Double> values) {
        if (now.fileSystems() != null) {
            fileSystems = now.fileSystems();
            fileSystemsAt = now.atMicros();
        }
        if (now.temperatures() != null) {
            temperatures = now.temperatures();
            temperaturesAt = now.atMicros();
        }
        if (isGood(fileSystemsAt, now)) {
            fileSystems.forEach((place, found) -> {
                gauge(values, Metric.FILE_SYSTEM_TOTAL, place, found.size());
                gauge(values, Metric.FILE_SYSTEM_USED, place, difference(found.size(), found.free()));
                Long taken = difference(found.inodes(), found.inodesFree());
                if (taken != null && found.inodes() != null && found.inodes() > 0) {
                    values.put(
                            new Key(null, Metric.FILE_SYSTEM_INODES, place),
                            taken / found.inodes().doubleValue());
                }
            });
        }
        if (isGood(temperaturesAt, now)) {
            temperatures.forEach((sensor, degrees) -> values.put(new Key(null, Metric.TEMPERATURE, sensor), degrees));
        }
    }

    private static boolean isGood(long at, Measurement now) {
        double age = (now.atMicros() - at) / MICROS;
        return age >= 0 && age <= SLOW_IS_GOOD_FOR;
    }

    // ---- units

    private void units(Measurement now, double passed, Map<Key, Double> values) {
        if (now.whole()) {
            units.clear();
        }
        now.gone().forEach(units::remove);
        for (Unit unit : now.appeared()) {
            units.put(unit.id(), new KnownUnit(unit.name()));
        }
        // Of whom nothing is said, nothing has changed.
        units.values().forEach(unit -> unit.before = unit.now);
        for (UnitValues told : now.units()) {
            KnownUnit unit = units.get(told.id());
            if (unit != null) {
                unit.now = told;
            }
        }
        units.values().forEach(unit -> {
            if (unit.now != null) {
                unit(unit.name, unit.now, unit.before, passed, values);
            }
        });
    }

    private record Counter(Metric metric, UnitValue value, Kind kind) {}

    private enum Kind {
        GAUGE,
        RATE,
        /** Microseconds: cores, or the share of the time. */
        TIME
    }

    private static final List<Counter> COUNTERS = List.of(
            new Counter(Metric.CPU, UnitValue.CPU, Kind.TIME),
            new Counter(Metric.CPU_USER, UnitValue.CPU_USER, Kind.TIME),
            new Counter(Metric.CPU_SYSTEM, UnitValue.CPU_SYSTEM, Kind.TIME),
            new Counter(Metric.CPU_THROTTLED, UnitValue.CPU_THROTTLED, Kind.TIME),
            new Counter(Metric.MEMORY, UnitValue.MEMORY, Kind.GAUGE),
            new Counter(Metric.MEMORY_PEAK, UnitValue.MEMORY_PEAK, Kind.GAUGE),
            new Counter(Metric.MEMORY_HIGH, UnitValue.MEMORY_HIGH, Kind.RATE),
            new Counter(Metric.MEMORY_MAX, UnitValue.MEMORY_MAX, Kind.RATE),
            new Counter(Metric.MEMORY_OOM, UnitValue.MEMORY_OOM_KILL, Kind.RATE),
            new Counter(Metric.IO_READ, UnitValue.IO_READ, Kind.RATE),
            new Counter(Metric.IO_WRITTEN, UnitValue.IO_WRITTEN, Kind.RATE),
            new Counter(Metric.TASKS, UnitValue.PIDS, Kind.GAUGE),
            new Counter(Metric.PRESSURE_CPU_SOME, UnitValue.PRESSURE_CPU_SOME, Kind.TIME),
            new Counter(Metric.PRESSURE_CPU_FULL, UnitValue.PRESSURE_CPU_FULL, Kind.TIME),
            new Counter(Metric.PRESSURE_MEMORY_SOME, UnitValue.PRESSURE_MEMORY_SOME, Kind.TIME),
            new Counter(Metric.PRESSURE_MEMORY_FULL, UnitValue.PRESSURE_MEMORY_FULL, Kind.TIME),
            new Counter(Metric.PRESSURE_IO_SOME, UnitValue.PRESSURE_IO_SOME, Kind.TIME),
            new Counter(Metric.PRESSURE_IO_FULL, UnitValue.PRESSURE_IO_FULL, Kind.TIME));

    private static void unit(
            String name, UnitValues now, @Nullable UnitValues then, double passed, Map<Key, Double> values) {
        for (Counter counter : COUNTERS) {
            Long value = now.get(counter.value());
            if (value == null) {
                continue;
            }
            Double found = switch (counter.kind()) {
                case GAUGE -> value.doubleValue();
                case RATE -> then == null ? null : rate(value, then.get(counter.value()), passed);
                case TIME -> {
                    Double rate = then == null ? null : rate(value, then.get(counter.value()), passed);
                    yield rate == null ? null : rate / MICROS;
                }
            };
            if (found != null) {
                values.put(new Key(name, counter.metric(), null), bounded(counter.metric(), found));
            }
        }
    }

    // ---- arithmetic

    private static Key key(Metric metric) {
        return new Key(null, metric, null);
    }

    private static @Nullable Double rate(@Nullable Long now, @Nullable Long then, double passed) {
        return now == null || then == null || now < then || passed == 0 ? null : (now - then) / passed;
    }

    private static void rate(
            Map<Key, Double> values, Metric metric, String of, @Nullable Long now, @Nullable Long then, double passed) {
        Double rate = rate(now, then, passed);
        if (rate != null) {
            values.put(new Key(null, metric, of), rate);
        }
    }

    private static void ratio(
            Map<Key, Double> values, Key key, @Nullable Long now, @Nullable Long then, double passed) {
        Double rate = rate(now, then, passed);
        if (rate != null) {
            values.put(key, bounded(key.metric(), rate / MICROS));
        }
    }

    /** The counter and the clock are not read at the same instant, so that a share may be a little more than all. */
    private static double bounded(Metric metric, double value) {
        return metric.measure() == Metric.Measure.RATIO ? Math.min(1, value) : value;
    }

    private static void gauge(Map<Key, Double> values, Metric metric, @Nullable String of, @Nullable Long value) {
        if (value != null) {
            values.put(new Key(null, metric, of), value.doubleValue());
        }
    }

    private static @Nullable Long difference(@Nullable Long all, @Nullable Long rest) {
        return all == null || rest == null ? null : Long.valueOf(Math.max(0, all - rest));
    }

    private static @Nullable Long failed(NetworkInterface found) {
        return found.errorsReceived() == null
                        || found.errorsSent() == null
                        || found.droppedReceived() == null
                        || found.droppedSent() == null
                ? null
                : Long.valueOf(
                        found.errorsReceived() + found.errorsSent() + found.droppedReceived() + found.droppedSent());
    }
}
