package dev.croft.fleet;

/** A box is known from now on; published after its row was committed. */
public record HostEnrolled(Host host) {}
