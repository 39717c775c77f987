package dev.croft.kernel;

import org.jspecify.annotations.Nullable;

/**
 * What went wrong, in words for the person who has to act.
 *
 * @param code which of the known problems this is
 * @param what what did not happen
 * @param why the cause, as far as it is known
 * @param next what to do now
 * @param detail a log or other text to look at, at most 64 KiB; null when there is none
 */
public record Problem(
        ProblemCode code,
        String what,
        String why,
        String next,
        @Nullable String detail) {

    public static Problem of(ProblemCode code, String what, String why, String next) {
        return new Problem(code, what, why, next, null);
    }

    public Problem withDetail(@Nullable String text) {
        return new Problem(code, what, why, next, text);
    }

    public ProblemException toException() {
        return new ProblemException(this);
    }
}
