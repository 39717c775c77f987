package dev.croft.access.internal;

import dev.croft.access.OperatorPath;
import dev.croft.access.OperatorPaths;
import dev.croft.access.internal.PeerValve.Peer;
import dev.croft.kernel.OwnAddresses;
import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.stereotype.Component;

/** Reads the operator's path from the connection, the sign-in and the browser's cookie. */
@Component
class RequestPaths implements OperatorPaths {

    private final TrustedProxy proxy;
    private final SecurityContextHolderStrategy contexts;
    private final Clock clock;

    RequestPaths(TrustedProxy proxy, SecurityContextHolderStrategy contexts, Clock clock) {
        this.proxy = proxy;
        this.contexts = contexts;
        this.clock = clock;
    }

    @Override
    public OperatorPath of(HttpServletRequest request) {
        Optional<Peer> peer = proxy.isBehind(request) ? proxy.client(request) : PeerValve.of(request);
        String session = currentSession();
        if (BrowserCookie.isBrowser(session) && !BrowserCookie.key(request).equals(Optional.of(session))) {
            // A session cookie alone, carried to another browser, proves nothing.
            session = "";
        }
        return new OperatorPath(
                session,
                peer.flatMap(Peer::age).map(this::before).orElse(Instant.EPOCH),
                peer.map(Peer::address).map(RequestPaths::isForeign).orElse(false));
    }

    /** Of the browser, as far as it can be known. */
    String address(HttpServletRequest request) {
        return (proxy.isBehind(request) ? proxy.client(request) : PeerValve.of(request))
                .map(Peer::address)
                .orElse("–");
    }

    @Override
    public String currentSession() {
        Authentication authentication = contexts.getContext().getAuthentication();
        return authentication instanceof SignedIn signedIn ? signedIn.session() : "";
    }

    private Instant before(Duration age) {
        return clock.instant().minus(age);
    }

    private static boolean isForeign(String address) {
        try {
            return !OwnAddresses.has(InetAddress.ofLiteral(withoutZone(address)));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** The interface behind a link-local IPv6 address, as in fe80::1%eth0, is none of its own. */
    private static String withoutZone(String address) {
        int zone = address.indexOf('%');
        return zone < 0 ? address : address.substring(0, zone);
    }
}
