package dev.croft.telemetry.internal;

import dev.croft.kernel.Problem;
import dev.croft.kernel.Subscription;
import dev.croft.telemetry.Telemetry.Reading;
import dev.croft.telemetry.Telemetry.Value;
import dev.croft.telemetry.internal.HostSeries.Key;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Delivers to one listener, on a thread of its own. One measurement waits at most: a newer one takes its place. */
final class Follower implements Runnable, Subscription {

    private static final Logger log = LoggerFactory.getLogger(Follower.class);

    private final @Nullable String unit;
    private final Consumer<Reading> listener;
    private final Clock clock;
    private final Consumer<Follower> onClose;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private @Nullable Reading waiting;
    private int skipped;
    private boolean closed;

    /** @param unit null: the whole box */
    Follower(@Nullable String unit, Consumer<Reading> listener, Clock clock, Consumer<Follower> onClose) {
        this.unit = unit;
        this.listener = listener;
        this.clock = clock;
        this.onClose = onClose;
    }

    void offer(long second, Map<Key, Double> values) {
        List<Value> mine = new ArrayList<>();
        values.forEach((key, value) -> {
            if (Objects.equals(key.unit(), unit)) {
                mine.add(new Value(key.metric(), key.of(), value));
            }
        });
        put(new Reading(Instant.ofEpochSecond(second), mine, 0, null));
    }

    void offer(Problem problem) {
        put(new Reading(clock.instant().truncatedTo(ChronoUnit.SECONDS), List.of(), 0, problem));
    }

    private void put(Reading reading) {
        lock.lock();
        try {
            if (waiting != null && waiting.problem() == null) {
                skipped++;
            }
            waiting = reading;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Reading next() throws InterruptedException {
        lock.lock();
        try {
            while (waiting == null && !closed) {
                changed.await();
            }
            if (closed || waiting == null) {
                return null;
            }
            Reading next = new Reading(waiting.at(), waiting.values(), skipped, waiting.problem());
            waiting = null;
            skipped = 0;
            return next;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void run() {
        try {
            for (Reading next = next(); next != null; next = next()) {
                listener.accept(next);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.warn("Somebody who follows measurements failed, and is given no more", e);
        } finally {
            close();
        }
    }

    @Override
    public void close() {
        onClose.accept(this);
        lock.lock();
        try {
            closed = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }
}
