package dev.croft.operations;

/** An operation has reached a final state; published after the row was committed. */
public record OperationFinished(Operation operation) {}
