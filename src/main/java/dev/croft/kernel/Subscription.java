package dev.croft.kernel;

/** A running delivery of facts to a listener; closing it stops the delivery and is safe to repeat. */
@FunctionalInterface
public interface Subscription extends AutoCloseable {

    @Override
    void close();
}
