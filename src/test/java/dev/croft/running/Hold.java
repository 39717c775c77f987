package dev.croft.running;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A server that lets everybody wait, until this is closed. */
public final class Hold implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofMinutes(1);

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);

    /** Returns when somebody waits. */
    public void awaitRequest() {
        try {
            if (!asked.await(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("Nobody has asked the server within " + LIMIT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        open.countDown();
    }

    /** What whoever asks runs into. */
    void keep() {
        asked.countDown();
        try {
            open.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
