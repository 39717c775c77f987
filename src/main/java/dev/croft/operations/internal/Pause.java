package dev.croft.operations.internal;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A wait that can be cut short, without interrupts: an interrupt would close the embedded database's file under a thread that is
 * reading it.
 */
final class Pause {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition condition = lock.newCondition();
    private boolean called;
    private boolean stopped;

    /** Waits for a call, for the end, or for the time to pass. A call that came before is not lost. */
    void await(Duration most) {
        lock.lock();
        try {
            long nanos = most.toNanos();
            while (!called && !stopped && nanos > 0) {
                nanos = condition.awaitNanos(nanos);
            }
            called = false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stopped = true;
        } finally {
            lock.unlock();
        }
    }

    void call() {
        lock.lock();
        try {
            called = true;
            condition.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void stop() {
        lock.lock();
        try {
            stopped = true;
            condition.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isStopped() {
        lock.lock();
        try {
            return stopped;
        } finally {
            lock.unlock();
        }
    }
}
