package dev.croft.alerts;

import dev.croft.kernel.Problem;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message to one channel.
 *
 * @param transition raised or cleared
 * @param key the same at each try, by which whoever takes it knows it again
 * @param attempts how often it was tried
 * @param nextAt when it is tried again; null: it is over
 * @param sentAt null: it was not taken yet
 * @param givenUpAt null: it was not given up
 */
public record Delivery(
        String channel,
        String transition,
        String key,
        int attempts,
        @Nullable Instant nextAt,
        @Nullable Instant sentAt,
        @Nullable Instant givenUpAt,
        @Nullable Problem problem) {}
