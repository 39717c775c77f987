package dev.croft.running;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.CookieManager;
import java.net.CookiePolicy;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The HTTP API as a script uses it. */
public final class Api {

    private static final HttpClient HTTP = client();
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Set<String> FINAL = Set.of("SUCCEEDED", "FAILED", "CANCELLED", "ROLLED_BACK");

    private final URI base;
    private final String token;

    private Api(URI base, String token) {
        this.base = base;
        this.token = token;
    }

    public record Answer(int status, String text) {

        public JsonNode json() {
            return JSON.readTree(text);
        }

        public Answer expect(int wanted) {
            if (status != wanted) {
                throw new AssertionError("HTTP " + status + " instead of " + wanted + ": " + text);
            }
            return this;
        }
    }

    /** Claims a console that was just started; {@code ready} is the address of the ready line. */
    public static Api claim(URI ready, String username, String password) {
        Answer answer = tryToClaim(ready, username, password);
        if (answer.status() / 100 != 2) {
            throw new AssertionError("The setup was refused: " + answer);
        }
        return new Api(ready.resolve("/"), answer.json().get("token").stringValue());
    }

    public static Answer tryToClaim(URI ready, String username, String password) {
        return new Api(ready.resolve("/"), "")
                .post(
                        "/api/v1/setup",
                        Map.of("claim", ready.getFragment(), "username", username, "password", password));
    }

    /** The administrator of a console that has been claimed already, with a token of their own. */
    public static Api signedIn(URI console, String username, String password) {
        return new Api(console.resolve("/"), "")
                .withAnotherToken(username, password, Map.of("name", "journey", "role", "ADMIN"));
    }

    /** Of one that was claimed already, and of one that waits for it. */
    public static Api administrator(URI ready, String username, String password) {
        return ready.getFragment() == null ? signedIn(ready, username, password) : claim(ready, username, password);
    }

    /** With a token that somebody makes who signs in as a browser does: no token makes another. */
    public Api withAnotherToken(String username, String password, Object asked) {
        try (HttpClient browser = HttpClient.newBuilder()
                .cookieHandler(new CookieManager(null, CookiePolicy.ACCEPT_ALL))
                .build()) {
            String form = "username=" + URLEncoder.encode(username, UTF_8) + "&password="
                    + URLEncoder.encode(password, UTF_8);
            browser.send(
                    HttpRequest.newBuilder(base.resolve("/login"))
                            .header("Content-Type", "application/x-www-form-urlencoded")
                            .POST(BodyPublishers.ofString(form))
                            .build(),
                    BodyHandlers.discarding());
            HttpResponse<String> made = browser.send(
                    HttpRequest.newBuilder(base.resolve("/api/v1/tokens"))
                            .header("Content-Type", "application/json")
                            .header("X-Croft-Request", "1")
                            .POST(BodyPublishers.ofString(JSON.writeValueAsString(asked)))
                            .build(),
                    BodyHandlers.ofString());
            String other = new Answer(made.statusCode(), made.body())
                    .expect(201)
                    .json()
                    .get("token")
                    .stringValue();
            return new Api(base, other);
        } catch (IOException e) {
            throw new AssertionError("no token was made", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** The same console and operator, reached in another way. */
    public Api at(URI other) {
        return new Api(other, token);
    }

    public String token() {
        return token;
    }

    public Answer get(String path) {
        return send("GET", path, null);
    }

    public Answer post(String path, Object body) {
        return send("POST", path, body);
    }

    /** @param body bytes are sent as they are, all else as JSON */
    public Answer put(String path, Object body) {
        return send("PUT", path, body);
    }

    public Answer delete(String path) {
        return send("DELETE", path, null);
    }

    /** Over a connection that is opened for this. */
    public Answer postAfresh(String path, Object body) {
        try (HttpClient fresh = client()) {
            return send(fresh, "POST", path, body);
        }
    }

    /** Saves an app's draft and deploys it; how the operation ended. */
    public JsonNode deploy(String host, String app, Object spec) {
        String path = "/api/v1/hosts/" + host + "/apps/" + app;
        Answer saved = put(path, spec);
        if (saved.status() / 100 != 2) {
            throw new AssertionError("The draft was refused: " + saved);
        }
        return ended(
                post(path + "/deploy", Map.of()).expect(202).json().get("id").stringValue());
    }

    public JsonNode operation(String id) {
        return get("/api/v1/operations/" + id).expect(200).json();
    }

    /** Waits for the end of an operation. */
    public JsonNode ended(String id) {
        return await(
                Duration.ofMinutes(5),
                () -> operation(id),
                operation -> FINAL.contains(operation.get("state").stringValue()));
    }

    /** Asks again and again until the answer is as wanted; the answer is in the failure text. */
    public static <T> T await(Duration limit, Supplier<T> question, Predicate<T> wanted) {
        long until = System.nanoTime() + limit.toNanos();
        T answer = question.get();
        while (!wanted.test(answer)) {
            if (System.nanoTime() > until) {
                throw new AssertionError("Not within " + limit + "; the last answer was: " + answer);
            }
            pause();
            answer = question.get();
        }
        return answer;
    }

    /** What a web address answers; status 0 when nobody does. */
    public static Answer fetch(String url) {
        return fetch(HTTP, url);
    }

    /** The same over a connection that is opened for this. */
    public static Answer fetchAfresh(String url) {
        try (HttpClient fresh = client()) {
            return fetch(fresh, url);
        }
    }

    private static Answer fetch(HttpClient client, String url) {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                    .timeout(Duration.ofSeconds(10))
                    .build();
            HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.body());
        } catch (IOException e) {
            return new Answer(0, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static HttpClient client() {
        return HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    }

    private Answer send(String method, String path, Object body) {
        return send(HTTP, method, path, body);
    }

    private Answer send(HttpClient client, String method, String path, Object body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path))
                .timeout(Duration.ofSeconds(60))
                .header("Accept", "application/json, application/problem+json")
                .method(
                        method,
                        switch (body) {
                            case null -> BodyPublishers.noBody();
                            case byte[] raw -> BodyPublishers.ofByteArray(raw);
                            default -> BodyPublishers.ofString(JSON.writeValueAsString(body));
                        });
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        if (body != null) {
            request.header("Content-Type", body instanceof byte[] ? "application/octet-stream" : "application/json");
        }
        try {
            HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.body());
        } catch (IOException e) {
            throw new AssertionError(method + " " + path + " got no answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Between two looks at something that has no event to wait for. */
    private static void pause() {
        try {
            Thread.sleep(Duration.ofMillis(100));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
