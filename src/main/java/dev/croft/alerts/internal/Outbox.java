package dev.croft.alerts.internal;

import dev.croft.alerts.Channel;
import dev.croft.alerts.ChannelType;
import dev.croft.alerts.internal.ChannelStore.Due;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretText;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Sends what is written down in alerts_delivery, each channel on a thread of its own, so that one that hangs holds up no other. What was
 * begun and not marked when the process was killed is found again by the next one.
 */
@Component
class Outbox implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Outbox.class);

    /** How often it is looked whether something is due that nobody has told of: the next try of something. */
    private static final long LOOK_MILLIS = 500;

    private static final int DOUBLINGS_MOST = 16;

    private final ChannelStore store;
    private final TransactionTemplate transaction;
    private final AlertsProperties properties;
    private final Clock clock;
    private final Map<ChannelType, Sender> senders = new EnumMap<>(ChannelType.class);
    private final Semaphore wake = new Semaphore(0);
    private final Set<String> busy = ConcurrentHashMap.newKeySet();
    private volatile boolean running;

    Outbox(
            ChannelStore store,
            TransactionTemplate transaction,
            AlertsProperties properties,
            Clock clock,
            EmailSender email,
            WebhookSender webhook,
            NtfySender ntfy,
            MatrixSender matrix) {
        this.store = store;
        this.transaction = transaction;
        this.properties = properties;
        this.clock = clock;
        senders.put(ChannelType.EMAIL, email);
        senders.put(ChannelType.WEBHOOK, webhook);
        senders.put(ChannelType.NTFY, ntfy);
        senders.put(ChannelType.MATRIX, matrix);
    }

    /** Something was written down, or is to be tried now. */
    void wake() {
        wake.release();
    }

    @Override
    public void start() {
        running = true;
        Thread.ofVirtual().name("alerts-outbox").start(this::run);
    }

    private void run() {
        try {
            while (running) {
                wake.drainPermits();
                try {
                    store.channelsWithWork(clock.instant()).forEach(this::startOn);
                } catch (RuntimeException e) {
                    if (running) {
                        log.error("What is to be sent could not be read", e);
                    }
                }
                wake.tryAcquire(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void startOn(String channel) {
        if (busy.add(channel)) {
            Thread.ofVirtual().name("alerts-to-" + channel).start(() -> {
                try {
                    work(channel);
                } catch (RuntimeException e) {
                    if (running) {
                        log.error("Sending to the alert channel {} failed; it is tried again", channel, e);
                    }
                } finally {
                    busy.remove(channel);
                }
            });
        }
    }

    /** Until nothing is due, or the channel does not take it. */
    private void work(String name) {
        while (running) {
            Optional<Channel> channel = store.find(name).filter(Channel::enabled);
            Optional<Due> next = store.due(name, clock.instant());
            if (channel.isEmpty() || next.isEmpty() || !attempt(channel.get(), next.get())) {
                return;
            }
        }
    }

    /** Whether the channel takes more. */
    private boolean attempt(Channel channel, Due due) {
        Instant begun = clock.instant();
        if (begun.isAfter(due.createdAt().plus(properties.giveUp()))) {
            store.giveUp(due.id(), begun);
            log.warn("A message to the alert channel {} was given up after {} tries", channel.name(), due.attempts());
            return true;
        }
        // Whatever happens from here on, the next try is later than this one.
        store.begin(due.id(), begun, begun.plus(pause(due.attempts())));
        try {
            send(channel, due.message(), due.inDoubt() ? due.firstTryAt() : null);
        } catch (NotSent e) {
            Instant now = clock.instant();
            transaction.executeWithoutResult(status -> {
                // The channel first, as whoever removes it: PostgreSQL would end one of the two otherwise.
                store.failed(channel.name(), e.problem(), now);
                // A doubt stays: that a later try did not get through says nothing of the one before.
                store.notSent(due.id(), e.inDoubt() || due.inDoubt(), e.problem());
            });
            log.warn("The alert channel {} did not take a message: {}", channel.name(), e.getMessage());
            return false;
        }
        Instant now = clock.instant();
        transaction.executeWithoutResult(status -> {
            store.worked(channel.name(), now);
            store.sent(due.id(), now);
        });
        return true;
    }

    private Duration pause(int attempts) {
        Duration pause = properties.retryFirst().multipliedBy(1L << Math.min(attempts, DOUBLINGS_MOST));
        return pause.compareTo(properties.retryMost()) > 0 ? properties.retryMost() : pause;
    }

    /** @param doubtSince as {@link Sender} has it */
    void send(Channel channel, Message message, @Nullable Instant doubtSince) throws NotSent {
        SecretText secret;
        try {
            secret = store.secret(channel.name()).orElse(null);
        } catch (ProblemException e) {
            throw NotSent.of(e.problem());
        }
        try {
            java.util.Objects.requireNonNull(senders.get(channel.type()))
                    .send(channel.settings(), secret, message, doubtSince);
        } catch (IllegalArgumentException e) {
            throw NotSent.certainly("The channel's address is none.", "Correct it.");
        }
    }

    @Override
    public void stop() {
        running = false;
        // Not by interrupt: that would close the embedded database's file under a thread that is reading it.
        wake.release();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
