package dev.croft.ui.support;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.UIDetachedException;
import com.vaadin.flow.shared.Registration;
import dev.croft.kernel.Problem;
import dev.croft.kernel.Subscription;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * From a stream of facts to a page. The stream's thread only puts values down and goes on; the page gets them in batches, at most ten a
 * second, and no new batch before it has taken the last one. What a slow page cannot take is dropped from the old end and counted:
 * a flood costs a bounded amount of memory and never freezes a browser.
 */
public final class PushBridge {

    private static final Duration PAUSE = Duration.ofMillis(100);

    private final Background background;

    public PushBridge(Background background) {
        this.background = background;
    }

    /** @param dropped how many older values did not fit since the last batch */
    public record Batch<T>(List<T> values, long dropped) {}

    /** Only the newest value counts: for state. */
    public <T> Registration latest(
            Component owner,
            Function<Consumer<T>, Subscription> source,
            Consumer<T> sink,
            Consumer<Problem> onProblem) {
        return connect(
                owner,
                1,
                (Stream<T> stream) -> source.apply(stream::offer),
                batch -> sink.accept(batch.values().getLast()),
                onProblem);
    }

    /** All values in order, at most {@code capacity} waiting. */
    public <T> Registration all(
            Component owner,
            int capacity,
            Function<Consumer<T>, Subscription> source,
            Consumer<Batch<T>> sink,
            Consumer<Problem> onProblem) {
        return connect(owner, capacity, (Stream<T> stream) -> source.apply(stream::offer), sink, onProblem);
    }

    /** All values of a source that already delivers lists. */
    public <T> Registration lists(
            Component owner,
            int capacity,
            Function<Consumer<List<T>>, Subscription> source,
            Consumer<Batch<T>> sink,
            Consumer<Problem> onProblem) {
        return connect(owner, capacity, (Stream<T> stream) -> source.apply(stream::offerAll), sink, onProblem);
    }

    private <T> Registration connect(
            Component owner,
            int capacity,
            Function<Stream<T>, Subscription> source,
            Consumer<Batch<T>> sink,
            Consumer<Problem> onProblem) {
        UI ui = UI.getCurrent();
        var stream = new Stream<>(ui, owner, capacity, sink);
        background.start(() -> {
            try {
                stream.subscribed(source.apply(stream));
            } catch (RuntimeException failure) {
                Problem problem = Problems.of(failure);
                Background.enter(ui, owner, () -> onProblem.accept(problem));
            }
        });
        owner.addDetachListener(event -> stream.close());
        return stream::close;
    }

    private final class Stream<T> {

        private final UI ui;
        private final Component owner;
        private final int capacity;
        private final Consumer<Batch<T>> sink;
        private final ArrayDeque<T> waiting = new ArrayDeque<>();
        private final AtomicLong lastDelivery = new AtomicLong(System.nanoTime() - PAUSE.toNanos());
        private long dropped;
        private boolean scheduled;
        private boolean closed;
        private Subscription subscription = () -> {};

        Stream(UI ui, Component owner, int capacity, Consumer<Batch<T>> sink) {
            this.ui = ui;
            this.owner = owner;
            this.capacity = capacity;
            this.sink = sink;
        }

        void offer(T value) {
            offerAll(List.of(value));
        }

        void offerAll(List<T> values) {
            synchronized (this) {
                if (closed) {
                    return;
                }
                for (T value : values) {
                    if (waiting.size() == capacity) {
                        waiting.removeFirst();
                        dropped++;
                    }
                    waiting.addLast(value);
                }
                if (scheduled || waiting.isEmpty()) {
                    return;
                }
                scheduled = true;
            }
            schedule();
        }

        private void schedule() {
            long since = System.nanoTime() - lastDelivery.get();
            background.later(Duration.ofNanos(Math.max(0, PAUSE.toNanos() - since)), this::enter);
        }

        private void enter() {
            try {
                ui.access(this::deliver);
            } catch (UIDetachedException gone) {
                close();
            }
        }

        /** Under the page's lock. */
        private void deliver() {
            Batch<T> batch;
            synchronized (this) {
                if (closed) {
                    return;
                }
                batch = new Batch<>(new ArrayList<>(waiting), dropped);
                waiting.clear();
                dropped = 0;
            }
            if (owner.isAttached() && !batch.values().isEmpty()) {
                sink.accept(batch);
            }
            lastDelivery.set(System.nanoTime());
            synchronized (this) {
                if (closed || waiting.isEmpty()) {
                    scheduled = false;
                    return;
                }
            }
            schedule();
        }

        void subscribed(Subscription opened) {
            synchronized (this) {
                if (!closed) {
                    subscription = opened;
                    return;
                }
            }
            opened.close();
        }

        void close() {
            Subscription toClose;
            synchronized (this) {
                if (closed) {
                    return;
                }
                closed = true;
                waiting.clear();
                toClose = subscription;
            }
            toClose.close();
        }
    }
}
