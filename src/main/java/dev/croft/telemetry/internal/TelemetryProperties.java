package dev.croft.telemetry.internal;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Prefix {@code croft.telemetry}.
 *
 * @param interval how often boxes are measured, whole seconds from 1 to 60; 0: never
 * @param memory the most that what was measured takes, all boxes together
 * @param history the most that a year of it takes on the disk, all boxes together; 0: only the hour in memory is kept
 * @param retryFirst pause before a box is asked again that could not be measured; doubles with each failure
 * @param retryMost longest such pause
 */
@ConfigurationProperties("croft.telemetry")
record TelemetryProperties(
        @DefaultValue("1s") Duration interval,
        @DefaultValue("48MB") DataSize memory,
        @DefaultValue("512MB") DataSize history,
        @DefaultValue("1s") Duration retryFirst,
        @DefaultValue("30s") Duration retryMost) {

    TelemetryProperties {
        if (interval.isNegative() || interval.toSeconds() > 60 || interval.toMillis() % 1000 != 0) {
            throw new IllegalArgumentException(
                    "croft.telemetry.interval is " + interval + "; it is a number of whole seconds from 0 to 60.");
        }
        if (memory.toMegabytes() < 1) {
            throw new IllegalArgumentException("croft.telemetry.memory is " + memory + "; it is at least 1MB.");
        }
        if (history.isNegative() || history.toBytes() > 0 && history.toMegabytes() < 8) {
            throw new IllegalArgumentException(
                    "croft.telemetry.history is " + history + "; it is at least 8MB, or 0 for none.");
        }
    }

    boolean measures() {
        return !interval.isZero();
    }
}
