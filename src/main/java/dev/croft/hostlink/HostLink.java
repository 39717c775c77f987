package dev.croft.hostlink;

import java.util.function.Consumer;

/**
 * The port to a box. One SSH connection per endpoint is kept and shared; every call is one channel on it. Calls block (they are
 * made from virtual threads).
 *
 * <p>Failures are {@code ProblemException}s: what the box refused, or HOST_KEY_UNKNOWN, HOST_KEY_CHANGED, HOST_REFUSED_KEY,
 * HELPER_TOO_OLD, PROTOCOL_UNSUPPORTED, PROTOCOL_ERROR, and CANCELLED when the call was closed or its thread interrupted. Two of
 * them differ in what may have happened: after HOST_UNREACHABLE the box has certainly not seen the request; after LINK_LOST it may
 * have.
 */
public interface HostLink {

    /** Sends a command and waits for its result. Replies on the way ({@code accepted}, {@code line}, {@code progress}) go to the sink in order. */
    <R> R call(HostEndpoint endpoint, HostCommand<R> command, Consumer<HostReply> onReply);

    default <R> R call(HostEndpoint endpoint, HostCommand<R> command) {
        return call(endpoint, command, reply -> {});
    }

    /**
     * Sends a command over an SSH connection that is opened for it and closed after it: the answer proves that the way to the box
     * works now, not that it once did.
     */
    <R> R callAfresh(HostEndpoint endpoint, HostCommand<R> command);

    /**
     * Starts a command that may run for long, and returns at once: failures, those to connect included, are told by the handle's
     * result. Closing the handle ends the channel (not the operation on the box).
     */
    <R> HostCall<R> open(HostEndpoint endpoint, HostCommand<R> command, Consumer<HostReply> onReply);

    /** Connects far enough to see the host key, and trusts nothing: for enrolment. Returns its {@code SHA256:…} fingerprint. */
    String fingerprintOf(String address, int port);

    /** What the box calls itself: the name that its hello says. Connects, and asks for nothing else. */
    String nameOf(HostEndpoint endpoint);

    /** Forgets the connection to a box, for example after it was retired or its key was approved anew. */
    void disconnect(HostEndpoint endpoint);

    /** The public half of the console's key, one line as in authorized_keys. */
    String publicKey();
}
