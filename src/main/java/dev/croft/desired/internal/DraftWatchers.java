package dev.croft.desired.internal;

import dev.croft.kernel.HostName;
import dev.croft.kernel.Subscription;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * Tells listeners that a box's drafts, or what is in force on it, are others than before. What they are each reads for itself: changes
 * that come while a listener is busy are told once.
 */
@Component
class DraftWatchers implements DisposableBean {

    private static final Logger log = LoggerFactory.getLogger(DraftWatchers.class);

    private final Set<Watcher> watchers = ConcurrentHashMap.newKeySet();

    /** After the commit. */
    void changed(HostName host) {
        watchers.forEach(watcher -> watcher.offer(host));
    }

    Subscription watch(HostName host, Runnable listener) {
        Watcher watcher = new Watcher(host, listener);
        watchers.add(watcher);
        Thread.ofVirtual().name("watch-drafts-" + host).start(watcher);
        return watcher;
    }

    @Override
    public void destroy() {
        watchers.forEach(Watcher::close);
    }

    private final class Watcher implements Runnable, Subscription {

        private final HostName host;
        private final Runnable listener;
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition news = lock.newCondition();
        private boolean isNews;
        private boolean ended;

        Watcher(HostName host, Runnable listener) {
            this.host = host;
            this.listener = listener;
        }

        void offer(HostName changed) {
            if (changed.equals(host)) {
                lock.lock();
                try {
                    isNews = true;
                    news.signal();
                } finally {
                    lock.unlock();
                }
            }
        }

        @Override
        public void run() {
            try {
                while (awaitNews()) {
                    listener.run();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                log.warn("A delivery of drafts ended: {}", e.toString());
            } finally {
                close();
            }
        }

        private boolean awaitNews() throws InterruptedException {
            lock.lock();
            try {
                while (!isNews && !ended) {
                    news.await();
                }
                isNews = false;
                return !ended;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            watchers.remove(this);
            lock.lock();
            try {
                ended = true;
                news.signal();
            } finally {
                lock.unlock();
            }
        }
    }
}
