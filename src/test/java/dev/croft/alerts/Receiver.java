package dev.croft.alerts;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.croft.support.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server to which alerts are sent: what it was given, and what it answers. It is as strict about the protocols as the real ones. */
public final class Receiver implements AutoCloseable {

    private final HttpServer server;
    private final List<Given> given = new CopyOnWriteArrayList<>();
    private volatile int status = 200;
    private volatile String polled = "";
    private volatile @Nullable CountDownLatch held;

    /** A request, as it came. */
    public record Given(String method, String path, String query, com.sun.net.httpserver.Headers headers, String body) {

        public JsonNode json() {
            return JsonMapper.shared().readTree(body);
        }

        public String header(String name) {
            return String.valueOf(headers.getFirst(name));
        }
    }

    public Receiver() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        server.start();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var asked = exchange.getRequestURI();
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            boolean poll = exchange.getRequestMethod().equals("GET");
            given.add(new Given(
                    exchange.getRequestMethod(),
                    asked.getRawPath(),
                    String.valueOf(asked.getRawQuery()),
                    exchange.getRequestHeaders(),
                    body));
            CountDownLatch hold = held;
            if (hold != null && !poll) {
                hold.await();
            }
            byte[] answer = (poll ? polled : "{\"event_id\":\"$1\"}").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(poll ? 200 : status, answer.length == 0 ? -1 : answer.length);
            exchange.getResponseBody().write(answer);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** What it answers to what is sent from now on. */
    public void answers(int code) {
        status = code;
    }

    /** What is read of it from now on. */
    public void has(String lines) {
        polled = lines;
    }

    /** It takes what is sent, and says nothing to it. */
    public void hold() {
        held = new CountDownLatch(1);
    }

    public void release() {
        CountDownLatch hold = held;
        held = null;
        if (hold != null) {
            hold.countDown();
        }
    }

    public List<Given> given() {
        return List.copyOf(given);
    }

    public List<Given> await(int count) {
        return Await.until(this::given, all -> all.size() >= count);
    }

    @Override
    public void close() {
        release();
        server.stop(0);
    }
}
