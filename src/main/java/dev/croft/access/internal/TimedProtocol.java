package dev.croft.access.internal;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.tomcat.util.net.NioEndpoint;

/**
 * Tomcat's HTTP connector, which also knows for how long each connection has been open. The first request over a connection would
 * be too late: browsers open connections in advance, and one of those may have got through a firewall that is closed by now. Tomcat
 * makes it by its name.
 */
public final class TimedProtocol extends Http11NioProtocol {

    public TimedProtocol() {
        super(new TimedEndpoint());
    }

    /** For how long the connection from this address and port has been open; empty when that is not known any more. */
    Optional<Duration> age(String address, int port) {
        return ((TimedEndpoint) getEndpoint()).age(address, port);
    }

    private static final class TimedEndpoint extends NioEndpoint {

        /** Who opens more connections than this makes the oldest ones prove nothing; a new one always does. */
        private static final int MOST = 20_000;

        private final Map<String, Long> accepted = new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
                return size() > MOST;
            }
        };

        @Override
        protected boolean setSocketOptions(SocketChannel socket) {
            try {
                SocketAddress peer = socket.getRemoteAddress();
                if (peer instanceof InetSocketAddress internet) {
                    String key = key(internet.getAddress().getHostAddress(), internet.getPort());
                    synchronized (accepted) {
                        accepted.remove(key);
                        accepted.put(key, System.nanoTime());
                    }
                }
            } catch (IOException e) {
                // Gone already: Tomcat notices that itself.
            }
            return super.setSocketOptions(socket);
        }

        Optional<Duration> age(String address, int port) {
            synchronized (accepted) {
                return Optional.ofNullable(accepted.get(key(address, port)))
                        .map(at -> Duration.ofNanos(System.nanoTime() - at));
            }
        }

        private static String key(String address, int port) {
            return address + " " + port;
        }
    }
}
