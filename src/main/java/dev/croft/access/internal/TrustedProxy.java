package dev.croft.access.internal;

import dev.croft.access.internal.PeerValve.Peer;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * A reverse proxy that proves itself by a secret it sends along. Its address proves nothing: whatever else runs on its machine, or on
 * this one, has the same.
 */
@Component
class TrustedProxy {

    static final String SECRET = "X-Croft-Proxy";
    static final String CLIENT = "X-Forwarded-For";
    static final String PROTOCOL = "X-Forwarded-Proto";
    static final String HOST = "X-Forwarded-Host";
    static final String PORT = "X-Forwarded-Port";
    /** Seconds for which the client's own connection to the proxy has been open, such as nginx's $connection_time. */
    static final String CONNECTION_AGE = "X-Croft-Connection-Age";

    private static final int SECRET_MIN = 32;

    private final byte @Nullable [] secret;

    TrustedProxy(AccessProperties properties) {
        secret = properties.proxySecretFile() == null ? null : read(properties.proxySecretFile());
    }

    private static byte[] read(Path file) {
        String text;
        try {
            text = Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("croft.access.proxy-secret-file cannot be read: " + file, e);
        }
        if (text.length() < SECRET_MIN) {
            throw new IllegalStateException(
                    "croft.access.proxy-secret-file: " + file + " has fewer than " + SECRET_MIN + " characters.");
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    boolean isBehind(HttpServletRequest request) {
        String shown = request.getHeader(SECRET);
        return secret != null && shown != null && MessageDigest.isEqual(secret, shown.getBytes(StandardCharsets.UTF_8));
    }

    /** The browser as the proxy saw it: the last address in the list, the only one that the proxy itself wrote. */
    Optional<Peer> client(HttpServletRequest request) {
        String list = request.getHeader(CLIENT);
        return list == null
                ? Optional.empty()
                : Optional.of(new Peer(list.substring(list.lastIndexOf(',') + 1).strip(), age(request)));
    }

    private static Optional<Duration> age(HttpServletRequest request) {
        String seconds = request.getHeader(CONNECTION_AGE);
        if (seconds == null || !seconds.matches("[0-9]{1,9}(\\.[0-9]{1,3})?")) {
            return Optional.empty();
        }
        return Optional.of(Duration.ofMillis(Math.round(Double.parseDouble(seconds) * 1000)));
    }
}
