package dev.croft.hostlink.internal.ssh;

import dev.croft.hostlink.internal.wire.FrameChannel;
import dev.croft.hostlink.internal.wire.FrameCodec;
import dev.croft.hostlink.internal.wire.FrameReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.Queue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.channel.StreamingChannel;
import org.apache.sshd.common.io.IoInputStream;
import org.apache.sshd.common.io.IoReadFuture;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One SSH channel that carries frames. The thread that calls {@link #receive} pulls the bytes: as long as it does not, the channel's
 * window stays shut and the box has to wait, so a slow reader costs one window of memory and slows no other channel.
 */
final class ExecChannel implements FrameChannel, AutoCloseable {

    /** What the box runs whatever is asked for; the word only helps who reads the box's SSH log. */
    private static final String COMMAND = "croft-host";

    private static final int READ_SIZE = 64 * 1024;
    private static final int MAX_DIAGNOSTICS = 4096;

    private final ChannelExec channel;
    private final FrameReader frames = new FrameReader(FrameCodec.MAX_RECEIVED);
    private final Queue<byte[]> ready = new ArrayDeque<>();
    private final ByteArrayBuffer buffer = new ByteArrayBuffer(READ_SIZE, false);
    private final StringBuffer diagnostics = new StringBuffer();

    /** Released when a read has an outcome and when the channel has closed. */
    private final Semaphore wakeUps = new Semaphore(0);

    private volatile boolean closed;

    private ExecChannel(ChannelExec channel) {
        this.channel = channel;
    }

    static ExecChannel open(ClientSession session, Duration timeout) throws IOException {
        ChannelExec channel = session.createExecChannel(COMMAND);
        channel.setStreaming(StreamingChannel.Streaming.Async);
        ExecChannel opened = new ExecChannel(channel);
        channel.addCloseFutureListener(closed -> {
            opened.closed = true;
            opened.wakeUps.release();
        });
        try {
            channel.open().verify(timeout);
        } catch (IOException | RuntimeException e) {
            channel.close(true);
            throw e;
        }
        opened.collectDiagnostics(channel.getAsyncErr(), new ByteArrayBuffer(MAX_DIAGNOSTICS, false));
        return opened;
    }

    @Override
    public void send(byte[] frame) throws IOException {
        // Waits for the box to take it all; keep-alive ends the wait when the box is gone.
        channel.getAsyncIn().writeBuffer(new ByteArrayBuffer(frame)).verify();
    }

    @Override
    public byte[] receive(Duration patience) throws IOException {
        while (ready.isEmpty()) {
            int count = read(patience);
            if (count < 0) {
                frames.end();
                throw new EOFException("The channel was closed.");
            }
            frames.feed(buffer.array(), buffer.rpos(), count, ready::add);
        }
        return ready.remove();
    }

    /** Fills the buffer; the number of bytes read, or -1 at the end. */
    private int read(Duration patience) throws IOException {
        buffer.clear(false);
        wakeUps.drainPermits();
        IoReadFuture outcome = channel.getAsyncOut().read(buffer);
        outcome.addListener(done -> wakeUps.release());
        long deadline = System.nanoTime() + patience.toNanos();
        // A read that was begun at the moment of closing may never get an outcome, hence the look at closed.
        while (!outcome.isDone() && !closed) {
            await(patience, deadline);
        }
        return outcome.isDone() ? outcome.getRead() : -1;
    }

    private void await(Duration patience, long deadline) throws IOException {
        try {
            if (patience.isZero()) {
                wakeUps.acquire();
            } else if (!wakeUps.tryAcquire(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                throw new HelloTimeout();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted while waiting for the box").initCause(e);
        }
    }

    /** Nothing came within the patience that was given. */
    static final class HelloTimeout extends IOException {

        private HelloTimeout() {
            super("no frame in time");
        }
    }

    /** What the box's SSH server wrote to stderr, the beginning of it. */
    String diagnostics() {
        return diagnostics.toString();
    }

    /** The relay's exit status; null when it is not known. */
    @Nullable
    Integer exitStatus() {
        channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED, ClientChannelEvent.EXIT_STATUS), Duration.ofSeconds(1));
        return channel.getExitStatus();
    }

    /**
     * Ends the channel. Not at once but in order: only then does the SSH server of the box close the relay's input, by which it
     * and the instance behind it notice that nobody listens any more.
     */
    @Override
    public void close() {
        channel.close(false);
    }

    /** Keeps the beginning and throws the rest away: an unread stderr would shut the window for stdout as well. */
    private void collectDiagnostics(IoInputStream stderr, ByteArrayBuffer into) {
        stderr.read(into).addListener(outcome -> {
            if (outcome.getException() != null || outcome.getRead() <= 0) {
                return;
            }
            int room = MAX_DIAGNOSTICS - diagnostics.length();
            String text = new String(into.array(), into.rpos(), outcome.getRead(), StandardCharsets.UTF_8);
            diagnostics.append(text, 0, Math.min(room, text.length()));
            into.clear(false);
            collectDiagnostics(stderr, into);
        });
    }
}
