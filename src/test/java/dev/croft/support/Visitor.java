package dev.croft.support;

import java.io.IOException;
import java.net.CookieManager;
import java.net.CookiePolicy;
import java.net.HttpCookie;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** A browser without scripts: cookies and redirects, each looked at by the test. */
public final class Visitor {

    private final CookieManager cookies = new CookieManager(null, CookiePolicy.ACCEPT_ALL);
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .cookieHandler(cookies)
            .build();
    private int port;

    public Visitor(int port) {
        this.port = port;
    }

    /** The console was started anew. */
    public void at(int other) {
        port = other;
    }

    public URI address(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    public HttpResponse<String> get(String path) {
        return get(address(path));
    }

    public HttpResponse<String> get(URI address) {
        return send(HttpRequest.newBuilder(address).header("Accept", "text/html"));
    }

    /** By a link on another site's page. */
    public HttpResponse<String> fromElsewhere(String path) {
        return send(HttpRequest.newBuilder(address(path))
                .header("Accept", "text/html")
                .header("Sec-Fetch-Site", "cross-site"));
    }

    /** As a page of the console asks the API. */
    public int status(String path) {
        return send(HttpRequest.newBuilder(address(path)).header("X-Croft-Request", "1"))
                .statusCode();
    }

    public String body(String path) {
        return send(HttpRequest.newBuilder(address(path)).header("X-Croft-Request", "1"))
                .body();
    }

    public HttpResponse<String> post(String path, Map<String, String> form) {
        String body = form.entrySet().stream()
                .map(field -> encode(field.getKey()) + "=" + encode(field.getValue()))
                .collect(Collectors.joining("&"));
        return send(HttpRequest.newBuilder(address(path))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(body)));
    }

    public HttpResponse<String> signIn(String username, String password) {
        return post("/login", Map.of("username", username, "password", password));
    }

    public Optional<HttpCookie> cookie(String name) {
        return cookies.getCookieStore().getCookies().stream()
                .filter(cookie -> name.equals(cookie.getName()))
                .findFirst();
    }

    public void drop(String cookie) {
        cookies.getCookieStore().getCookies().stream()
                .filter(each -> cookie.equals(each.getName()))
                .toList()
                .forEach(each -> cookies.getCookieStore().remove(null, each));
    }

    public static String location(HttpResponse<?> answer) {
        return answer.headers().firstValue("Location").orElse("");
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError("no answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
