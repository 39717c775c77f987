package dev.croft.maintenance.internal;

import dev.croft.fleet.EachBox;
import dev.croft.fleet.Host;
import dev.croft.fleet.HostCameBack;
import dev.croft.fleet.HostEnrolled;
import dev.croft.fleet.Hosts;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.ProblemException;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationFinished;
import dev.croft.operations.OperationQueued;
import dev.croft.operations.Operations;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import org.springframework.transaction.event.TransactionPhase;
import org.springframework.transaction.event.TransactionalEventListener;

/**
 * One virtual thread for each box reads now and then what fills its disks and what its own timers have done, and once a day what it
 * still lacks, and lets it prove that it is what its configuration says, so that a page can warn without waiting. What is due follows from the clock and from what is kept, not from how
 * long this process has been running.
 */
@Component
class Rounds implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Rounds.class);

    private final DiskReports disks;
    private final DriftReports drifts;
    private final Operations operations;
    private final ContractReports contracts;
    private final MaintenanceProperties properties;
    private final Clock clock;
    private final EachBox<Round> rounds;

    Rounds(
            Hosts hosts,
            DiskReports disks,
            DriftReports drifts,
            Operations operations,
            ContractReports contracts,
            MaintenanceProperties properties,
            Clock clock) {
        this.disks = disks;
        this.drifts = drifts;
        this.operations = operations;
        this.contracts = contracts;
        this.properties = properties;
        this.clock = clock;
        this.rounds = new EachBox<>(hosts, this::watch, Round::end);
    }

    @Override
    public void start() {
        rounds.start();
    }

    @EventListener
    void enrolled(HostEnrolled event) {
        rounds.enrolled(event);
    }

    @EventListener
    void cameBack(HostCameBack event) {
        rounds.find(event.host().name()).ifPresent(round -> round.lookAgain(event.host()));
    }

    @EventListener
    void begun(OperationQueued event) {
        Operation operation = event.operation();
        if (!operation.kind().isBeside()) {
            rounds.find(operation.host()).ifPresent(round -> round.begun(operation.id()));
        }
    }

    @TransactionalEventListener(phase = TransactionPhase.AFTER_ROLLBACK)
    void neverBegun(OperationQueued event) {
        Operation operation = event.operation();
        rounds.find(operation.host()).ifPresent(round -> round.finished(operation.id(), false));
    }

    /** Another system runs, or the disks are emptier; what was said before is no answer any more. */
    @EventListener
    void changed(OperationFinished event) {
        Operation operation = event.operation();
        disks.outdate(operation.host());
        boolean another = operation.kind() != Operation.Kind.PLAN;
        if (another) {
            drifts.outdate(operation.host());
        }
        rounds.find(operation.host()).ifPresent(round -> round.finished(operation.id(), another));
    }

    private Round watch(Host host) {
        Round round = new Round(host);
        Thread.ofVirtual().name("maintenance-" + host.name()).start(round);
        return round;
    }

    @Override
    public void stop() {
        rounds.stop();
    }

    @Override
    public boolean isRunning() {
        return rounds.isRunning();
    }

    private final class Round implements Runnable {

        /** Where it was reached last: a box may be moved. */
        private volatile Host host;

        private final ReentrantLock lock = new ReentrantLock();
        private final Condition news = lock.newCondition();
        private final Set<OperationId> changing = new HashSet<>();
        private long quietSince = System.nanoTime();
        private boolean lookAgain = true;
        private boolean ended;
        private @Nullable Instant evaluationFailedAt;

        Round(Host host) {
            this.host = host;
        }

        @Override
        public void run() {
            try {
                while (!isEnded()) {
                    boolean changed = takeLookAgain();
                    attempt("disks", () -> disks.read(host, changed ? Duration.ZERO : properties.disk()));
                    attempt("drift", () -> lookForDrift(changed));
                    attempt("own work", () -> operations.takeIn(host.name()));
                    attempt("contract", () -> contracts.read(host, changed ? Duration.ZERO : properties.contract()));
                    awaitNext();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void lookForDrift(boolean changed) {
            if (isEvaluationDue()) {
                evaluationFailedAt = clock.instant();
                drifts.evaluate(host, Duration.ZERO);
                evaluationFailedAt = null;
            } else if (changed) {
                drifts.look(host, Duration.ZERO);
            }
        }

        /** The first one a day after the box is known: when it was just set up, people have other plans for its processors. */
        private boolean isEvaluationDue() {
            Instant now = clock.instant();
            Instant last = drifts.evaluatedAt(host.name()).orElse(host.enrolledAt());
            Instant failed = evaluationFailedAt;
            return !now.isBefore(last.plus(properties.evaluation()))
                    && (failed == null || !now.isBefore(failed.plus(properties.retry())));
        }

        private void attempt(String what, Runnable question) {
            try {
                question.run();
            } catch (ProblemException e) {
                // The heartbeat says when a box does not answer.
                log.debug("What {} says of its {} was not read: {}", host.name(), what, e.getMessage());
            } catch (RuntimeException e) {
                if (!isEnded()) {
                    log.error("What {} says of its {} was not read", host.name(), what, e);
                }
            }
        }

        private boolean takeLookAgain() {
            lock.lock();
            try {
                boolean taken = lookAgain;
                lookAgain = false;
                return taken;
            } finally {
                lock.unlock();
            }
        }

        void lookAgain(Host at) {
            lock.lock();
            try {
                host = at;
                lookAgain = true;
                news.signal();
            } finally {
                lock.unlock();
            }
        }

        void begun(OperationId operation) {
            lock.lock();
            try {
                changing.add(operation);
            } finally {
                lock.unlock();
            }
        }

        void finished(OperationId operation, boolean anotherSystem) {
            lock.lock();
            try {
                changing.remove(operation);
                quietSince = System.nanoTime();
                lookAgain |= anotherSystem;
                news.signal();
            } finally {
                lock.unlock();
            }
        }

        private void awaitNext() throws InterruptedException {
            lock.lock();
            try {
                long due = System.nanoTime() + properties.round().toNanos();
                long left = Math.min(due - System.nanoTime(), untilSettled());
                while (!ended && left > 0) {
                    news.awaitNanos(left);
                    left = Math.min(due - System.nanoTime(), untilSettled());
                }
            } finally {
                lock.unlock();
            }
        }

        /**
         * Nanoseconds. What is asked here makes the box start programs and read disks: the next click of somebody who is at work must not
         * wait for that.
         */
        private long untilSettled() {
            return lookAgain && changing.isEmpty()
                    ? quietSince + properties.settle().toNanos() - System.nanoTime()
                    : Long.MAX_VALUE;
        }

        void end() {
            lock.lock();
            try {
                ended = true;
                news.signal();
            } finally {
                lock.unlock();
            }
        }

        private boolean isEnded() {
            lock.lock();
            try {
                return ended;
            } finally {
                lock.unlock();
            }
        }
    }
}
