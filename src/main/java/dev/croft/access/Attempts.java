package dev.croft.access;

import java.time.Duration;

/** Slows down whoever guesses: a limited number of failures for each key (a name and an address, for example), refilled over time. */
public interface Attempts {

    /**
     * Asked before anything is looked at, and counted as a failure until it is told otherwise: of many that come at the same moment, no
     * more get through than of those that come one after another. False: this key has to wait.
     */
    boolean take(String key);

    /** It was none: forgets the failures of this key. */
    void succeeded(String key);

    /** How long until this key may try again. */
    Duration wait(String key);
}
