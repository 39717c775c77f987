package dev.croft.access.internal;

import com.nulabinc.zxcvbn.Zxcvbn;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What a password has to be: long, and nothing that is tried early. How early is estimated by zxcvbn, which has the 30,000 commonest of
 * the passwords that got known, words, names, keyboards and dates, and looks for what is made of them. It asks nobody outside. No kinds
 * of characters are asked for.
 */
final class PasswordRules {

    static final int MIN = 12;
    static final int MAX = 256;

    /** Somebody who has the hash needs years for so many; below that zxcvbn speaks of a password that is weak. */
    static final double GUESSES = 1e8;

    /** What somebody tries first who knows whose console it is; docs/security.md names them. */
    static final List<String> OUR_WORDS = List.of("croft", "nixos", "console", "administrator", "admin", "password");

    /** What has to be left without those words and the user's own name. */
    private static final int LEFT = 8;

    /** Looking for patterns takes seconds in a long text. What is hard to guess from its beginning is hard to guess. */
    private static final int LOOKED_AT = 40;

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
        if (isEasy(username, password)) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The password was not accepted.",
                            "password: it is too easy to guess.",
                            "Choose a few unrelated words.")
                    .toException();
        }
    }

    private static boolean isEasy(String username, String password) {
        List<String> known = Stream.concat(
                        Stream.of(username.toLowerCase(Locale.ROOT)).filter(name -> name.length() > 2),
                        OUR_WORDS.stream())
                .toList();
        String left = password.toLowerCase(Locale.ROOT);
        for (String word : known) {
            left = left.replace(word, "");
        }
        if (left.length() < password.length()
                && left.codePoints().filter(Character::isLetterOrDigit).count() < LEFT) {
            return true;
        }
        String beginning = password.substring(
                0, password.offsetByCodePoints(0, Math.min(LOOKED_AT, password.codePointCount(0, password.length()))));
        // Made anew each time: its dictionaries take some megabytes, and passwords are chosen once a year.
        return new Zxcvbn().measure(beginning, known).getGuesses() < GUESSES;
    }
}
