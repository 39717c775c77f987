package dev.croft.access;

/**
 * The person (or token) that is acting.
 *
 * @param name sign-in name, also the author of the box's commits
 * @param email e-mail address, used as author e-mail; made from the name when the person has none
 * @param grants what they may do now
 */
public record Operator(String name, String email, Grants grants) {

    /** Somebody who holds this role everywhere. */
    public Operator(String name, String email, Role role) {
        this(name, email, Grants.everywhere(role));
    }

    /** Whether they hold the role, or one above it, for all of that scope. */
    public boolean may(Role role, Scope scope) {
        return grants.allows(role, scope);
    }
}
