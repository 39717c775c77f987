package dev.croft.access.internal;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;

/**
 * Notes with each request who is at the other end of its connection. Before any filter and from the socket itself: no header that a
 * client or a setting for proxies brings along changes it.
 */
final class PeerValve extends ValveBase {

    private static final String ATTRIBUTE = PeerValve.class.getName();

    /** @param age for how long the connection has been open; empty when that is not known */
    record Peer(String address, Optional<Duration> age) {}

    PeerValve() {
        super(true);
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        Optional<Duration> age = request.getConnector().getProtocolHandler() instanceof TimedProtocol timed
                ? timed.age(request.getPeerAddr(), request.getRemotePort())
                : Optional.empty();
        request.setAttribute(ATTRIBUTE, new Peer(request.getPeerAddr(), age));
        getNext().invoke(request, response);
    }

    static Optional<Peer> of(jakarta.servlet.ServletRequest request) {
        return request.getAttribute(ATTRIBUTE) instanceof Peer peer ? Optional.of(peer) : Optional.empty();
    }
}
