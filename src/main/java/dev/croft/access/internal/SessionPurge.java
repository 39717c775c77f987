package dev.croft.access.internal;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Deletes now and then what is left of sign-ins that are over. */
@Component
class SessionPurge implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(SessionPurge.class);

    private final OpenSessions sessions;
    private final AccessProperties properties;
    private volatile CountDownLatch end = new CountDownLatch(0);

    SessionPurge(OpenSessions sessions, AccessProperties properties) {
        this.sessions = sessions;
        this.properties = properties;
    }

    @Override
    public void start() {
        CountDownLatch mine = new CountDownLatch(1);
        end = mine;
        Thread.ofVirtual().name("session-purge").start(() -> run(mine));
    }

    private void run(CountDownLatch mine) {
        try {
            do {
                try {
                    sessions.purge();
                } catch (RuntimeException e) {
                    log.warn("Sessions that are over were not deleted, and will be later: {}", e.toString());
                }
            } while (!mine.await(properties.sessionPurge().toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Not by interrupt: that would close the embedded database's file under a thread that is reading it. */
    @Override
    public void stop() {
        end.countDown();
    }

    @Override
    public boolean isRunning() {
        return end.getCount() > 0;
    }
}
