package dev.croft.access.internal;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;

/** What a password has to be. */
final class PasswordRules {

    static final int MIN = 12;
    static final int MAX = 256;

    private PasswordRules() {}

    static void require(String username, String password) {
        int length = password.codePointCount(0, password.length());
        if (length < MIN || length > MAX) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The password was not accepted.",
                            "password: it needs " + MIN + " to " + MAX + " characters.",
                            "Choose a longer one: a few unrelated words are easy to remember and hard to guess.")
                    .toException();
        }
        if (password.isBlank() || password.chars().distinct().count() < 4 || password.equalsIgnoreCase(username)) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The password was not accepted.",
                            "password: it is too easy to guess.",
                            "Choose a few unrelated words.")
                    .toException();
        }
    }
}
