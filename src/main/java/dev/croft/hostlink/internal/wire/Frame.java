package dev.croft.hostlink.internal.wire;

import dev.croft.hostlink.HostReply;
import dev.croft.kernel.Problem;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** One frame from a box, read. Source: docs/protocol.md §2. */
public sealed interface Frame {

    record Hello(int protocol, String hostd, String host, Set<String> capabilities) implements Frame {}

    /** Something said on the way. */
    record Reply(HostReply reply) implements Frame {}

    /** The end: what it carries depends on the request, see {@link FrameCodec#result}. */
    record Done(JsonNode result) implements Frame {}

    record Refused(Problem problem) implements Frame {}

    /** A type that this console does not know; to be ignored. */
    record Unknown(String type) implements Frame {}
}
