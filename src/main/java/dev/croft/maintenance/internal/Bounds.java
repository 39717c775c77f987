package dev.croft.maintenance.internal;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;

/** Refusals of what people ask for; the box checks again. */
final class Bounds {

    private Bounds() {}

    static void require(boolean holds, String what, String why) {
        if (!holds) {
            throw Problem.of(ProblemCode.INVALID_INPUT, what, why, "Correct it and try again.")
                    .toException();
        }
    }

    static void requireGeneration(String field, int number, String what) {
        require(number >= 1, what, field + ": generations are numbered from 1.");
    }
}
