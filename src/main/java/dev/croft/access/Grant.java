package dev.croft.access;

import java.io.Serializable;
import java.util.Comparator;

/** A role, and for what it is held. */
public record Grant(Role role, Scope scope) implements Comparable<Grant>, Serializable {

    private static final Comparator<Grant> ORDER =
            Comparator.comparing(Grant::scope).thenComparing(Grant::role, Comparator.reverseOrder());

    @Override
    public int compareTo(Grant other) {
        return ORDER.compare(this, other);
    }
}
