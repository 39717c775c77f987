package dev.croft.access.internal;

import dev.croft.access.Operator;
import dev.croft.access.Role;
import java.time.Instant;

/** A row of access_account without its password hash. */
record Account(long id, String username, String email, Role role, Instant createdAt) {

    Operator operator() {
        return new Operator(username, email, role);
    }
}
