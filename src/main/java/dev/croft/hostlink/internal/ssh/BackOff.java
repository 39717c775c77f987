package dev.croft.hostlink.internal.ssh;

import dev.croft.kernel.Problem;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Decides when a box may be tried again: exponential with jitter. Not safe for use by several threads at once. */
final class BackOff {

    private final Duration first;
    private final Duration longest;
    private final RandomGenerator random;

    private int failures;
    private @Nullable Pause pause;

    BackOff(Duration first, Duration longest, RandomGenerator random) {
        this.first = first;
        this.longest = longest;
        this.random = random;
    }

    /** @param cause why the last try failed */
    record Pause(Instant until, Problem cause) {}

    void failed(Instant now, Problem cause) {
        // 2^20 half seconds are far beyond any sensible limit; more would overflow.
        long full = Math.min(longest.toMillis(), first.toMillis() << Math.min(failures, 20));
        failures++;
        // Half of it is left to chance, so that many consoles do not return to a box in step.
        long wait = full / 2 + random.nextLong(full - full / 2 + 1);
        pause = new Pause(now.plusMillis(wait), cause);
    }

    void succeeded() {
        failures = 0;
        pause = null;
    }

    /** The pause that is still on, if any. */
    Optional<Pause> pause(Instant now) {
        if (pause == null || !now.isBefore(pause.until)) {
            return Optional.empty();
        }
        // The clock was set back: without this the box would stay locked out for as long.
        if (Duration.between(now, pause.until).compareTo(longest) > 0) {
            return Optional.empty();
        }
        return Optional.of(pause);
    }
}
