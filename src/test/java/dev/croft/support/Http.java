package dev.croft.support;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A console's HTTP side, as a client with or without a token sees it. */
public final class Http {

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final int port;
    private final @Nullable String token;

    private final @Nullable String header;
    private final @Nullable String value;

    private Http(int port, @Nullable String token, @Nullable String header, @Nullable String value) {
        this.port = port;
        this.token = token;
        this.header = header;
        this.value = value;
    }

    public static Http anonymous(int port) {
        return new Http(port, null, null, null);
    }

    public Http with(String other) {
        return new Http(port, other, header, value);
    }

    /** The same with one more header. */
    public Http with(String name, String text) {
        return new Http(port, token, name, text);
    }

    public record Answer(int status, String text, HttpResponse<?> response) {

        public JsonNode json() {
            return JsonMapper.shared().readTree(text);
        }

        public Optional<String> header(String name) {
            return response.headers().firstValue(name);
        }

        public String code() {
            return json().path("code").asString("");
        }
    }

    public Answer get(String path) {
        return send("GET", path, null, "application/json");
    }

    public Answer post(String path, @Nullable String body) {
        return send("POST", path, body, "application/json");
    }

    public Answer put(String path, String body) {
        return send("PUT", path, body, "application/json");
    }

    public Answer delete(String path) {
        return send("DELETE", path, null, "application/json");
    }

    public Answer send(String method, String path, @Nullable String body, String type) {
        try {
            HttpResponse<String> response = CLIENT.send(request(method, path, body, type), BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.body(), response);
        } catch (IOException e) {
            throw new AssertionError(method + " " + path + " got no answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** The lines of a stream as they come; closing it ends the request. */
    public Stream<String> lines(String path) {
        try {
            return CLIENT.send(request("GET", path, null, "application/json"), BodyHandlers.ofLines())
                    .body();
        } catch (IOException e) {
            throw new AssertionError("GET " + path + " got no answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private HttpRequest request(String method, String path, @Nullable String body, String type) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(30))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", type);
        }
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (header != null && value != null) {
            request.header(header, value);
        }
        return request.build();
    }
}
