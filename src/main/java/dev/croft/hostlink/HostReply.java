package dev.croft.hostlink;

import dev.croft.kernel.OperationId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a box says before {@code done}. Source: docs/protocol.md §2. */
public sealed interface HostReply
        permits HostReply.Accepted,
                HostReply.Line,
                HostReply.Progress,
                HostReply.Step,
                HostReply.Chunk,
                HostReply.Skipped,
                Measurement {

    record Accepted(OperationId operation) implements HostReply {}

    /** One line of a log. {@code stream} is op, build, activate or null for an ordinary journal; priority 0 (emergency) to 7 (debug). */
    record Line(
            String cursor,
            Instant time,
            int priority,
            @Nullable String unit,
            @Nullable String stream,
            @Nullable String derivation,
            String text)
            implements HostReply {}

    /** Counts are derivations and bytes; null when not known. {@code secondsLeft}: time to confirm, in the phase confirm. */
    record Progress(
            String cursor,
            Instant time,
            String phase,
            @Nullable Long done,
            @Nullable Long expected,
            @Nullable Long running,
            @Nullable Long failed,
            @Nullable Long bytesDone,
            @Nullable Long bytesExpected,
            @Nullable Integer secondsLeft)
            implements HostReply {}

    /**
     * One thing that Nix does: a build, a download, a copy. Told again with the same id whenever its state changes.
     *
     * @param kind build, fetch or copy
     * @param path derivation or store path
     * @param state running, done or failed
     * @param inputs ids of the steps whose outputs it needs
     */
    record Step(
            String cursor,
            Instant time,
            long id,
            String kind,
            String name,
            String path,
            String state,
            List<Long> inputs,
            @Nullable Long bytesDone,
            @Nullable Long bytesExpected)
            implements HostReply {}

    /**
     * Lines that the box left out where this stands.
     *
     * @param why unreadable: entries that are broken or too long to be read
     */
    record Skipped(int lines, String why) implements HostReply {}

    /** A part of a file, in order. */
    record Chunk(byte[] data) implements HostReply {}
}
