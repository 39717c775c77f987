package dev.croft.kernel;

import java.io.Serializable;
import java.util.regex.Pattern;

/** Name of a box: how people, the API and its own flake call it. */
public record HostName(String value) implements Comparable<HostName>, Serializable {

    private static final Pattern SYNTAX = Pattern.compile("[a-z][a-z0-9-]{0,30}");

    public HostName {
        if (!SYNTAX.matcher(value).matches()) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The host name was not accepted.",
                            "A name starts with a lower-case letter and has at most 31 lower-case letters, digits and hyphens.",
                            "Choose a name such as \"attic\" or \"web-1\".")
                    .toException();
        }
    }

    @Override
    public int compareTo(HostName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
