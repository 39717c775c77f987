package dev.croft.maintenance.internal;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The last answer to a question that costs the box something. Several who ask at the same time cause one question; a failure is told to
 * each of them and replaces nothing.
 */
final class Kept<T> {

    private final Clock clock;
    private final ReentrantLock asking = new ReentrantLock();
    private final AtomicInteger changes = new AtomicInteger();
    private volatile @Nullable Answer<T> answer;

    /** @param changes how often the box had been changed when the question was put */
    private record Answer<T>(T value, Instant at, int changes) {}

    Kept(Clock clock) {
        this.clock = clock;
    }

    Optional<T> last() {
        Answer<T> kept = answer;
        return kept == null ? Optional.empty() : Optional.of(kept.value());
    }

    /** The last answer when it is younger than {@code fresh}, else a new one. */
    T get(Duration fresh, Supplier<T> question) {
        asking.lock();
        try {
            Answer<T> kept = answer;
            if (kept != null
                    && kept.changes() == changes.get()
                    && clock.instant().isBefore(kept.at().plus(fresh))) {
                return kept.value();
            }
            int before = changes.get();
            Answer<T> asked = new Answer<>(question.get(), clock.instant(), before);
            answer = asked;
            return asked.value();
        } finally {
            asking.unlock();
        }
    }

    /** The box was changed: the next question goes there. {@link #last} still knows what it said. */
    void outdate() {
        changes.incrementAndGet();
    }
}
