package dev.croft.telemetry.internal;

/**
 * Which second a measurement belongs to. The box's monotonic clock counts them, so that neither a wall clock that jumps nor a network
 * that delays makes two of one or leaves one out; the console's clock says where they lie, and again when the two have drifted apart.
 */
final class Moments {

    private static final long MICROS = 1_000_000;

    /** Milliseconds. */
    private static final long DRIFT = 2_000;

    private boolean anchored;
    private long anchor;
    private long anchorAt;

    /**
     * @param atMicros the box's monotonic clock
     * @param nowMillis the console's clock
     * @return seconds since 1970
     */
    long second(long atMicros, long nowMillis) {
        // The sampler keeps to whole seconds; what comes a little late belongs to the same one.
        long at = Math.floorDiv(atMicros + MICROS / 2, MICROS);
        if (!anchored || Math.abs((anchor + at - anchorAt) * 1000 - nowMillis) > DRIFT) {
            anchored = true;
            anchor = Math.floorDiv(nowMillis, 1000);
            anchorAt = at;
        }
        return anchor + at - anchorAt;
    }

    void restart() {
        anchored = false;
    }
}
