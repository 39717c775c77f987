package dev.croft.operations;

/** An operation waits for its turn; published in the transaction that writes its row. The row is the truth, this only saves waiting. */
public record OperationQueued(Operation operation) {}
