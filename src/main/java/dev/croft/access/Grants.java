package dev.croft.access;

import java.io.Serializable;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * All that somebody may do. A role that is held for a scope is held for all that lies in it; nothing takes away what another grant
 * gives.
 *
 * @param all widest first, without those that another one covers
 */
public record Grants(List<Grant> all) implements Serializable {

    public static final Grants NONE = new Grants(List.of());

    public Grants {
        List<Grant> given = List.copyOf(all);
        all = given.stream()
                .distinct()
                .filter(grant -> given.stream()
                        .noneMatch(other -> !other.equals(grant)
                                && other.scope().covers(grant.scope())
                                && other.role().compareTo(grant.role()) >= 0))
                .sorted()
                .toList();
    }

    public static Grants of(Grant... grants) {
        return new Grants(List.of(grants));
    }

    public static Grants of(Collection<Grant> grants) {
        return new Grants(List.copyOf(grants));
    }

    public static Grants of(Role role, Scope scope) {
        return of(new Grant(role, scope));
    }

    public static Grants everywhere(Role role) {
        return of(role, Scope.EVERYWHERE);
    }

    /** Whether the role, or one above it, is held for all of that scope. */
    public boolean allows(Role role, Scope scope) {
        return all.stream()
                .anyMatch(grant ->
                        grant.role().compareTo(role) >= 0 && grant.scope().covers(scope));
    }

    /** Whether the role, or one above it, is held for this scope, or for anything that lies in it. */
    public boolean allowsWithin(Role role, Scope scope) {
        return all.stream()
                .anyMatch(grant -> grant.role().compareTo(role) >= 0
                        && (grant.scope().covers(scope) || scope.covers(grant.scope())));
    }

    /** The role that is held for all of that scope. */
    public Optional<Role> role(Scope scope) {
        return all.stream()
                .filter(grant -> grant.scope().covers(scope))
                .map(Grant::role)
                .max(Role::compareTo);
    }

    /** The highest role that is held for anything. */
    public Optional<Role> highest() {
        return all.stream().map(Grant::role).max(Role::compareTo);
    }

    /** What both allow: in each scope the lower of the two roles. */
    public Grants limitedTo(Grants other) {
        return of(all.stream()
                .flatMap(mine -> other.all.stream()
                        .filter(theirs -> mine.scope().covers(theirs.scope())
                                || theirs.scope().covers(mine.scope()))
                        .map(theirs -> new Grant(
                                mine.role().compareTo(theirs.role()) < 0 ? mine.role() : theirs.role(),
                                mine.scope().covers(theirs.scope()) ? theirs.scope() : mine.scope())))
                .toList());
    }

    public boolean isEmpty() {
        return all.isEmpty();
    }
}
