package dev.croft.access.internal;

import dev.croft.access.Attempts;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.stereotype.Component;

/** One token bucket for each key. The map is bounded: whoever sends many different keys pushes out the oldest, not the memory. */
@Component
class AttemptLimit implements Attempts {

    private static final int KEYS = 10_000;

    private final AccessProperties properties;
    private final Clock clock;
    private final Map<String, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
            return size() > KEYS;
        }
    };

    AttemptLimit(AccessProperties properties, Clock clock) {
        this.properties = properties;
        this.clock = clock;
    }

    @Override
    public boolean take(String key) {
        return bucket(key).tryConsume(1);
    }

    @Override
    public void succeeded(String key) {
        synchronized (buckets) {
            buckets.remove(key);
        }
    }

    @Override
    public Duration wait(String key) {
        return Duration.ofNanos(bucket(key).estimateAbilityToConsume(1).getNanosToWaitForRefill());
    }

    private Bucket bucket(String key) {
        synchronized (buckets) {
            return buckets.computeIfAbsent(
                    key,
                    unused -> Bucket.builder()
                            .addLimit(Bandwidth.builder()
                                    .capacity(properties.attempts())
                                    .refillGreedy(properties.attempts(), properties.attemptsPer())
                                    .build())
                            .withCustomTimePrecision(new ClockMeter(clock))
                            .build());
        }
    }

    /** Lets the buckets follow the console's clock. */
    private record ClockMeter(Clock clock) implements io.github.bucket4j.TimeMeter {

        @Override
        public long currentTimeNanos() {
            var now = clock.instant();
            return now.getEpochSecond() * 1_000_000_000L + now.getNano();
        }

        @Override
        public boolean isWallClockBased() {
            return true;
        }
    }
}
