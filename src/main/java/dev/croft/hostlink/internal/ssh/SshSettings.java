package dev.croft.hostlink.internal.ssh;

import java.time.Duration;

/**
 * How patient the link is.
 *
 * @param connectTimeout until a box must have let us in: TCP, key exchange and sign-in together
 * @param keepAliveInterval between two questions whether the box is still there
 * @param keepAliveMisses how many of them may go unanswered before the link counts as dead
 * @param firstBackOff the wait after the first failed try; it doubles with each further one
 * @param longestBackOff where the doubling ends
 */
record SshSettings(
        Duration connectTimeout,
        Duration keepAliveInterval,
        int keepAliveMisses,
        Duration firstBackOff,
        Duration longestBackOff) {

    static SshSettings defaults() {
        return new SshSettings(
                // What a box that comes back has to say is to be seen within seconds.
                Duration.ofSeconds(5), Duration.ofSeconds(2), 3, Duration.ofMillis(500), Duration.ofSeconds(2));
    }
}
