package dev.croft.alerts.internal;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import javax.net.ssl.SSLHandshakeException;
import org.springframework.stereotype.Component;

/** Requests to the servers of channels: no redirects, bounded in time and size. */
@Component
class Posting {

    private static final int MOST = 512 * 1024;
    private static final int OK = 200;
    private static final int NOT_OK = 300;
    private static final int SERVER = 500;
    private static final int TOO_MANY = 429;
    private static final int NOT_THERE = 404;
    private static final int NO_ENTRY = 401;
    private static final int FORBIDDEN = 403;

    private final Destinations destinations;
    private final HttpClient client;
    private final Duration timeout;

    Posting(Destinations destinations, AlertsProperties properties) {
        this.destinations = destinations;
        this.timeout = properties.timeout();
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(timeout)
                // Where to was entered by an administrator; nobody else says where it goes.
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    HttpRequest.Builder to(URI address) {
        return HttpRequest.newBuilder(address).timeout(timeout).header("User-Agent", "Croft");
    }

    /** The body of a good answer, at most {@value #MOST} bytes of it. */
    String exchange(HttpRequest request) throws NotSent {
        destinations.require(Destinations.host(request.uri()));
        String server = request.uri().getHost();
        try {
            HttpResponse<InputStream> answer = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            String body;
            try (InputStream in = answer.body()) {
                body = new String(in.readNBytes(MOST), StandardCharsets.UTF_8);
            }
            int status = answer.statusCode();
            if (status >= OK && status < NOT_OK) {
                return body;
            }
            throw refused(server, status);
        } catch (HttpConnectTimeoutException | ConnectException | SSLHandshakeException e) {
            throw NotSent.certainly(
                    server + " could not be reached: " + said(e) + ".",
                    "It is tried again. Look whether it runs there.");
        } catch (IOException e) {
            throw NotSent.perhaps(server + " did not answer: " + said(e) + ".", "It is tried again.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw NotSent.perhaps("The console is stopping.", "It is tried again when it runs.");
        }
    }

    /** What the answer says is not repeated: the console is no way to read pages of other servers. */
    private static NotSent refused(String server, int status) {
        String why = server + " answered " + status + ".";
        return switch (status) {
            case NO_ENTRY, FORBIDDEN ->
                NotSent.certainly(why, "Check the channel's secret, and what it is allowed to do there.");
            case NOT_THERE -> NotSent.certainly(why, "Check the channel's address.");
            case TOO_MANY -> NotSent.certainly(why, "It wants fewer messages; it is tried again later.");
            default ->
                status >= SERVER
                        ? NotSent.perhaps(why, "Something is wrong there; it is tried again.")
                        : NotSent.certainly(why, "Check the channel's address and settings.");
        };
    }

    private static String said(Exception e) {
        if (e.getMessage() != null) {
            return e.getMessage();
        }
        return e instanceof ConnectException
                ? "nobody takes connections there"
                : e.getClass().getSimpleName();
    }
}
