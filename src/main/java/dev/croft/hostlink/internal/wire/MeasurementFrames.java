package dev.croft.hostlink.internal.wire;

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
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads what croft-sampler says. Source: docs/protocol.md, Measurements. */
final class MeasurementFrames {

    private static final int UNIT_VALUES = UnitValue.values().length;
    private static final double MILLI = 1e-3;
    private static final double HUNDREDTH = 1e-2;

    private MeasurementFrames() {}

    static Measurement read(Members frame) {
        Members sample = frame.object("sample");
        return new Measurement(
                frame.instant("time"),
                sample.longInteger("at"),
                sample.has("whole") && sample.flag("whole"),
                sample.optionalObject("cpu", MeasurementFrames::processors),
                load(sample),
                sample.optionalObject("memory", MeasurementFrames::memory),
                named(sample, "pressure", 2, row -> new Pressure(row.get(0), row.get(1))),
                named(sample, "disks", 5, row -> new Disk(row.get(0), row.get(1), row.get(2), row.get(3), row.get(4))),
                named(
                        sample,
                        "interfaces",
                        8,
                        row -> new NetworkInterface(
                                row.get(0),
                                row.get(1),
                                row.get(2),
                                row.get(3),
                                row.get(4),
                                row.get(5),
                                row.get(6),
                                row.get(7))),
                sample.has("filesystems")
                        ? named(
                                sample,
                                "filesystems",
                                5,
                                row -> new FileSystem(row.get(0), row.get(1), row.get(2), row.get(3), row.get(4)))
                        : null,
                temperatures(sample),
                sample.textsByName("gaps"),
                sample.has("cut") ? sample.integer("cut") : 0,
                sample.rowsOf("new", MeasurementFrames::unit),
                sample.longIntegers("gone"),
                sample.rowsOf("units", MeasurementFrames::values));
    }

    private static Processors processors(Members cpu) {
        return new Processors(
                cpu.longInteger("user"),
                cpu.longInteger("nice"),
                cpu.longInteger("system"),
                cpu.longInteger("idle"),
                cpu.longInteger("iowait"),
                cpu.longInteger("irq"),
                cpu.longInteger("softirq"),
                cpu.longInteger("steal"),
                cpu.integer("cores"));
    }

    private static Memory memory(Members memory) {
        return new Memory(
                memory.optionalLong("total"),
                memory.optionalLong("free"),
                memory.optionalLong("available"),
                memory.optionalLong("buffers"),
                memory.optionalLong("cached"),
                memory.optionalLong("dirty"),
                memory.optionalLong("swapTotal"),
                memory.optionalLong("swapFree"));
    }

    private static @Nullable List<Double> load(Members sample) {
        if (!sample.has("load")) {
            return null;
        }
        List<Long> cents = sample.longIntegers("load");
        if (cents.size() != 3) {
            throw ProtocolProblems.notUnderstood("\"sample.load\" is not a list of 3 whole numbers.");
        }
        return cents.stream().map(each -> each * HUNDREDTH).toList();
    }

    private static @Nullable Map<String, Double> temperatures(Members sample) {
        if (!sample.has("temperatures")) {
            return null;
        }
        Map<String, Double> found = new LinkedHashMap<>();
        named(sample, "temperatures", 1, row -> row).forEach((sensor, row) -> {
            Long thousandths = row.getFirst();
            if (thousandths != null) {
                found.put(sensor, thousandths * MILLI);
            }
        });
        return Collections.unmodifiableMap(found);
    }

    /** Empty where it was not measured. */
    private static <T> Map<String, T> named(
            Members sample, String name, int columns, Function<List<@Nullable Long>, T> read) {
        if (!sample.has(name)) {
            return Map.of();
        }
        Members all = sample.object(name);
        Map<String, T> found = new LinkedHashMap<>();
        for (String key : all.names()) {
            found.put(key, read.apply(all.longs(key, columns)));
        }
        return Collections.unmodifiableMap(found);
    }

    private static Unit unit(JsonNode row, String where) {
        if (!row.isArray() || row.size() < 2 || !row.get(1).isString()) {
            throw ProtocolProblems.notUnderstood("\"" + where + "\" is not an id and a name.");
        }
        return new Unit(Members.asLong(row.get(0), where), row.get(1).stringValue());
    }

    private static UnitValues values(JsonNode row, String where) {
        // A newer box says more behind what this console knows.
        if (!row.isArray() || row.size() < 1 + UNIT_VALUES) {
            throw ProtocolProblems.notUnderstood("\"" + where + "\" is not an id and " + UNIT_VALUES + " values.");
        }
        List<@Nullable Long> values = new ArrayList<>(UNIT_VALUES);
        for (int i = 1; i <= UNIT_VALUES; i++) {
            values.add(row.get(i).isNull() ? null : Members.asLong(row.get(i), where));
        }
        return new UnitValues(Members.asLong(row.get(0), where), Collections.unmodifiableList(values));
    }
}
