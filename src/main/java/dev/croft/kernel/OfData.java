package dev.croft.kernel;

/** An argument of a use case that may bring older data back in the place of what there is: not to be done from a session that was left open. */
public interface OfData {

    /** Whether it does. */
    boolean data();
}
