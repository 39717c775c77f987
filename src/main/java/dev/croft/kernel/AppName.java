package dev.croft.kernel;

import java.io.Serializable;
import java.util.regex.Pattern;

/** Name of an app: the key of state.json and part of its unit, user and directory names. */
public record AppName(String value) implements Comparable<AppName>, Serializable {

    private static final Pattern SYNTAX = Pattern.compile("[a-z][a-z0-9-]{0,30}");

    public AppName {
        if (!SYNTAX.matcher(value).matches()) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The app name was not accepted.",
                            "A name starts with a lower-case letter and has at most 31 lower-case letters, digits and hyphens.",
                            "Choose a name such as \"blog\" or \"my-shop\".")
                    .toException();
        }
    }

    @Override
    public int compareTo(AppName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
