package dev.croft.fleet;

/** A box answers again after it did not, or for the first time since the console started. */
public record HostCameBack(Host host) {}
