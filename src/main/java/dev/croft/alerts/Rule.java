package dev.croft.alerts;

import dev.croft.kernel.Told;
import java.time.Duration;

/**
 * When something is told of. What has begun must last before it is, and what has ended must last as well: so that what comes and goes is
 * told of once.
 *
 * @param threshold from here on it is wrong, in the kind's measure
 * @param calmAt on the other side of this it is well again; between the two all stays as it is
 * @param raiseAfter for how long it must have been wrong, up to a day
 * @param clearAfter for how long it must have been well, up to a day; longer for what has come back often (see docs/alerts.md)
 */
public record Rule(
        AlertKind kind, boolean enabled, double threshold, double calmAt, Duration raiseAfter, Duration clearAfter)
        implements Told {

    @Override
    public String told() {
        return kind.wireName() + (enabled ? "" : ", off") + ", " + threshold + " for " + raiseAfter + ", over at "
                + calmAt + " for " + clearAfter;
    }

    public boolean isWrong(double value) {
        return kind.moreIsWorse() ? value >= threshold : value <= threshold;
    }

    public boolean isWell(double value) {
        return !isWrong(value) && (kind.moreIsWorse() ? value < calmAt : value > calmAt);
    }
}
