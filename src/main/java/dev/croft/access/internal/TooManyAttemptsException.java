package dev.croft.access.internal;

import java.io.Serial;
import java.time.Duration;
import org.springframework.security.core.AuthenticationException;

/** The password was not even looked at. */
final class TooManyAttemptsException extends AuthenticationException {

    @Serial
    private static final long serialVersionUID = 1L;

    TooManyAttemptsException(Duration wait) {
        super("Too many failed sign-ins; the next attempt is possible in " + Math.max(1, wait.toSeconds()) + " s.");
    }
}
