package dev.croft.operations;

import dev.croft.hostlink.HostReply;

/** What a follower sees, in order: every line and progress once, and each change of the row. */
public sealed interface OperationEvent {

    /** @param sequence position in this operation's events, from 1 */
    record Line(long sequence, HostReply.Line line) implements OperationEvent {}

    record Progress(long sequence, HostReply.Progress progress) implements OperationEvent {}

    /** A build, download or copy, told again whenever its state changes. */
    record Step(long sequence, HostReply.Step step) implements OperationEvent {}

    record Changed(Operation operation) implements OperationEvent {}
}
