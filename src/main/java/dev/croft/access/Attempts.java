package dev.croft.access;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.time.Duration;

/** Slows down whoever guesses: a limited number of failures for each key (a name and an address, for example), refilled over time. */
public interface Attempts {

    /**
     * Asked before anything is looked at, and counted as a failure until it is told otherwise: of many that come at the same moment, no
     * more get through than of those that come one after another. False: this key has to wait.
     */
    boolean take(String key);

    /**
     * As {@link #take}; TOO_MANY_ATTEMPTS when this key has to wait.
     *
     * @param what was not done: "The password was not checked."
     */
    default void require(String key, String what) {
        if (!take(key)) {
            throw Problem.of(
                            ProblemCode.TOO_MANY_ATTEMPTS,
                            what,
                            "There were too many wrong attempts; the next is possible in "
                                    + Math.max(1, wait(key).toSeconds()) + " seconds.",
                            "Wait, then try again.")
                    .toException();
        }
    }

    /** It was none: forgets the failures of this key. */
    void succeeded(String key);

    /** How long until this key may try again. */
    Duration wait(String key);
}
