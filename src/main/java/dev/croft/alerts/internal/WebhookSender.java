package dev.croft.alerts.internal;

import dev.croft.alerts.ChannelType;
import dev.croft.kernel.Seals;
import dev.croft.kernel.SecretText;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * A POST of JSON. {@code Idempotency-Key} is the same at each try, so that whoever takes it can tell; {@code X-Croft-Signature} proves
 * that it is from here.
 */
@Component
class WebhookSender implements Sender {

    private final Posting posting;
    private final Seals seals;
    private final Clock clock;
    private final JsonMapper json = JsonMapper.builder().build();

    WebhookSender(Posting posting, Seals seals, Clock clock) {
        this.posting = posting;
        this.seals = seals;
        this.clock = clock;
    }

    @Override
    public void send(
            Map<String, String> settings, @Nullable SecretText secret, Message message, @Nullable Instant doubtSince)
            throws NotSent {
        byte[] body = json.writeValueAsBytes(body(message, settings.getOrDefault(ChannelType.CONSOLE, "")));
        HttpRequest.Builder request = posting.to(URI.create(settings.getOrDefault("url", "")))
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", message.key())
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        if (secret != null) {
            String time = Long.toString(clock.instant().getEpochSecond());
            byte[] signed = (time + "." + new String(body, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
            request.header("X-Croft-Timestamp", time)
                    .header("X-Croft-Signature", "sha256=" + HexFormat.of().formatHex(seals.sign(secret, signed)));
        }
        posting.exchange(request.build());
    }

    private static Map<String, Object> body(Message message, String console) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("version", 1);
        body.put("id", message.key());
        body.put("event", message.transition());
        put(body, "alert", message.alert());
        put(body, "kind", message.kind());
        put(body, "host", message.host());
        put(body, "app", message.app());
        put(body, "subject", message.subject());
        body.put("title", message.title());
        body.put("what", message.what());
        put(body, "why", message.why());
        put(body, "next", message.next());
        put(body, "detail", message.detail());
        put(
                body,
                "beganAt",
                message.beganAt() == null ? null : message.beganAt().toString());
        body.put("at", message.at().toString());
        put(body, "link", console.isEmpty() ? null : message.link(console));
        var cause = message.cause();
        if (cause != null) {
            Map<String, Object> change = new LinkedHashMap<>();
            change.put("operation", cause.operation().value());
            change.put("kind", cause.kind());
            put(change, "app", cause.app() == null ? null : cause.app().value());
            change.put("title", cause.title());
            change.put("by", cause.by());
            change.put("at", cause.at().toString());
            change.put("edits", List.copyOf(cause.edits()));
            put(change, "rollBack", message.rollBackLink(console));
            body.put("likelyCause", change);
        }
        return body;
    }

    private static void put(Map<String, Object> body, String name, @Nullable Object value) {
        if (value != null) {
            body.put(name, value);
        }
    }
}
