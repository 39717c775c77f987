package dev.croft.alerts.internal;

import dev.croft.alerts.ChannelType;
import dev.croft.kernel.SecretText;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.web.util.HtmlUtils;
import tools.jackson.databind.json.JsonMapper;

/** An event of a Matrix room. The transaction id is the same at each try, and a server takes each of them once. */
@Component
class MatrixSender implements Sender {

    private final Posting posting;
    private final JsonMapper json = JsonMapper.builder().build();

    MatrixSender(Posting posting) {
        this.posting = posting;
    }

    @Override
    public void send(
            Map<String, String> settings, @Nullable SecretText secret, Message message, @Nullable Instant doubtSince)
            throws NotSent {
        if (secret == null) {
            throw NotSent.certainly("The channel has no access token.", "Give it one.");
        }
        String server = settings.getOrDefault("server", "").replaceFirst("/+$", "");
        String console = settings.getOrDefault(ChannelType.CONSOLE, "");
        String text = message.text(console);
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("msgtype", "m.text");
        body.put("body", message.title() + "\n\n" + text);
        body.put("format", "org.matrix.custom.html");
        body.put(
                "formatted_body",
                "<strong>" + html(message.title()) + "</strong><br><br>"
                        + html(text).replace("\n", "<br>"));
        posting.exchange(posting.to(URI.create(server + "/_matrix/client/v3/rooms/"
                        + part(settings.getOrDefault("room", "")) + "/send/m.room.message/" + part(message.key())))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + secret.reveal())
                .PUT(HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(body)))
                .build());
    }

    private static String html(String text) {
        return HtmlUtils.htmlEscape(text, StandardCharsets.UTF_8.name());
    }

    private static String part(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
