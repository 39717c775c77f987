package dev.croft.api.internal;

import dev.croft.kernel.Subscription;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Server-sent events over a subscription. The delivering thread writes to the socket itself, so a slow reader slows its own delivery
 * and nothing piles up. A comment now and then finds out that the reader has gone; and so it is found out whether the reader's token or
 * session has ended, and the stream with it.
 */
final class EventStream {

    private static final Logger log = LoggerFactory.getLogger(EventStream.class);

    private static final long NO_TIMEOUT = 0;
    private static final long KEEP_ALIVE_SECONDS = 5;

    private static final MediaType UTF_8_TEXT = new MediaType("text", "plain", StandardCharsets.UTF_8);

    private final SseEmitter emitter = new SseEmitter(NO_TIMEOUT);
    private final CountDownLatch over = new CountDownLatch(1);
    private final AtomicReference<@Nullable Subscription> source = new AtomicReference<>();
    private final BooleanSupplier present;

    /** @param present whether whoever asked for it still has what let them in */
    EventStream(BooleanSupplier present) {
        this.present = present;
        emitter.onCompletion(this::close);
        emitter.onTimeout(this::close);
        emitter.onError(failure -> close());
        Thread.ofVirtual().name("event-stream-keep-alive").start(this::keepAlive);
    }

    SseEmitter emitter() {
        return emitter;
    }

    /** Ties the subscription to the stream: when one ends, so does the other. */
    EventStream from(Subscription subscription) {
        source.set(subscription);
        if (over.getCount() == 0) {
            subscription.close();
        }
        return this;
    }

    void send(String event, @Nullable String id, Object data) {
        if (over.getCount() == 0) {
            return;
        }
        SseEmitter.SseEventBuilder builder = SseEmitter.event().name(event).data(data, MediaType.APPLICATION_JSON);
        if (id != null) {
            builder.id(id);
        }
        try {
            emitter.send(builder);
        } catch (IOException | IllegalStateException e) {
            close();
        }
    }

    /** One of many events that are written at once. {@code data} is JSON on one line. */
    record Event(String id, String data) {}

    /** The same as {@link #send} for each of them, in one write: a flood of lines lives from this. */
    void sendAll(String name, List<Event> events) {
        if (over.getCount() == 0) {
            return;
        }
        var text = new StringBuilder();
        for (Event event : events) {
            text.append("event:").append(name).append("\nid:").append(event.id());
            text.append("\ndata:").append(event.data()).append("\n\n");
        }
        try {
            emitter.send(Set.of(new ResponseBodyEmitter.DataWithMediaType(text.toString(), UTF_8_TEXT)));
        } catch (IOException | IllegalStateException e) {
            close();
        }
    }

    /** Ends the response after what was sent. */
    void complete() {
        close();
        emitter.complete();
    }

    private void keepAlive() {
        try {
            while (!over.await(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)) {
                if (!present.getAsBoolean()) {
                    complete();
                    return;
                }
                emitter.send(SseEmitter.event().comment("alive"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            close();
        } catch (RuntimeException e) {
            // Ended, so that the browser asks again, and is not left with a stream that never says anything.
            log.warn("An event stream ends, because it could not be told whether it still may be read", e);
            complete();
        }
    }

    private void close() {
        over.countDown();
        Subscription subscription = source.get();
        if (subscription != null) {
            subscription.close();
        }
    }
}
