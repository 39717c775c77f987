package dev.croft.access.internal;

import dev.croft.access.Grants;
import dev.croft.access.Operator;
import java.time.Instant;

/** A row of access_account with its grants, without its password hash. */
record Account(long id, String username, String email, Grants grants, Instant createdAt) {

    Operator operator() {
        return new Operator(username, email, grants);
    }
}
