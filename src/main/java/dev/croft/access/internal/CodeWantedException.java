package dev.croft.access.internal;

import java.io.Serial;
import org.springframework.security.core.AuthenticationException;

/** The password was right; a code of the authenticator app is wanted as well. */
final class CodeWantedException extends AuthenticationException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final long account;

    CodeWantedException(long account) {
        super("A code is wanted as well.");
        this.account = account;
    }

    long account() {
        return account;
    }
}
