package dev.croft.hostlink.internal.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackOffTest {

    private static final Instant NOW = Instant.parse("2026-11-21T03:00:00Z");
    private static final Problem CAUSE = Problem.of(ProblemCode.HOST_UNREACHABLE, "w", "y", "n");

    private final long seed = System.nanoTime();
    private final BackOff backOff = new BackOff(Duration.ofMillis(500), Duration.ofSeconds(30), new Random(seed));

    @Test
    void doublesFromHalfASecondToThirtySecondsWithHalfOfItLeftToChance() {
        long full = 500;
        for (int failure = 1; failure <= 40; failure++) {
            backOff.failed(NOW, CAUSE);
            Duration wait =
                    Duration.between(NOW, backOff.pause(NOW).orElseThrow().until());
            assertThat(wait)
                    .as("failure %d, seed %d", failure, seed)
                    .isBetween(Duration.ofMillis(full / 2), Duration.ofMillis(full));
            full = Math.min(30_000, full * 2);
        }
    }

    @Test
    void endsAtTheTimeItNamed() {
        backOff.failed(NOW, CAUSE);
        Instant until = backOff.pause(NOW).orElseThrow().until();

        assertThat(backOff.pause(until.minusMillis(1))).isPresent();
        assertThat(backOff.pause(until)).isEmpty();
    }

    @Test
    void successStartsItAnew() {
        for (int i = 0; i < 10; i++) {
            backOff.failed(NOW, CAUSE);
        }
        backOff.succeeded();
        assertThat(backOff.pause(NOW)).isEmpty();

        backOff.failed(NOW, CAUSE);
        assertThat(backOff.pause(NOW).orElseThrow().until()).isBeforeOrEqualTo(NOW.plusMillis(500));
    }

    @Test
    void aClockThatWasSetBackLocksNobodyOut() {
        backOff.failed(NOW, CAUSE);

        assertThat(backOff.pause(NOW.minus(Duration.ofHours(1)))).isEmpty();
    }
}
