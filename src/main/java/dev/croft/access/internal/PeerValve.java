package dev.croft.access.internal;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;

/**
 * Notes with each request who is at the other end of its connection. Before any filter and from the socket itself: no header that a
 * client or a setting for proxies brings along changes it. Behind a proxy that proved itself, the request becomes the one that the proxy
 * was sent: its address, scheme, name and port. Nobody else's word on these counts.
 */
final class PeerValve extends ValveBase {

    private static final String ATTRIBUTE = PeerValve.class.getName();
    private static final Pattern HOST = Pattern.compile("[a-zA-Z0-9._-]{1,253}|\\[[0-9a-fA-F:.]{2,45}]");
    private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

    /** @param age for how long the connection has been open; empty when that is not known */
    record Peer(String address, Optional<Duration> age) {}

    private final TrustedProxy proxy;

    PeerValve(TrustedProxy proxy) {
        super(true);
        this.proxy = proxy;
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        Optional<Duration> age = request.getConnector().getProtocolHandler() instanceof TimedProtocol timed
                ? timed.age(request.getPeerAddr(), request.getRemotePort())
                : Optional.empty();
        request.setAttribute(ATTRIBUTE, new Peer(request.getPeerAddr(), age));
        if (proxy.isBehind(request)) {
            proxy.client(request).ifPresent(client -> become(request, client));
        }
        getNext().invoke(request, response);
    }

    private static void become(Request request, Peer client) {
        request.setRemoteAddr(client.address());
        request.setRemoteHost(client.address());
        boolean secure = "https".equals(request.getHeader(TrustedProxy.PROTOCOL));
        request.setSecure(secure);
        request.getCoyoteRequest().scheme().setString(secure ? "https" : "http");
        String host = request.getHeader(TrustedProxy.HOST);
        if (host != null && HOST.matcher(host).matches()) {
            request.getCoyoteRequest().serverName().setString(host);
        }
        String port = request.getHeader(TrustedProxy.PORT);
        request.setServerPort(
                port != null && PORT.matcher(port).matches() ? Integer.parseInt(port) : secure ? 443 : 80);
    }

    static Optional<Peer> of(jakarta.servlet.ServletRequest request) {
        return request.getAttribute(ATTRIBUTE) instanceof Peer peer ? Optional.of(peer) : Optional.empty();
    }
}
