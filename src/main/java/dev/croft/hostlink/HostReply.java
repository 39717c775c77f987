package dev.croft.hostlink;

import dev.croft.kernel.OperationId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a box says before {@code done}. Source: docs/protocol.md §2. */
public sealed interface HostReply {

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

    /** Counts are derivations and bytes; null when not known. */
    record Progress(
            String cursor,
            Instant time,
            String phase,
            @Nullable Long done,
            @Nullable Long expected,
            @Nullable Long running,
            @Nullable Long failed,
            @Nullable Long bytesDone,
            @Nullable Long bytesExpected)
            implements HostReply {}
}
