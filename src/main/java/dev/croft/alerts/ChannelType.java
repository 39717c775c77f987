package dev.croft.alerts;

import java.util.List;
import java.util.Locale;

/** How people are told, and what has to be known for that. */
public enum ChannelType {
    /** {@code security}: starttls, tls or none. {@code to}: addresses, separated by commas. The secret is the password. */
    EMAIL(List.of("server", "port", "security", "from", "to"), List.of("user")),
    /** The secret is the key of the signature. */
    WEBHOOK(List.of("url"), List.of()),
    /** The secret is an access token. */
    NTFY(List.of("server", "topic"), List.of()),
    /** {@code room}: its id, which begins with "!". The secret is an access token. */
    MATRIX(List.of("server", "room"), List.of());

    /** Where people find the console, for the links in messages; of every channel. */
    public static final String CONSOLE = "console";

    private final List<String> needed;
    private final List<String> optional;

    ChannelType(List<String> needed, List<String> optional) {
        this.needed = needed;
        this.optional = optional;
    }

    public List<String> needed() {
        return needed;
    }

    public List<String> optional() {
        return optional;
    }

    /** Whether it is of no use without a secret. */
    public boolean needsSecret() {
        return this == MATRIX;
    }

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
