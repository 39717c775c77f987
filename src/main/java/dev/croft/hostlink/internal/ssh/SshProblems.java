package dev.croft.hostlink.internal.ssh;

import dev.croft.hostlink.HostEndpoint;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.io.EOFException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.TimeoutException;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.jspecify.annotations.Nullable;

/** What can go wrong between the console and a box, in words for the person who has to act. */
final class SshProblems {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss").withZone(ZoneOffset.UTC);

    private SshProblems() {}

    static Problem hostKeyUnknown(HostEndpoint endpoint) {
        return Problem.of(
                ProblemCode.HOST_KEY_UNKNOWN,
                "Croft did not connect to " + place(endpoint) + ".",
                "No host key has been approved for this box, so nothing would tell it from an impostor.",
                "Compare the key's fingerprint with what \"ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\" prints on the box, then approve it.");
    }

    static Problem hostKeyChanged(HostEndpoint endpoint, String shown) {
        return Problem.of(
                ProblemCode.HOST_KEY_CHANGED,
                "Croft did not connect to " + place(endpoint) + ".",
                "It shows the host key " + shown + ", which is not the one you approved (" + endpoint.fingerprint()
                        + "). Either the box was reinstalled or something else answers at its address.",
                "If you reinstalled the box, compare the new key with what \"ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\" prints on it, and approve it. Otherwise find out who answers before you go on.");
    }

    static Problem refusedKey(HostEndpoint endpoint, String publicKey) {
        return Problem.of(
                ProblemCode.HOST_REFUSED_KEY,
                "The box did not let Croft in.",
                place(endpoint) + " does not accept this console's key for the user \"" + endpoint.user() + "\".",
                "Put this line into services.croft-host.authorizedKeys on the box, rebuild it, then try again: "
                        + publicKey);
    }

    static Problem unreachable(HostEndpoint endpoint, Throwable cause) {
        return Problem.of(
                ProblemCode.HOST_UNREACHABLE,
                "Croft did not reach " + place(endpoint) + ".",
                reason(cause),
                "Check that the box is on, that its address and port are right, and that its firewall lets SSH in.");
    }

    static Problem notAllowedOut(HostEndpoint endpoint) {
        return Problem.of(
                ProblemCode.HOST_UNREACHABLE,
                "Croft did not connect to " + place(endpoint) + ".",
                "Whoever runs this console says where it may connect to (croft.outgoing.only), and this is not among them.",
                "Have " + endpoint.address() + " added there and the console restarted, if it is a box of yours.");
    }

    static Problem pausing(HostEndpoint endpoint, BackOff.Pause pause) {
        return switch (pause.cause().code()) {
            // Waiting does not help against these, so saying "unreachable" would mislead.
            case HOST_KEY_CHANGED, HOST_REFUSED_KEY -> pause.cause();
            default ->
                Problem.of(
                        ProblemCode.HOST_UNREACHABLE,
                        "Croft did not try to reach " + place(endpoint) + " again yet.",
                        "The last try failed. " + pause.cause().why(),
                        "The next try is made from " + time(pause.until())
                                + " UTC on. Until then, check that the box is on and reachable.");
        };
    }

    /** The box ended the channel before it said hello. */
    static Problem silent(HostEndpoint endpoint, @Nullable Integer exit, String diagnostics) {
        return Problem.of(
                        ProblemCode.HOST_UNREACHABLE,
                        "The box let Croft in, but croft-hostd did not answer.",
                        "The channel to " + place(endpoint) + " ended before the box said hello"
                                + (exit == null ? "." : " (exit status " + exit + ")."),
                        "On the box, look at \"systemctl status croft-hostd.socket\" and \"journalctl -u croft-hostd\", and check that the user \""
                                + endpoint.user() + "\" is the one that services.croft-host made.")
                .withDetail(diagnostics.isBlank() ? null : diagnostics);
    }

    static Problem helloTimeout(HostEndpoint endpoint) {
        return Problem.of(
                ProblemCode.HOST_UNREACHABLE,
                "The box let Croft in, but croft-hostd did not answer in time.",
                place(endpoint) + " said nothing for 30 seconds; it may be overloaded or out of memory.",
                "Look at the load of the box, then try again.");
    }

    static Problem channelRefused(HostEndpoint endpoint, Throwable cause) {
        return Problem.of(
                ProblemCode.HOST_UNREACHABLE,
                "The box did not open another channel.",
                place(endpoint) + " refused it: " + sentence(cause.getMessage()),
                "Close screens that follow logs of this box, or raise MaxSessions in its SSH server, then try again.");
    }

    static Problem linkLost(HostEndpoint endpoint, @Nullable Throwable cause, String diagnostics) {
        return Problem.of(
                        ProblemCode.LINK_LOST,
                        "The link to the box broke before its answer was complete.",
                        "The connection to " + place(endpoint) + " ended"
                                + (cause == null ? "." : ": " + reason(cause)),
                        "What runs on the box goes on there. Croft connects again by itself; look at the operation's state before you repeat it.")
                .withDetail(diagnostics.isBlank() ? null : diagnostics);
    }

    static Problem closedHere() {
        return Problem.of(
                ProblemCode.CANCELLED,
                "The answer of the box was not waited for.",
                "The console closed the channel.",
                "Nothing: operations on the box go on by themselves.");
    }

    static Problem disconnected(HostEndpoint endpoint) {
        return Problem.of(
                ProblemCode.HOST_UNREACHABLE,
                "Croft did not connect to " + place(endpoint) + ".",
                "The console was told to let go of this box, or is shutting down.",
                "Try again.");
    }

    /** A listener of the console failed while the box was answering. */
    static Problem internal(Throwable failure) {
        return Problem.of(
                ProblemCode.INTERNAL,
                "The answer of the box could not be used.",
                "A part of the console failed while it took the answer ("
                        + failure.getClass().getSimpleName() + ").",
                "Look into the console's log, and report it.");
    }

    static boolean isRefusedKey(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof SshException e
                    && e.getDisconnectCode() == SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE) {
                return true;
            }
        }
        return false;
    }

    /** One sentence about a failure of the network or of the SSH layer. */
    private static String reason(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            switch (t) {
                case UnresolvedAddressException ignored -> {
                    return "Its name is not known to the name service.";
                }
                case UnknownHostException ignored -> {
                    return "Its name is not known to the name service.";
                }
                case NoRouteToHostException ignored -> {
                    return "There is no network route to it.";
                }
                case ConnectException e -> {
                    return sentence(e.getMessage());
                }
                case TimeoutException ignored -> {
                    return "It did not answer in time.";
                }
                case InterruptedIOException ignored -> {
                    return "The console stopped waiting.";
                }
                default -> {}
            }
        }
        if (failure instanceof EOFException) {
            return "It closed the connection.";
        }
        return sentence(failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage());
    }

    private static String sentence(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return "No reason was given.";
        }
        String trimmed = text.strip();
        return trimmed.endsWith(".") ? trimmed : trimmed + ".";
    }

    private static String time(Instant instant) {
        // Rounded up: a caller that comes back at the time named must not be too early.
        return TIME.format(instant.plusMillis(999));
    }

    private static String place(HostEndpoint endpoint) {
        return endpoint.address() + " port " + endpoint.port();
    }
}
