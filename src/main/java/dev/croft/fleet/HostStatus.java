package dev.croft.fleet;

import dev.croft.kernel.Problem;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the link to a box.
 *
 * @param reachable whether the last exchange succeeded
 * @param seenAt when the box last answered; null when it never did
 * @param description operating system in words, for example "NixOS 26.05" or "Sandbox host (not NixOS)"; null when not known
 * @param problem why it does not answer
 */
public record HostStatus(
        boolean reachable,
        @Nullable Instant seenAt,
        @Nullable String description,
        @Nullable Problem problem) {}
