package dev.croft.hostlink.internal.ssh;

import dev.croft.hostlink.HostCall;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.hostlink.HostLink;
import dev.croft.hostlink.HostReply;
import dev.croft.hostlink.internal.wire.Dialogue;
import dev.croft.hostlink.internal.wire.FrameCodec;
import dev.croft.kernel.Outgoing;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.keyverifier.RejectAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.channel.exception.SshChannelOpenException;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.apache.sshd.core.CoreModuleProperties;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The door to real boxes. */
final class SshHostLink implements HostLink, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SshHostLink.class);

    /** How much of an answer one channel may hold that nobody has read yet. */
    private static final long WINDOW_BYTES = 1024 * 1024;

    private final Path directory;
    private final String clientName;
    private final SshSettings settings;
    private final Outgoing outgoing;
    private final Clock clock;
    private final RandomGenerator random;
    private final FrameCodec codec = new FrameCodec();
    private final Map<HostEndpoint, Connection> connections = new ConcurrentHashMap<>();
    private final Object starting = new Object();
    private @Nullable ChannelKey key;
    private @Nullable SshClient client;
    private boolean closed;

    /** @param directory where the console's key is or will be made */
    SshHostLink(
            Path directory,
            String clientName,
            SshSettings settings,
            Outgoing outgoing,
            Clock clock,
            RandomGenerator random) {
        this.directory = directory;
        this.clientName = clientName;
        this.settings = settings;
        this.outgoing = outgoing;
        this.clock = clock;
        this.random = random;
    }

    /** Read or made when it is first asked for: the libraries behind it take their time, and the console's start should not wait. */
    private ChannelKey key() {
        synchronized (starting) {
            if (key == null) {
                key = ChannelKey.loadOrCreate(directory);
            }
            return key;
        }
    }

    private SshClient client(HostEndpoint endpoint) {
        if (!outgoing.allows(endpoint.address())) {
            throw SshProblems.notAllowedOut(endpoint).toException();
        }
        synchronized (starting) {
            if (closed) {
                throw SshProblems.disconnected(endpoint).toException();
            }
            if (client == null) {
                SshClient fresh = client(key(), settings);
                fresh.start();
                client = fresh;
            }
            return client;
        }
    }

    private static SshClient client(ChannelKey key, SshSettings settings) {
        SshClient client = SshClient.setUpDefaultClient();
        // Only our own key and only by public key: no agent, no files of the user's ~/.ssh, no passwords.
        client.setKeyIdentityProvider(KeyIdentityProvider.wrapKeyPairs(key.pair()));
        client.setUserAuthFactories(List.of(new UserAuthPublicKeyFactory(List.of(BuiltinSignatures.ed25519))));
        client.setAgentFactory(null);
        client.setHostConfigEntryResolver(HostConfigEntryResolver.EMPTY);

        // MINA's default accepts any host key. Each session gets its own pin before the key exchange; without one,
        // nothing passes.
        client.setServerKeyVerifier(RejectAllServerKeyVerifier.INSTANCE);
        client.addSessionListener(new SessionListener() {
            @Override
            public void sessionCreated(Session session) {
                if (session instanceof ClientSession clientSession
                        && clientSession.getConnectionContext() != null
                        && clientSession.getConnectionContext().getAttribute(HostKeyPin.ATTRIBUTE)
                                instanceof HostKeyPin pin) {
                    clientSession.setServerKeyVerifier(pin);
                    clientSession.setSignatureFactories(pin.algorithms());
                }
            }
        });

        // This request with a reply wanted is the one way to notice a frozen box; MINA's session heartbeat must stay
        // off beside it.
        CoreModuleProperties.HEARTBEAT_REQUEST.set(client, "keepalive@openssh.com");
        CoreModuleProperties.HEARTBEAT_INTERVAL.set(client, settings.keepAliveInterval());
        CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(client, settings.keepAliveMisses());
        CoreModuleProperties.IO_CONNECT_TIMEOUT.set(client, settings.connectTimeout());
        CoreModuleProperties.WINDOW_SIZE.set(client, WINDOW_BYTES);
        // Requests are small; without this each waits for the acknowledgement of the one before.
        CoreModuleProperties.TCP_NODELAY.set(client, true);
        // A connection that nobody uses stays, so that the next click is quick: the keep-alive decides about its end.
        CoreModuleProperties.IDLE_TIMEOUT.set(client, Duration.ZERO);
        return client;
    }

    @Override
    public <R> R call(HostEndpoint endpoint, HostCommand<R> command, Consumer<HostReply> onReply) {
        return run(endpoint, command, onReply, new Hold());
    }

    @Override
    public <R> R callAfresh(HostEndpoint endpoint, HostCommand<R> command) {
        requireFingerprint(endpoint);
        // A back-off of its own: that the shared connection fails right now must not keep this one from trying.
        Connection fresh = connectionTo(endpoint);
        try {
            return run(endpoint, fresh, command, reply -> {}, new Hold(), name -> {});
        } finally {
            fresh.abandon();
        }
    }

    @Override
    public String nameOf(HostEndpoint endpoint) {
        requireFingerprint(endpoint);
        AtomicReference<String> name = new AtomicReference<>("");
        // The cheapest question there is: no unit at all.
        run(endpoint, connection(endpoint), new HostCommand.Units(List.of()), reply -> {}, new Hold(), name::set);
        return name.get();
    }

    @Override
    public <R> HostCall<R> open(HostEndpoint endpoint, HostCommand<R> command, Consumer<HostReply> onReply) {
        Hold hold = new Hold();
        CompletableFuture<R> result = new CompletableFuture<>();
        Thread.ofVirtual().name("croft-call-" + codec.type(command)).start(() -> {
            try {
                result.complete(run(endpoint, command, onReply, hold));
            } catch (ProblemException e) {
                result.completeExceptionally(e);
            } catch (RuntimeException | Error e) {
                log.error("A listener failed while {} was answered", codec.type(command), e);
                result.completeExceptionally(new ProblemException(SshProblems.internal(e), e));
            }
        });
        return new HostCall<>() {
            @Override
            public CompletableFuture<R> result() {
                return result;
            }

            @Override
            public void close() {
                hold.close();
            }
        };
    }

    private <R> R run(HostEndpoint endpoint, HostCommand<R> command, Consumer<HostReply> onReply, Hold hold) {
        requireFingerprint(endpoint);
        return run(endpoint, connection(endpoint), command, onReply, hold, name -> {});
    }

    private static void requireFingerprint(HostEndpoint endpoint) {
        if (endpoint.fingerprint().isBlank()) {
            throw SshProblems.hostKeyUnknown(endpoint).toException();
        }
    }

    private <R> R run(
            HostEndpoint endpoint,
            Connection connection,
            HostCommand<R> command,
            Consumer<HostReply> onReply,
            Hold hold,
            Consumer<String> onHello) {
        boolean retried = false;
        while (true) {
            Connection.Lease lease = connection.lease();
            Dialogue<R> dialogue = new Dialogue<>(codec, clientName, command, onReply);
            ExecChannel channel = null;
            try {
                channel = ExecChannel.open(lease.session(), settings.connectTimeout());
                hold.take(channel);
                R result = dialogue.run(channel);
                String host = dialogue.host();
                if (host != null) {
                    onHello.accept(host);
                }
                return result;
            } catch (IOException e) {
                if (hold.isClosed() || e instanceof InterruptedIOException) {
                    throw new ProblemException(SshProblems.closedHere(), e);
                }
                // The connection was there already and had died unnoticed: the box has not seen the request, so ask
                // again.
                boolean stale = !lease.fresh() && !lease.session().isOpen() && !dialogue.requested();
                if (!stale || retried) {
                    throw new ProblemException(problem(endpoint, lease, dialogue, channel, e), e);
                }
                retried = true;
            } finally {
                if (dialogue.requested()) {
                    connection.answered();
                }
                if (channel != null) {
                    channel.close();
                }
            }
        }
    }

    private static Problem problem(
            HostEndpoint endpoint,
            Connection.Lease lease,
            Dialogue<?> dialogue,
            @Nullable ExecChannel channel,
            IOException failure) {
        if (channel == null) {
            return failure instanceof SshChannelOpenException
                    ? SshProblems.channelRefused(endpoint, failure)
                    : SshProblems.unreachable(endpoint, failure);
        }
        if (dialogue.requested()) {
            return SshProblems.linkLost(endpoint, lease.session().isOpen() ? null : failure, channel.diagnostics());
        }
        if (failure instanceof ExecChannel.HelloTimeout) {
            return SshProblems.helloTimeout(endpoint);
        }
        return lease.session().isOpen()
                ? SshProblems.silent(endpoint, channel.exitStatus(), channel.diagnostics())
                : SshProblems.unreachable(endpoint, failure);
    }

    private Connection connection(HostEndpoint endpoint) {
        Connection known = connections.get(endpoint);
        return known == null ? connections.computeIfAbsent(endpoint, this::connectionTo) : known;
    }

    /** A connection that nobody shares yet, and that is not made before it is needed. */
    private Connection connectionTo(HostEndpoint endpoint) {
        return new Connection(
                endpoint,
                client(endpoint),
                publicKey(),
                settings,
                clock,
                new BackOff(settings.firstBackOff(), settings.longestBackOff(), random));
    }

    @Override
    public String fingerprintOf(String address, int port) {
        HostKeyPin pin = HostKeyPin.lookOnly();
        HostEndpoint anybody = new HostEndpoint(address, port, "croft-host", "");
        SshClient started = client(anybody);
        try {
            ClientSession session = Connection.openSession(started, anybody, pin, settings.connectTimeout());
            try {
                // The refusal of the key closes the session; a box that shows none runs into the time-out.
                session.waitFor(
                        List.of(ClientSession.ClientSessionEvent.CLOSED, ClientSession.ClientSessionEvent.WAIT_AUTH),
                        settings.connectTimeout());
            } finally {
                session.close(true);
            }
            String shown = pin.shown();
            if (shown == null) {
                throw new IOException("It showed no host key that this console understands");
            }
            return shown;
        } catch (InterruptedIOException e) {
            throw new ProblemException(SshProblems.closedHere(), e);
        } catch (IOException | RuntimeException e) {
            String shown = pin.shown();
            if (shown != null) {
                return shown;
            }
            throw new ProblemException(SshProblems.unreachable(anybody, e), e);
        }
    }

    @Override
    public void disconnect(HostEndpoint endpoint) {
        Connection connection = connections.remove(endpoint);
        if (connection != null) {
            connection.abandon();
        }
    }

    @Override
    public String publicKey() {
        return key().publicLine();
    }

    @Override
    public void close() {
        SshClient started;
        synchronized (starting) {
            closed = true;
            started = client;
            client = null;
        }
        if (started != null) {
            // First, because it ends tries to connect that disconnecting would wait for.
            started.stop();
        }
        connections.keySet().forEach(this::disconnect);
    }

    /** What a caller holds of a call under way: the channel, as soon as there is one. */
    private static final class Hold implements AutoCloseable {

        private final AtomicReference<@Nullable ExecChannel> channel = new AtomicReference<>();
        private volatile boolean closed;

        void take(ExecChannel opened) throws IOException {
            channel.set(opened);
            if (closed) {
                throw new IOException("closed before it began");
            }
        }

        boolean isClosed() {
            return closed;
        }

        @Override
        public void close() {
            closed = true;
            ExecChannel opened = channel.get();
            if (opened != null) {
                opened.close();
            }
        }
    }
}
