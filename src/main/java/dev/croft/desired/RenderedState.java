package dev.croft.desired;

/**
 * Canonical bytes of a state: sorted keys, two-space indent, newline at the end.
 *
 * @param text the file's text
 * @param digest SHA-256 of its UTF-8 bytes, lower-case hex
 */
public record RenderedState(String text, String digest) {}
