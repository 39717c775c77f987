package dev.croft.kernel;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Arrays;

/** Which addresses lead to this machine itself; looked up anew each time, because interfaces come and go. */
public final class OwnAddresses {

    private OwnAddresses() {}

    /** Whether it is a loopback address or one of an interface of this machine. */
    public static boolean has(InetAddress address) {
        if (address.isLoopbackAddress() || address.isAnyLocalAddress()) {
            return true;
        }
        try {
            return NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            // Who asks wants to know whether a path is proved to be foreign; this one is not.
            return true;
        }
    }

    /** Whether this host name or IP address leads to this machine; false for a name that nobody knows. */
    public static boolean has(String host) {
        try {
            return Arrays.stream(InetAddress.getAllByName(host)).anyMatch(OwnAddresses::has);
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
