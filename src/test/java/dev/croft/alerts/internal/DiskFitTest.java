package dev.croft.alerts.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.croft.alerts.internal.DiskFit.Reading;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class DiskFitTest {

    private static final Instant START = Instant.parse("2026-11-22T12:00:00Z");
    private static final long GIB = 1L << 30;

    /** One each half hour. */
    private static List<Reading> readings(int count, LongUnaryOperator free) {
        return LongStream.range(0, count)
                .mapToObj(i -> new Reading(START.plus(Duration.ofMinutes(30 * i)), free.applyAsLong(i), 1000 * GIB))
                .toList();
    }

    @Test
    void aDiskThatFillsUpSteadily() {
        // 10 GiB a day, of 500 that were free two days ago.
        Double days = DiskFit.daysLeft(readings(97, i -> 500 * GIB - i * 10 * GIB / 48));

        assertThat(days).isCloseTo(48, within(0.01));
    }

    @Test
    void noiseIsEvenedOut() {
        Double days =
                DiskFit.daysLeft(readings(97, i -> 500 * GIB - i * 10 * GIB / 48 + (i % 2 == 0 ? GIB / 4 : -GIB / 4)));

        assertThat(days).isCloseTo(48, within(2.0));
    }

    @Test
    void oneThatGetsEmptierIsNeverFull() {
        assertThat(DiskFit.daysLeft(readings(97, i -> 500 * GIB + i * GIB))).isEqualTo(DiskFit.DAYS_MOST);
        assertThat(DiskFit.daysLeft(readings(97, i -> 500 * GIB))).isEqualTo(DiskFit.DAYS_MOST);
    }

    @Test
    void withoutEnoughToGoByNothingIsSaid() {
        assertThat(DiskFit.daysLeft(List.of())).isNull();
        assertThat(DiskFit.daysLeft(readings(20, i -> 500 * GIB - i * 10 * GIB)))
                .as("ten hours")
                .isNull();
        assertThat(DiskFit.daysLeft(List.of(
                        new Reading(START, 500 * GIB, 1000 * GIB),
                        new Reading(START.plus(Duration.ofDays(3)), 400 * GIB, 1000 * GIB))))
                .as("two readings")
                .isNull();
    }

    @Test
    void aFullDiskIsFullFromTheFirstReadingOn() {
        assertThat(DiskFit.daysLeft(List.of(new Reading(START, GIB, 1000 * GIB))))
                .isZero();
    }
}
