package dev.croft.hostlink.internal.ssh;

import dev.croft.hostlink.HostEndpoint;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.config.hosts.HostConfigEntry;
import org.apache.sshd.client.future.ConnectFuture;
import org.apache.sshd.client.session.ClientSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one SSH connection to an endpoint: made when it is needed, shared by all calls, made again when it broke. */
final class Connection {

    private static final Logger log = LoggerFactory.getLogger(Connection.class);

    private final HostEndpoint endpoint;
    private final SshClient client;
    private final String publicKey;
    private final SshSettings settings;
    private final Clock clock;

    /** Held while connecting, so that callers who come meanwhile share the outcome instead of knocking too. */
    private final ReentrantLock lock = new ReentrantLock();

    private final BackOff backOff;
    private @Nullable ClientSession session;
    private boolean useful;
    private volatile boolean abandoned;

    Connection(
            HostEndpoint endpoint,
            SshClient client,
            String publicKey,
            SshSettings settings,
            Clock clock,
            BackOff backOff) {
        this.endpoint = endpoint;
        this.client = client;
        this.publicKey = publicKey;
        this.settings = settings;
        this.clock = clock;
        this.backOff = backOff;
    }

    /** @param fresh false when it was there already, and so may have died unnoticed */
    record Lease(ClientSession session, boolean fresh) {}

    Lease lease() {
        try {
            lock.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProblemException(SshProblems.closedHere(), e);
        }
        try {
            if (abandoned) {
                throw SshProblems.disconnected(endpoint).toException();
            }
            if (session != null && session.isOpen() && session.isAuthenticated()) {
                return new Lease(session, false);
            }
            if (session != null && !useful) {
                // It let us in and broke before it answered anything: that counts as a failed try, or we would knock
                // without end.
                backOff.failed(
                        clock.instant(),
                        SshProblems.unreachable(
                                endpoint, new IOException("It closed the connection right after sign-in")));
            }
            session = null;
            backOff.pause(clock.instant()).ifPresent(pause -> {
                throw SshProblems.pausing(endpoint, pause).toException();
            });
            useful = false;
            session = connect();
            if (abandoned) {
                session.close(true);
                throw SshProblems.disconnected(endpoint).toException();
            }
            return new Lease(session, true);
        } finally {
            lock.unlock();
        }
    }

    /** To be told when the box has answered on this connection. */
    void answered() {
        lock.lock();
        try {
            useful = true;
            backOff.succeeded();
        } finally {
            lock.unlock();
        }
    }

    /** Closes the connection for good; calls under way end with LINK_LOST. */
    void abandon() {
        abandoned = true;
        // Not before a try under way has ended: it looks at the flag itself.
        lock.lock();
        try {
            if (session != null) {
                session.close(true);
                session = null;
            }
        } finally {
            lock.unlock();
        }
    }

    private ClientSession connect() {
        HostKeyPin pin = HostKeyPin.to(endpoint.fingerprint());
        long deadline = System.nanoTime() + settings.connectTimeout().toNanos();
        @Nullable String firstShown = null;
        while (true) {
            try {
                ClientSession made = connect(pin, deadline);
                log.info("Connected to {} port {}", endpoint.address(), endpoint.port());
                return made;
            } catch (IOException | RuntimeException e) {
                if (e instanceof InterruptedIOException) {
                    // The caller gave up; that says nothing about the box.
                    throw new ProblemException(SshProblems.closedHere(), e);
                }
                if (pin.refused()) {
                    if (firstShown == null) {
                        firstShown = pin.shown();
                    }
                    pin.reset();
                    if (!pin.algorithms().isEmpty() && System.nanoTime() < deadline) {
                        continue;
                    }
                }
                Problem problem;
                if (firstShown != null) {
                    problem = SshProblems.hostKeyChanged(endpoint, firstShown);
                } else if (SshProblems.isRefusedKey(e)) {
                    problem = SshProblems.refusedKey(endpoint, publicKey);
                } else {
                    problem = SshProblems.unreachable(endpoint, e);
                }
                backOff.failed(clock.instant(), problem);
                log.debug("No connection to {} port {}", endpoint.address(), endpoint.port(), e);
                throw new ProblemException(problem, e);
            }
        }
    }

    private ClientSession connect(HostKeyPin pin, long deadline) throws IOException {
        ClientSession made = openSession(client, endpoint, pin, remaining(deadline));
        try {
            made.auth().verify(remaining(deadline));
            return made;
        } catch (IOException | RuntimeException e) {
            made.close(true);
            throw e;
        }
    }

    /** TCP connection and the beginning of the key exchange; the pin decides when the box shows its key. */
    static ClientSession openSession(SshClient client, HostEndpoint endpoint, HostKeyPin pin, Duration timeout)
            throws IOException {
        HostConfigEntry target = new HostConfigEntry("", endpoint.address(), endpoint.port(), endpoint.user(), null);
        ConnectFuture connecting = client.connect(target, pin.asConnectionContext(), null);
        try {
            return connecting.verify(timeout).getClientSession();
        } catch (IOException | RuntimeException e) {
            connecting.cancel();
            throw e;
        }
    }

    private static Duration remaining(long deadline) throws IOException {
        long nanos = deadline - System.nanoTime();
        if (nanos <= 0) {
            throw new IOException("It did not answer in time", new TimeoutException());
        }
        return Duration.ofNanos(nanos);
    }
}
