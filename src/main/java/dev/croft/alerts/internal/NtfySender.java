package dev.croft.alerts.internal;

import dev.croft.alerts.ChannelType;
import dev.croft.kernel.SecretText;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * ntfy's publishing by JSON. It knows no key by which it would take a message once; so where a try is in doubt, the topic is read
 * first, and what is there is not sent again. A topic that may be written but not read is sent to twice in that case.
 */
@Component
class NtfySender implements Sender {

    private static final int HIGH = 4;
    private static final int NORMAL = 3;
    /** What ntfy takes; longer texts become files. */
    private static final int TEXT_MOST = 3500;

    private static final int CLOCKS_APART = 300;

    private final Posting posting;
    private final JsonMapper json = JsonMapper.builder().build();

    NtfySender(Posting posting) {
        this.posting = posting;
    }

    @Override
    public void send(
            Map<String, String> settings, @Nullable SecretText secret, Message message, @Nullable Instant doubtSince)
            throws NotSent {
        String server = settings.getOrDefault("server", "").replaceFirst("/+$", "");
        String topic = settings.getOrDefault("topic", "");
        if (doubtSince != null && isThere(server, topic, secret, message, doubtSince)) {
            return;
        }
        posting.exchange(authorised(posting.to(URI.create(server + "/")), secret)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(
                        json.writeValueAsBytes(body(topic, message, settings.getOrDefault(ChannelType.CONSOLE, "")))))
                .build());
    }

    private static Map<String, Object> body(String topic, Message message, String console) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("topic", topic);
        body.put("title", message.title());
        String text = message.text(console);
        body.put("message", text.length() > TEXT_MOST ? text.substring(0, TEXT_MOST) + "…" : text);
        body.put("priority", message.isRaised() ? HIGH : NORMAL);
        // Behind a symbol that phones show: the mark by which the same message is known again.
        body.put("tags", List.of(message.isRaised() ? "warning" : "white_check_mark", mark(message)));
        if (!console.isEmpty()) {
            body.put("click", message.link(console));
            List<Map<String, String>> actions = new ArrayList<>();
            actions.add(Map.of("action", "view", "label", "Open", "url", message.link(console)));
            String back = message.rollBackLink(console);
            if (back != null) {
                actions.add(Map.of("action", "view", "label", "Roll back", "url", back));
            }
            body.put("actions", actions);
        }
        return body;
    }

    private static String mark(Message message) {
        return "croft-" + message.key();
    }

    private boolean isThere(String server, String topic, @Nullable SecretText secret, Message message, Instant since) {
        try {
            String lines = posting.exchange(authorised(
                            posting.to(URI.create(server + "/" + topic + "/json?poll=1&since="
                                    + (since.getEpochSecond() - CLOCKS_APART))),
                            secret)
                    .GET()
                    .build());
            return lines.lines().filter(line -> !line.isBlank()).anyMatch(line -> isMarked(line, mark(message)));
        } catch (NotSent unreadable) {
            // Twice is better than never.
            return false;
        }
    }

    private boolean isMarked(String line, String mark) {
        try {
            JsonNode tags = json.readTree(line).path("tags");
            return tags.isArray()
                    && tags.valueStream().anyMatch(tag -> tag.asString("").equals(mark));
        } catch (JacksonException e) {
            return false;
        }
    }

    private static HttpRequest.Builder authorised(HttpRequest.Builder request, @Nullable SecretText secret) {
        return secret == null ? request : request.header("Authorization", "Bearer " + secret.reveal());
    }
}
