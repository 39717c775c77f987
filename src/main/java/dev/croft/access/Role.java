package dev.croft.access;

/** What a person may do within a {@link Scope}. Each role may do what the ones before it may. */
public enum Role {
    VIEWER,
    OPERATOR,
    ADMIN
}
