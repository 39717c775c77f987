package dev.croft.operations.internal;

import dev.croft.operations.Operation;

/** A row was written; after the commit it wakes the worker. The row is the truth, this only saves waiting. */
record OperationQueued(Operation operation) {}
