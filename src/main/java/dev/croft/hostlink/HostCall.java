package dev.croft.hostlink;

import java.util.concurrent.CompletableFuture;

/** A command under way. */
public interface HostCall<R> extends AutoCloseable {

    /** Completes with the result of {@code done}, or exceptionally with a {@code ProblemException}. */
    CompletableFuture<R> result();

    /** Ends the channel; a result that is still open becomes CANCELLED. Safe to repeat. */
    @Override
    void close();
}
