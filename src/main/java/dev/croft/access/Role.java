package dev.croft.access;

/** What a person may do on the whole console. Each role may do what the ones before it may. */
public enum Role {
    VIEWER,
    OPERATOR,
    ADMIN
}
