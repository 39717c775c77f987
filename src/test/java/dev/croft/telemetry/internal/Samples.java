package dev.croft.telemetry.internal;

import dev.croft.hostlink.Measurement;
import dev.croft.hostlink.Measurement.UnitValue;
import dev.croft.hostlink.Measurement.UnitValues;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Measurements for tests: a box with one processor, one disk and the units that the test names. */
public final class Samples {

    private Samples() {}

    /**
     * @param second of the box's monotonic clock
     * @param busyMicros of its processor
     * @param written bytes to its disk
     */
    public static Measurement of(
            double second,
            boolean whole,
            long busyMicros,
            long written,
            List<Measurement.Unit> appeared,
            List<Long> gone,
            List<UnitValues> units) {
        return new Measurement(
                Instant.EPOCH,
                Math.round(second * 1e6),
                whole,
                new Measurement.Processors(busyMicros, 0, 0, 0, 0, 0, 0, 0, 1),
                List.of(0.5, 0.25, 0.1),
                new Measurement.Memory(1000L, 100L, 600L, null, 50L, null, 0L, 0L),
                Map.of("cpu", new Measurement.Pressure(busyMicros / 2, 0L)),
                Map.of("vda", new Measurement.Disk(0L, written, 0L, 0L, 0L)),
                Map.of(),
                null,
                null,
                Map.of("units.io", "The io controller is not part of this box's cgroup v2 hierarchy."),
                0,
                appeared,
                gone,
                units);
    }

    /** Processor time and memory; nothing else is known. */
    public static UnitValues unit(long id, @Nullable Long cpuMicros, @Nullable Long memory) {
        List<@Nullable Long> values = new ArrayList<>(Collections.nCopies(UnitValue.values().length, null));
        values.set(UnitValue.CPU.ordinal(), cpuMicros);
        values.set(UnitValue.MEMORY.ordinal(), memory);
        return new UnitValues(id, Collections.unmodifiableList(values));
    }
}
