package dev.croft.logs.internal;

import dev.croft.hostlink.HostCall;
import dev.croft.hostlink.HostCommand.Journal;
import dev.croft.hostlink.HostCommand.JournalEnd;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.hostlink.HostLink;
import dev.croft.hostlink.HostReply;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.Subscription;
import dev.croft.logs.Logs.Batch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers lines in batches as they are written, as fast as the listener takes them. When the link breaks it says so once and goes on after the last line it
 * delivered, so nothing is lost and nothing comes twice.
 */
final class LogFollower implements Runnable, Subscription {

    private static final Logger log = LoggerFactory.getLogger(LogFollower.class);
    private static final int BATCH = 500;
    private static final Duration BATCH_WITHIN = Duration.ofMillis(20);
    private static final int ARRIVED_MOST = 10_000;
    private static final Duration RETRY_FIRST = Duration.ofSeconds(1);
    private static final Duration RETRY_MOST = Duration.ofSeconds(15);

    private final HostLink link;
    private final HostEndpoint endpoint;
    private final Journal asked;
    private final BooleanSupplier allowed;
    private final Consumer<Batch> listener;
    private final Consumer<Problem> onProblem;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final AtomicLong unreadable = new AtomicLong();
    private @Nullable String cursor;

    LogFollower(
            HostLink link,
            HostEndpoint endpoint,
            Journal asked,
            BooleanSupplier allowed,
            Consumer<Batch> listener,
            Consumer<Problem> onProblem) {
        this.link = link;
        this.endpoint = endpoint;
        this.asked = asked;
        this.cursor = asked.after();
        this.allowed = allowed;
        this.listener = listener;
        this.onProblem = onProblem;
    }

    @Override
    public void run() {
        int failures = 0;
        try {
            while (!isClosed()) {
                @Nullable String before = cursor;
                try {
                    followOnce();
                    failures = 0;
                } catch (ProblemException e) {
                    if (isClosed()) {
                        return;
                    }
                    boolean heardNothing = java.util.Objects.equals(before, cursor);
                    failures = heardNothing ? failures + 1 : 1;
                    if (failures == 1) {
                        onProblem.accept(e.problem());
                    }
                    if (!isWorthRepeating(e.problem().code())) {
                        return;
                    }
                }
                closed.await(retryAfter(failures).toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.warn("Following a log of {} ended: {}", endpoint, e.toString());
        }
    }

    private void followOnce() throws InterruptedException {
        BlockingQueue<HostReply.Line> arrived = new LinkedBlockingQueue<>(ARRIVED_MOST);
        AtomicBoolean abandoned = new AtomicBoolean();
        try (HostCall<JournalEnd> call =
                link.open(endpoint, asked.after(cursor), reply -> put(arrived, reply, abandoned))) {
            while (!isClosed()) {
                // Asked before the queue is read: when it is over, all its lines are in the queue.
                boolean over = call.result().isDone();
                List<HostReply.Line> batch = gather(arrived);
                if (!batch.isEmpty()) {
                    if (!allowed.getAsBoolean()) {
                        close();
                        return;
                    }
                    listener.accept(new Batch(batch, unreadable.getAndSet(0)));
                    cursor = batch.getLast().cursor();
                } else if (over) {
                    call.result().join();
                    return;
                }
            }
        } catch (CompletionException e) {
            if (e.getCause() instanceof ProblemException problem) {
                throw problem;
            }
            throw e;
        } finally {
            abandoned.set(true);
        }
    }

    private static List<HostReply.Line> gather(BlockingQueue<HostReply.Line> arrived) throws InterruptedException {
        List<HostReply.Line> batch = new ArrayList<>();
        HostReply.Line first = arrived.poll(1, TimeUnit.SECONDS);
        if (first == null) {
            return batch;
        }
        batch.add(first);
        long end = System.nanoTime() + BATCH_WITHIN.toNanos();
        while (batch.size() < BATCH) {
            if (arrived.drainTo(batch, BATCH - batch.size()) > 0) {
                continue;
            }
            HostReply.Line next = arrived.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (next == null) {
                return batch;
            }
            batch.add(next);
        }
        return batch;
    }

    /** A reader that is slower than the app makes the box wait; the journal keeps what is not read yet. */
    private void put(BlockingQueue<HostReply.Line> arrived, HostReply reply, AtomicBoolean abandoned) {
        if (reply instanceof HostReply.Skipped skipped) {
            unreadable.addAndGet(skipped.lines());
        }
        if (!(reply instanceof HostReply.Line line)) {
            return;
        }
        try {
            while (!abandoned.get() && !isClosed() && !arrived.offer(line, 1, TimeUnit.SECONDS)) {
                log.trace("The reader of a log of {} is slower than the box", endpoint);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean isWorthRepeating(ProblemCode code) {
        return code == ProblemCode.HOST_UNREACHABLE
                || code == ProblemCode.LINK_LOST
                || code == ProblemCode.PROTOCOL_ERROR
                || code == ProblemCode.INTERNAL;
    }

    private static Duration retryAfter(int failures) {
        if (failures == 0) {
            return RETRY_FIRST;
        }
        long doubled = RETRY_FIRST.toMillis() << Math.min(failures - 1, 10);
        return Duration.ofMillis(Math.min(doubled, RETRY_MOST.toMillis()));
    }

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
