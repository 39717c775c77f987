package dev.croft.kernel;

import java.util.regex.Pattern;

/** Identity of an operation: a ULID in lower case, so ids sort by the time they were made and fit a unit name. */
public record OperationId(String value) implements Comparable<OperationId> {

    private static final Pattern SYNTAX = Pattern.compile("[0-9a-z]{26}");

    public OperationId {
        if (!SYNTAX.matcher(value).matches()) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The operation id was not accepted.",
                            "An operation id has 26 lower-case letters and digits.",
                            "Copy the id from the Activity page or from the answer of the API.")
                    .toException();
        }
    }

    @Override
    public int compareTo(OperationId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
