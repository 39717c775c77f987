package dev.croft.alerts.internal;

import dev.croft.alerts.Alert.State;
import dev.croft.alerts.Rule;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How an alert goes from one state to the next. Pure: time and what was found come in, the next state comes out. */
final class Steps {

    /** What comes back often must be well for longer, up to 32 times as long and at most six hours. */
    private static final int DOUBLINGS_MOST = 5;

    private static final Duration CALM_MOST = Duration.ofHours(6);
    private static final Duration CALM_LEAST = Duration.ofSeconds(30);

    private Steps() {}

    /** @param state null: there is no alert */
    record At(@Nullable State state, Instant since) {
        static At none(Instant now) {
            return new At(null, now);
        }
    }

    /**
     * @param value null: it cannot be told, so all stays as it is
     * @param before how often the same thing was raised in the last six hours
     */
    static At next(At at, Rule rule, @Nullable Double value, int before, Instant now) {
        if (!rule.enabled()) {
            return at.state() == null || at.state() == State.RISING ? At.none(now) : new At(State.OVER, now);
        }
        if (value == null) {
            return at;
        }
        boolean wrong = rule.isWrong(value);
        boolean well = rule.isWell(value);
        return switch (at.state()) {
            case null -> wrong ? rising(new At(State.RISING, now), rule, now) : at;
            case OVER -> at;
            case RISING -> wrong ? rising(at, rule, now) : At.none(now);
            case FIRING -> well ? calming(new At(State.CALMING, now), rule, before, now) : at;
            case CALMING -> well ? calming(at, rule, before, now) : new At(State.FIRING, now);
        };
    }

    private static At rising(At at, Rule rule, Instant now) {
        return lasted(at, rule.raiseAfter(), now) ? new At(State.FIRING, now) : at;
    }

    private static At calming(At at, Rule rule, int before, Instant now) {
        return lasted(at, calm(rule, before), now) ? new At(State.OVER, now) : at;
    }

    static Duration calm(Rule rule, int before) {
        if (before <= 1) {
            return rule.clearAfter();
        }
        Duration base = rule.clearAfter().compareTo(CALM_LEAST) < 0 ? CALM_LEAST : rule.clearAfter();
        Duration longer = base.multipliedBy(1L << Math.min(before - 1, DOUBLINGS_MOST));
        Duration most = base.compareTo(CALM_MOST) > 0 ? base : CALM_MOST;
        return longer.compareTo(most) > 0 ? most : longer;
    }

    private static boolean lasted(At at, Duration enough, Instant now) {
        return !now.isBefore(at.since().plus(enough));
    }
}
