package dev.croft.ui.support;

import java.util.Locale;

/** How a state feels. Never the only carrier: words always say the same. */
public enum Tone {
    OK,
    BUSY,
    WARN,
    BAD,
    IDLE;

    public String attribute() {
        return name().toLowerCase(Locale.ROOT);
    }
}
