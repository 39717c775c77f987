package dev.croft.alerts;

import java.time.Duration;
import java.util.Locale;

/** What is watched. Each has one rule; what it is when nobody has changed it stands here. */
public enum AlertKind {
    /** A service of the box has failed; no threshold. */
    UNIT_FAILED(Measure.NONE, true, 1, 1, "10s", "1m"),
    /** How often systemd has started a service again by itself within ten minutes. */
    RESTART_LOOP(Measure.COUNT, true, 3, 1, "0s", "2m"),
    /** How many processes the kernel has killed within ten minutes because there was no memory for them. */
    OUT_OF_MEMORY(Measure.COUNT, true, 1, 1, "0s", "10m"),
    /** The share of the last five minutes in which a service's quota kept it from running. */
    CPU_THROTTLED(Measure.SHARE, true, 0.5, 0.25, "5m", "5m"),
    /** The share of the last minute in which something stood still for want of a processor; likewise the next two. */
    PRESSURE_CPU(Measure.SHARE, true, 0.8, 0.5, "10m", "5m"),
    PRESSURE_MEMORY(Measure.SHARE, true, 0.2, 0.1, "2m", "5m"),
    PRESSURE_IO(Measure.SHARE, true, 0.6, 0.3, "10m", "5m"),
    /** In how many days a disk will be full, as it has filled up lately. */
    DISK(Measure.DAYS, false, 7, 10, "30m", "1h"),
    /** In how many days a certificate is not valid any more. */
    CERTIFICATE(Measure.DAYS, false, 14, 20, "1h", "0s"),
    /** How many hours ago the last backup to a place went well. */
    BACKUP_STALE(Measure.HOURS, true, 36, 30, "0s", "0s"),
    /** The last test restore did not go well; no threshold. */
    RESTORE_TEST(Measure.NONE, true, 1, 1, "0s", "0s"),
    /** A box does not answer; no threshold. */
    HOST_QUIET(Measure.NONE, true, 1, 1, "2m", "1m"),
    /** How many seconds a box's clock is off this console's. */
    CLOCK(Measure.SECONDS, true, 5, 2, "2m", "2m");

    private final Measure measure;
    private final boolean tooMuch;
    private final Rule standard;

    AlertKind(
            Measure measure,
            boolean tooMuch,
            double threshold,
            double calmBelow,
            String raiseAfter,
            String clearAfter) {
        this.measure = measure;
        this.tooMuch = tooMuch;
        this.standard = new Rule(this, true, threshold, calmBelow, duration(raiseAfter), duration(clearAfter));
    }

    private static Duration duration(String text) {
        return Duration.parse("PT" + text.toUpperCase(Locale.ROOT));
    }

    /** In what thresholds are measured. */
    public enum Measure {
        /** It is so or it is not: there is nothing to set. */
        NONE,
        COUNT,
        /** From 0 to 1. */
        SHARE,
        SECONDS,
        HOURS,
        DAYS
    }

    public Measure measure() {
        return measure;
    }

    /** Whether more is worse: it begins at the threshold or above it, and ends below the other one. False: the other way round. */
    public boolean moreIsWorse() {
        return tooMuch;
    }

    /** The rule when nobody has changed it. */
    public Rule standard() {
        return standard;
    }

    /** Its name in the API and the database. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
