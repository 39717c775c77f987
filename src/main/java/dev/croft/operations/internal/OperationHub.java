package dev.croft.operations.internal;

import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Subscription;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Tells followers that there is something new. What it is they read from the tables: a slow browser then costs no memory here, and
 * nobody can miss a line or see it twice.
 */
@Component
class OperationHub {

    private static final Logger log = LoggerFactory.getLogger(OperationHub.class);
    private static final int PAGE = 500;

    private final OperationTable operations;
    private final EventTable events;
    private final StepTable steps;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private final Map<OperationId, Long> versions = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<OperationId, Long> eldest) {
            return size() > 1_000;
        }
    };
    private final Set<Watcher> watchers = ConcurrentHashMap.newKeySet();
    private long version;
    private boolean closed;

    OperationHub(OperationTable operations, EventTable events, StepTable steps) {
        this.operations = operations;
        this.events = events;
        this.steps = steps;
    }

    /** After the commit: new events of an operation, or a changed row. */
    void published(OperationId id) {
        lock.lock();
        try {
            versions.put(id, ++version);
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void changed(Operation operation) {
        published(operation.id());
        watchers.forEach(watcher -> watcher.offer(operation));
    }

    /** Ends every delivery: the console stops. */
    void close() {
        lock.lock();
        try {
            closed = true;
            news.signalAll();
        } finally {
            lock.unlock();
        }
        watchers.forEach(Watcher::close);
    }

    /** @param allowed asked before each page of events; false ends the delivery */
    Subscription follow(
            OperationId id, long afterSequence, BooleanSupplier allowed, Consumer<OperationEvent> listener) {
        Follower follower = new Follower(id, afterSequence, allowed, listener);
        Thread.ofVirtual().name("follow-" + id).start(follower);
        return follower;
    }

    Subscription watch(@Nullable HostName host, Consumer<Operation> listener) {
        Watcher watcher = new Watcher(host, listener);
        watchers.add(watcher);
        Thread.ofVirtual().name("watch-operations").start(watcher);
        return watcher;
    }

    private final class Follower implements Runnable, Subscription {

        private final OperationId id;
        private final BooleanSupplier allowed;
        private final Consumer<OperationEvent> listener;
        private long sequence;
        private @Nullable Operation shown;
        private boolean ended;

        Follower(OperationId id, long afterSequence, BooleanSupplier allowed, Consumer<OperationEvent> listener) {
            this.id = id;
            this.sequence = afterSequence;
            this.allowed = allowed;
            this.listener = listener;
        }

        @Override
        public void run() {
            try {
                long seen = -1;
                while (!isEnded()) {
                    long current = currentVersion();
                    // The row first: when it is final, all events were written before it.
                    Operation operation = operations.find(id).orElse(null);
                    if (operation == null || !allowed.getAsBoolean()) {
                        return;
                    }
                    if (shown == null && !operation.state().isFinal()) {
                        show(operation);
                    }
                    deliverEvents();
                    show(operation);
                    if (operation.state().isFinal()) {
                        return;
                    }
                    seen = current;
                    awaitNewsAfter(seen);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                log.warn("The delivery of operation {} ended: {}", id, e.toString());
            }
        }

        private void deliverEvents() {
            List<OperationEvent> page;
            do {
                page = page();
                if (!page.isEmpty() && !allowed.getAsBoolean()) {
                    close();
                }
                for (OperationEvent event : page) {
                    if (isEnded()) {
                        return;
                    }
                    sequence = sequence(event);
                    listener.accept(event);
                }
            } while (!page.isEmpty());
        }

        /** Lines and counts, and the steps that changed, in one order; a page of each, cut where the shorter one ends. */
        private List<OperationEvent> page() {
            // First: what is written while the two are read may be in one of them only.
            long written = operations.lastSequence(id);
            List<OperationEvent> lines = events.after(id, sequence, PAGE);
            List<OperationEvent.Step> changed = steps.after(id, sequence, PAGE);
            long known = Math.min(written, Math.min(lastOf(lines), lastOf(changed)));
            return Stream.concat(lines.stream(), changed.stream())
                    .filter(event -> sequence(event) <= known)
                    .sorted(Comparator.comparingLong(OperationHub::sequence))
                    .toList();
        }

        /** How far this page reaches: to the end, when it is not full. */
        private static long lastOf(List<? extends OperationEvent> page) {
            return page.size() < PAGE ? Long.MAX_VALUE : sequence(page.getLast());
        }

        private void show(Operation operation) {
            if (!operation.equals(shown) && !isEnded()) {
                shown = operation;
                listener.accept(new OperationEvent.Changed(operation));
            }
        }

        private long currentVersion() {
            lock.lock();
            try {
                return versions.getOrDefault(id, 0L);
            } finally {
                lock.unlock();
            }
        }

        private void awaitNewsAfter(long seen) throws InterruptedException {
            lock.lock();
            try {
                while (!ended && !closed && versions.getOrDefault(id, 0L) == seen) {
                    news.await();
                }
            } finally {
                lock.unlock();
            }
        }

        private boolean isEnded() {
            lock.lock();
            try {
                return ended || closed;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                ended = true;
                news.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Keeps the latest row of each operation until the listener has time for it. */
    private final class Watcher implements Runnable, Subscription {

        private final @Nullable HostName host;
        private final Consumer<Operation> listener;
        private final ReentrantLock pendingLock = new ReentrantLock();
        private final Condition arrived = pendingLock.newCondition();
        private final Map<OperationId, Operation> pending = new LinkedHashMap<>();
        private boolean ended;

        Watcher(@Nullable HostName host, Consumer<Operation> listener) {
            this.host = host;
            this.listener = listener;
        }

        void offer(Operation operation) {
            if (host != null && !host.equals(operation.host())) {
                return;
            }
            pendingLock.lock();
            try {
                pending.put(operation.id(), operation);
                arrived.signal();
            } finally {
                pendingLock.unlock();
            }
        }

        @Override
        public void run() {
            try {
                for (List<Operation> batch = take(); !batch.isEmpty(); batch = take()) {
                    batch.forEach(listener);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                log.warn("A delivery of operations ended: {}", e.toString());
            } finally {
                close();
            }
        }

        private List<Operation> take() throws InterruptedException {
            pendingLock.lock();
            try {
                while (pending.isEmpty() && !ended) {
                    arrived.await();
                }
                List<Operation> batch = ended ? List.of() : new ArrayList<>(pending.values());
                pending.clear();
                return batch;
            } finally {
                pendingLock.unlock();
            }
        }

        @Override
        public void close() {
            watchers.remove(this);
            pendingLock.lock();
            try {
                ended = true;
                arrived.signal();
            } finally {
                pendingLock.unlock();
            }
        }
    }

    private static long sequence(OperationEvent event) {
        return switch (event) {
            case OperationEvent.Line line -> line.sequence();
            case OperationEvent.Progress progress -> progress.sequence();
            case OperationEvent.Step step -> step.sequence();
            case OperationEvent.Changed changed ->
                throw new IllegalArgumentException("not an event of the table: " + changed);
        };
    }
}
