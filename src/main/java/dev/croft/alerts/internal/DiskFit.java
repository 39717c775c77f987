package dev.croft.alerts.internal;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** When a disk will be full, by a straight line through what it had free lately. */
final class DiskFit {

    /** Below these there is no line to speak of. */
    static final int READINGS_LEAST = 8;

    static final Duration SPAN_LEAST = Duration.ofHours(12);
    /** Farther ahead nothing is said. */
    static final double DAYS_MOST = 365;
    /** With less than this free it is full, whatever the line says. */
    private static final double FULL = 0.02;

    private static final double SECONDS_OF_A_DAY = 86_400;

    private DiskFit() {}

    record Reading(Instant at, long free, long bytes) {}

    /**
     * Days until nothing is free, from the last reading on: 0 to {@link #DAYS_MOST}, which also stands for "never, as it is going";
     * null: there is not enough to tell.
     *
     * @param readings oldest first
     */
    static @Nullable Double daysLeft(List<Reading> readings) {
        if (readings.isEmpty()) {
            return null;
        }
        Reading last = readings.getLast();
        if (last.bytes() > 0 && (double) last.free() / last.bytes() < FULL) {
            return 0.0;
        }
        Instant first = readings.getFirst().at();
        if (readings.size() < READINGS_LEAST
                || Duration.between(first, last.at()).compareTo(SPAN_LEAST) < 0) {
            return null;
        }
        double count = readings.size();
        double meanX = 0;
        double meanY = 0;
        for (Reading each : readings) {
            meanX += days(first, each.at()) / count;
            meanY += each.free() / count;
        }
        double together = 0;
        double alone = 0;
        for (Reading each : readings) {
            double x = days(first, each.at()) - meanX;
            together += x * (each.free() - meanY);
            alone += x * x;
        }
        double slope = alone == 0 ? 0 : together / alone;
        if (slope >= 0) {
            return DAYS_MOST;
        }
        // From what is free now, not from where the line is: what was deleted an hour ago is free.
        return Math.min(DAYS_MOST, last.free() / -slope);
    }

    private static double days(Instant from, Instant to) {
        return Duration.between(from, to).toSeconds() / SECONDS_OF_A_DAY;
    }
}
