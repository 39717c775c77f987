package dev.croft.operations;

/**
 * An operation has reached a final state; published after the row was committed, and once more by the next process when one is killed
 * meanwhile: whoever keeps something looks whether it has it.
 */
public record OperationFinished(Operation operation) {}
