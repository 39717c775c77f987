package dev.croft.access.internal;

import dev.croft.access.Attempts;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.stereotype.Component;

/** The signed-in person's password, typed once more; whoever guesses it from an open session is slowed down. */
@Component
class OwnPassword {

    private static final int MOST = 1024;

    private final AccountTable accounts;
    private final SecondFactors factors;
    private final PasswordEncoder passwords;
    private final Attempts attempts;

    OwnPassword(AccountTable accounts, SecondFactors factors, PasswordEncoder passwords, Attempts attempts) {
        this.accounts = accounts;
        this.factors = factors;
        this.passwords = passwords;
        this.attempts = attempts;
    }

    /** TOO_MANY_ATTEMPTS or SIGN_IN_FAILED unless it is the password. */
    void require(String name, SecretText typed) {
        require(name, isPassword(name, typed, counted(name)));
    }

    /** As {@link #require}, and what is shorter than any password may be a code of the authenticator app. */
    void requireOrCode(String name, SecretText typed) {
        String key = counted(name);
        require(name, isPassword(name, typed, key) || isCode(name, typed, key));
    }

    private String counted(String name) {
        String key = "password again " + name;
        attempts.require(key, "The password was not checked.");
        return key;
    }

    private boolean isPassword(String name, SecretText typed, String key) {
        boolean right = typed.reveal().length() <= MOST
                && passwords.matches(
                        typed.reveal(), accounts.passwordHash(name).orElse(PasswordHashes.UNKNOWN_ACCOUNT));
        if (right) {
            attempts.succeeded(key);
        }
        return right;
    }

    private boolean isCode(String name, SecretText typed, String key) {
        boolean right = typed.reveal().length() < PasswordRules.MIN
                && accounts.find(name)
                        .filter(account -> factors.use(account.id(), typed))
                        .isPresent();
        if (right) {
            attempts.succeeded(key);
        }
        return right;
    }

    private static void require(String name, boolean right) {
        if (!right) {
            throw Problem.of(
                            ProblemCode.SIGN_IN_FAILED,
                            "Nothing was done.",
                            "password: it is not that of " + name + ".",
                            "Type the password with which you sign in.")
                    .toException();
        }
    }
}
