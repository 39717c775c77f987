package dev.croft.access;

import java.time.Duration;

/** Slows down whoever guesses: a limited number of failures for each key (a name and an address, for example), refilled over time. */
public interface Attempts {

    boolean isExhausted(String key);

    void failed(String key);

    /** Forgets the failures of this key. */
    void succeeded(String key);

    /** How long until this key may try again. */
    Duration wait(String key);
}
