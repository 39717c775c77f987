package dev.croft.kernel;

/** An argument of a use case that says itself what the audit may tell of it: what was done, and no value that could be a secret. */
public interface Told {

    String told();
}
