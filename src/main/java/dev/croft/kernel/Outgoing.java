package dev.croft.kernel;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the console may connect to by itself: boxes, and providers of OpenID Connect. Prefix {@code croft.outgoing}. What boxes fetch is
 * theirs.
 *
 * @param only host names, {@code *.} before a name for all below it, or IP addresses, as they are entered for boxes and providers; empty:
 *     anywhere
 */
@ConfigurationProperties("croft.outgoing")
public record Outgoing(@DefaultValue List<String> only) {

    private static final String BELOW = "*.";

    public Outgoing {
        only = only.stream()
                .map(Outgoing::written)
                .filter(place -> !place.isEmpty())
                .toList();
    }

    /** What is not among the places. */
    public static final class RefusedException extends IOException {

        private static final long serialVersionUID = 1L;

        RefusedException(String host) {
            super("croft.outgoing.only, a setting of this console, does not name " + host);
        }
    }

    public boolean allows(String host) {
        String name = written(host);
        return only.isEmpty()
                || only.stream()
                        .anyMatch(place -> place.startsWith(BELOW)
                                ? name.endsWith(place.substring(1)) && name.length() > place.length() - 1
                                : name.equals(place));
    }

    /** @throws RefusedException when the console may not connect to it */
    public void require(String host) throws RefusedException {
        if (!allows(host)) {
            throw new RefusedException(host);
        }
    }

    /** IPv6 addresses stand in brackets in addresses of pages; a dot at the end changes no name. */
    private static String written(String host) {
        return host.strip().replaceAll("^\\[|]$|\\.$", "").toLowerCase(Locale.ROOT);
    }
}
