package dev.croft.access;

/**
 * The person (or token) that is acting.
 *
 * @param name sign-in name, also the author of the box's commits
 * @param email e-mail address, used as author e-mail; made from the name when the person has none
 * @param role what they may do
 */
public record Operator(String name, String email, Role role) {}
