package dev.croft.alerts.internal;

import dev.croft.kernel.Outgoing;
import dev.croft.kernel.OwnAddresses;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import org.springframework.stereotype.Component;

/**
 * Where messages may be sent. Addresses are entered by administrators; all the same the console must not become a way to what only
 * this machine's network shows, such as the pages on which clouds hand out keys.
 */
@Component
class Destinations {

    private final Outgoing outgoing;

    Destinations(Outgoing outgoing) {
        this.outgoing = outgoing;
    }

    /** Looked up at each try: what a name leads to may change. */
    void require(String host) throws NotSent {
        try {
            outgoing.require(host);
        } catch (Outgoing.RefusedException e) {
            throw NotSent.certainly(
                    e.getMessage() + ".", "Add it to croft.outgoing.only, or send messages to another server.");
        }
        try {
            for (InetAddress address : InetAddress.getAllByName(bare(host))) {
                if (address.isLinkLocalAddress() || address.isMulticastAddress() || address.isAnyLocalAddress()) {
                    throw NotSent.certainly(
                            host + " leads to " + address.getHostAddress() + ", where no server for messages is.",
                            "Correct the address.");
                }
            }
        } catch (UnknownHostException e) {
            throw NotSent.certainly(
                    "Nobody knows the name " + host + ".", "Correct the address, or the name server of this machine.");
        }
    }

    /** Whether plain HTTP will do: only on this machine and in private networks. */
    static boolean isNear(String host) {
        if ("localhost".equals(host)) {
            return true;
        }
        try {
            InetAddress address = InetAddress.ofLiteral(bare(host));
            return address.isLoopbackAddress() || address.isSiteLocalAddress() || OwnAddresses.has(address);
        } catch (IllegalArgumentException name) {
            return false;
        }
    }

    static String host(URI address) {
        return String.valueOf(address.getHost());
    }

    private static String bare(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }
}
