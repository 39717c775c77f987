package dev.croft.running;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A reverse proxy in front of a real Keycloak, as most of them have one; tells it by which name it was asked. It can be told to do what
 * a careless or a hostile one does.
 */
public final class Between implements AutoCloseable {

    private static final String TOKENS = "/protocol/openid-connect/token";
    /** About one connection, what the client sets itself, and what would keep answers from being read here. */
    private static final Set<String> OF_THE_HOP = Set.of(
            "accept-encoding",
            "connection",
            "content-length",
            "expect",
            "host",
            "http2-settings",
            "keep-alive",
            "transfer-encoding",
            "upgrade");

    private final URI behind;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client = HttpClient.newHttpClient();

    private volatile boolean nameless;
    private volatile boolean rewrites;
    private volatile byte[] tokens = {};
    private volatile boolean again;

    /** @param behind the Keycloak */
    public Between(URI behind) {
        this.behind = behind;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::pass);
        server.start();
    }

    /** Under which the realm of the Keycloak is known here. */
    public String issuer() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/realms/home";
    }

    /** Keycloak takes the address at which it listens for its name then. */
    public void tellsNoName() {
        nameless = true;
    }

    /** The same, but in what Keycloak says it puts its own address in the place of that one: everywhere but in what is signed. */
    public void rewritesAddresses() {
        nameless = true;
        rewrites = true;
    }

    /** From now on whoever asks for tokens is given those again that Keycloak gave last. */
    public void givesTheSameTokensAgain() {
        again = true;
    }

    public void isHonestAgain() {
        nameless = false;
        rewrites = false;
        again = false;
    }

    /** What Keycloak answered when it was last asked for tokens. */
    public byte[] lastTokens() {
        return tokens.clone();
    }

    private void pass(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            boolean forTokens = path.endsWith(TOKENS);
            byte[] asked = exchange.getRequestBody().readAllBytes();
            if (forTokens && again) {
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                answer(exchange, 200, tokens);
                return;
            }
            HttpResponse<byte[]> answer = client.send(request(exchange, asked), BodyHandlers.ofByteArray());
            if (forTokens && answer.statusCode() == 200) {
                tokens = answer.body();
            }
            answer.headers().map().forEach((name, values) -> {
                // HTTP/2 has names such as :status.
                if (!OF_THE_HOP.contains(name) && !name.startsWith(":")) {
                    exchange.getResponseHeaders()
                            .put(name, values.stream().map(this::said).toList());
                }
            });
            String type = answer.headers().firstValue("content-type").orElse("");
            boolean text = type.startsWith("text/html") || type.startsWith("application/json");
            answer(
                    exchange,
                    answer.statusCode(),
                    text ? said(new String(answer.body(), UTF_8)).getBytes(UTF_8) : answer.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String said(String text) {
        if (!rewrites) {
            return text;
        }
        int here = server.getAddress().getPort();
        return text.replace("127.0.0.1:" + behind.getPort(), "127.0.0.1:" + here)
                .replace("127.0.0.1%3A" + behind.getPort(), "127.0.0.1%3A" + here);
    }

    private HttpRequest request(HttpExchange exchange, byte[] asked) {
        HttpRequest.Builder request = HttpRequest.newBuilder(behind.resolve(exchange.getRequestURI()))
                .version(HttpClient.Version.HTTP_1_1)
                .method(
                        exchange.getRequestMethod(),
                        asked.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(asked));
        Headers headers = exchange.getRequestHeaders();
        headers.forEach((name, values) -> {
            if (!OF_THE_HOP.contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(value -> request.header(name, value));
            }
        });
        if (!nameless) {
            String host = headers.getFirst("Host");
            request.header("X-Forwarded-Host", host)
                    .header("X-Forwarded-Port", host.substring(host.indexOf(':') + 1))
                    .header("X-Forwarded-Proto", "http");
        }
        return request.build();
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
        client.close();
    }
}
