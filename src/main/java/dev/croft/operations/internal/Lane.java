package dev.croft.operations.internal;

import dev.croft.operations.Operation.Kind;
import java.util.Arrays;
import java.util.stream.Collectors;

/** What is done one after the other on a box. A backup that takes hours does not hold up a deployment. */
enum Lane {
    CHANGES,
    BESIDE;

    static Lane of(Kind kind) {
        return kind.isBeside() ? BESIDE : CHANGES;
    }

    /** The kinds in it, as a list of SQL. */
    String kinds() {
        return Arrays.stream(Kind.values())
                .filter(kind -> of(kind) == this)
                .map(kind -> "'" + kind.name() + "'")
                .collect(Collectors.joining(", ", "(", ")"));
    }
}
