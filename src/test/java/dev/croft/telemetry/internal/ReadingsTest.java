package dev.croft.telemetry.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.hostlink.Measurement;
import dev.croft.hostlink.Measurement.UnitValues;
import dev.croft.telemetry.Metric;
import dev.croft.telemetry.internal.HostSeries.Key;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ReadingsTest {

    private static final Measurement.Unit SHOP = new Measurement.Unit(7, "croft-app-shop.service");
    private static final Key SHOP_CPU = new Key(SHOP.name(), Metric.CPU, null);
    private static final Key SHOP_MEMORY = new Key(SHOP.name(), Metric.MEMORY, null);
    private static final Key CPU = new Key(null, Metric.CPU, null);
    private static final Key WRITTEN = new Key(null, Metric.DISK_WRITTEN, "vda");

    private final Readings readings = new Readings(1);

    private Map<Key, Double> first() {
        return readings.of(Samples.of(
                100, true, 1_000_000, 5_000, List.of(SHOP), List.of(), List.of(Samples.unit(7, 500_000L, 64L))));
    }

    private Map<Key, Double> next(double second, long busy, long written, UnitValues... units) {
        return readings.of(Samples.of(second, false, busy, written, List.of(), List.of(), List.of(units)));
    }

    @Test
    void whatGrowsIsKnownFromTheSecondMeasurementOn() {
        assertThat(first())
                .doesNotContainKeys(CPU, WRITTEN, SHOP_CPU)
                .containsEntry(SHOP_MEMORY, 64.0)
                .containsEntry(new Key(null, Metric.MEMORY, null), 400.0)
                .containsEntry(new Key(null, Metric.LOAD_5, null), 0.25);

        assertThat(next(101, 1_500_000, 7_000, Samples.unit(7, 750_000L, 80L)))
                .containsEntry(CPU, 0.5)
                .containsEntry(WRITTEN, 2_000.0)
                .containsEntry(SHOP_CPU, 0.25)
                .containsEntry(SHOP_MEMORY, 80.0)
                .containsEntry(new Key(null, Metric.PRESSURE_CPU_SOME, null), 0.25);
    }

    @Test
    void theTimeThatReallyPassedIsCountedWith() {
        first();

        assertThat(next(100.5, 1_500_000, 5_000)).containsEntry(CPU, 1.0);
        assertThat(next(102.5, 2_500_000, 5_000).get(CPU)).isEqualTo(0.5, Offset.offset(1e-9));
    }

    /** The box says nothing of a unit that does nothing. */
    @Test
    void aUnitOfWhichNothingIsSaidUsesNoTimeAndAsMuchMemoryAsBefore() {
        first();

        assertThat(next(101, 1_000_000, 5_000)).containsEntry(SHOP_CPU, 0.0).containsEntry(SHOP_MEMORY, 64.0);
        assertThat(next(102, 1_000_000, 5_000, Samples.unit(7, 600_000L, 64L)).get(SHOP_CPU))
                .isEqualTo(0.1, Offset.offset(1e-9));
    }

    @Test
    void whatIsNotMeasuredIsNeverZero() {
        first();

        assertThat(next(101, 2_000_000, 5_000, Samples.unit(7, 600_000L, null)))
                .containsKey(SHOP_CPU)
                .doesNotContainKeys(
                        SHOP_MEMORY,
                        new Key(SHOP.name(), Metric.IO_READ, null),
                        new Key(null, Metric.MEMORY_CACHED, "x"),
                        new Key(null, Metric.PRESSURE_IO_SOME, null),
                        new Key(null, Metric.TEMPERATURE, null));
    }

    @Test
    void aCounterThatBeganAnewIsAGap() {
        first();

        assertThat(next(101, 400, 9_000)).doesNotContainKey(CPU).containsEntry(WRITTEN, 4_000.0);
        assertThat(next(102, 500_400, 9_000)).containsEntry(CPU, 0.5);
    }

    @Test
    void aUnitThatWasStartedAnewIsAGapAndGoesOnUnderItsName() {
        first();
        var again = new Measurement.Unit(8, SHOP.name());

        assertThat(readings.of(Samples.of(
                        101, false, 0, 0, List.of(again), List.of(7L), List.of(Samples.unit(8, 900_000L, 10L)))))
                .doesNotContainKey(SHOP_CPU)
                .containsEntry(SHOP_MEMORY, 10.0);
        assertThat(next(102, 0, 0, Samples.unit(8, 1_000_000L, 10L)).get(SHOP_CPU))
                .isEqualTo(0.1, Offset.offset(1e-9));
    }

    @Test
    void aUnitThatIsGoneHasNoValues() {
        first();

        assertThat(readings.of(Samples.of(101, false, 0, 0, List.of(), List.of(7L), List.of())))
                .doesNotContainKeys(SHOP_CPU, SHOP_MEMORY);
    }

    @Test
    void aSamplerThatStoodStillLeavesAGapAndNotAMean() {
        first();

        assertThat(next(140, 40_000_000, 99_000, Samples.unit(7, 40_000_000L, 64L)))
                .doesNotContainKeys(CPU, WRITTEN, SHOP_CPU)
                .containsEntry(SHOP_MEMORY, 64.0);
        assertThat(next(141, 40_500_000, 99_000)).containsEntry(CPU, 0.5);
    }

    @Test
    void aMonotonicClockThatGoesBackIsAnotherStartOfTheBox() {
        first();

        assertThat(next(3, 2_000_000, 9_000)).doesNotContainKeys(CPU, WRITTEN);
        assertThat(next(4, 2_100_000, 9_000).get(CPU)).isEqualTo(0.1, Offset.offset(1e-9));
    }

    @Test
    void aWholeMeasurementForgetsWhatWasKnownOfUnits() {
        first();

        assertThat(readings.of(Samples.of(101, true, 0, 0, List.of(), List.of(), List.of())))
                .doesNotContainKeys(SHOP_CPU, SHOP_MEMORY);
        assertThat(next(102, 0, 0, Samples.unit(7, 1L, 1L))).doesNotContainKey(SHOP_MEMORY);
    }
}
