package dev.croft.hostlink.internal.wire;

import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Cuts a stream of bytes into lines. Holds at most one line, and never more than the limit: a peer that sends no line end cannot
 * fill the memory.
 */
public final class FrameReader {

    private static final int FIRST_CAPACITY = 4096;

    private final int limit;
    private byte[] pending = new byte[0];
    private int length;

    /** @param limit the longest frame to take, line end included */
    public FrameReader(int limit) {
        this.limit = limit;
    }

    /** Takes the next bytes and hands over every line that they complete, without its line end. */
    public void feed(byte[] bytes, int offset, int count, Consumer<byte[]> onLine) {
        int start = offset;
        int end = offset + count;
        for (int i = offset; i < end; i++) {
            if (bytes[i] == '\n') {
                onLine.accept(takeLine(bytes, start, i - start));
                start = i + 1;
            }
        }
        keep(bytes, start, end - start);
    }

    /** To be called at the end of the stream. */
    public void end() {
        if (length > 0) {
            throw ProtocolProblems.notUnderstood(
                    "The last frame was torn: " + length + " bytes came without a line end.");
        }
    }

    private byte[] takeLine(byte[] bytes, int start, int count) {
        checkLimit(count + 1);
        byte[] line;
        if (length == 0) {
            line = Arrays.copyOfRange(bytes, start, start + count);
        } else {
            line = Arrays.copyOf(pending, length + count);
            System.arraycopy(bytes, start, line, length, count);
            length = 0;
            pending = new byte[0];
        }
        return line;
    }

    private void keep(byte[] bytes, int start, int count) {
        if (count == 0) {
            return;
        }
        // A line end has still to come, so a full buffer is already one byte too long.
        checkLimit(count + 1);
        if (pending.length < length + count) {
            int wanted = Math.max(Math.max(pending.length * 2, length + count), FIRST_CAPACITY);
            pending = Arrays.copyOf(pending, Math.min(wanted, limit));
        }
        System.arraycopy(bytes, start, pending, length, count);
        length += count;
    }

    private void checkLimit(int more) {
        if (length + more > limit) {
            throw ProtocolProblems.notUnderstood("A frame was longer than " + limit + " bytes.");
        }
    }
}
