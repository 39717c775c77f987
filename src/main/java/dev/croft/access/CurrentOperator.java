package dev.croft.access;

/** Who is acting on this thread. */
public interface CurrentOperator {

    /** The signed-in person or token; a {@code NOT_ALLOWED} problem when nobody is signed in. */
    Operator get();
}
