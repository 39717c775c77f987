package dev.croft.access.internal;

import dev.croft.access.Accounts;
import dev.croft.access.Attempts;
import dev.croft.access.CurrentOperator;
import dev.croft.access.Operator;
import dev.croft.access.OperatorPaths;
import dev.croft.access.Role;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.stereotype.Service;

/** Accounts of this console's own database. */
@Service
class LocalAccounts implements Accounts {

    private static final Pattern USERNAME = Pattern.compile("[a-z][a-z0-9._-]{0,31}");
    private static final int PASSWORD_MIN = 12;
    private static final int PASSWORD_MAX = 256;

    private final AccountTable accounts;
    private final PasswordEncoder passwords;
    private final Attempts attempts;
    private final CurrentOperator current;
    private final OperatorPaths paths;
    private final AccessProperties properties;
    private final Clock clock;
    /** When who typed the password again in which session. */
    private final Map<Confirmed, Instant> confirmed = new ConcurrentHashMap<>();
    /** Two people with the claim at the same moment must not become two first administrators. */
    private final ReentrantLock first = new ReentrantLock();

    private record Confirmed(String name, String session) {}

    LocalAccounts(
            AccountTable accounts,
            PasswordEncoder passwords,
            Attempts attempts,
            CurrentOperator current,
            OperatorPaths paths,
            AccessProperties properties,
            Clock clock) {
        this.accounts = accounts;
        this.passwords = passwords;
        this.attempts = attempts;
        this.current = current;
        this.paths = paths;
        this.properties = properties;
        this.clock = clock;
    }

    @Override
    public boolean isEmpty() {
        return accounts.isEmpty();
    }

    @Override
    public Operator createFirstAdministrator(String username, SecretText password) {
        requireUsername(username);
        requirePassword(username, password.reveal());
        String hash = passwords.encode(password.reveal());
        first.lock();
        try {
            if (!accounts.isEmpty()) {
                throw Problem.of(
                                ProblemCode.ALREADY_SET_UP,
                                "No account was made.",
                                "This console already has its first administrator.",
                                "Sign in with that account.")
                        .toException();
            }
            accounts.insert(username, username + "@croft.invalid", Role.ADMIN, hash, clock.instant());
            return accounts.find(username).orElseThrow().operator();
        } finally {
            first.unlock();
        }
    }

    @Override
    public List<Operator> list() {
        return accounts.all().stream().map(Account::operator).toList();
    }

    @Override
    public void confirmPassword(SecretText password) {
        String name = current.get().name();
        String key = "password again " + name;
        if (attempts.isExhausted(key)) {
            throw Problem.of(
                            ProblemCode.TOO_MANY_ATTEMPTS,
                            "The password was not checked.",
                            "Too many wrong ones were tried; the next is possible in "
                                    + Math.max(1, attempts.wait(key).toSeconds()) + " seconds.",
                            "Wait, then type it again.")
                    .toException();
        }
        String typed = password.reveal();
        boolean right = typed.length() <= 1024
                && passwords.matches(typed, accounts.passwordHash(name).orElse(PasswordHashes.UNKNOWN_ACCOUNT));
        if (!right) {
            attempts.failed(key);
            throw Problem.of(
                            ProblemCode.SIGN_IN_FAILED,
                            "Nothing was done.",
                            "password: it is not that of " + name + ".",
                            "Type the password with which you sign in.")
                    .toException();
        }
        attempts.succeeded(key);
        Instant now = clock.instant();
        confirmed.values().removeIf(when -> isOver(when, now));
        confirmed.put(here(), now);
    }

    @Override
    public void requireConfirmed() {
        Instant when = confirmed.get(here());
        if (when == null || isOver(when, clock.instant())) {
            throw Problem.of(
                            ProblemCode.PASSWORD_NEEDED,
                            "Nothing was done.",
                            "A session that was left open is not enough for this.",
                            "Type your password again; it is good for "
                                    + properties.passwordAgain().toMinutes() + " minutes.")
                    .toException();
        }
    }

    private boolean isOver(Instant when, Instant now) {
        return when.plus(properties.passwordAgain()).isBefore(now);
    }

    private Confirmed here() {
        return new Confirmed(current.get().name(), paths.currentSession());
    }

    private static void requireUsername(String username) {
        if (!USERNAME.matcher(username).matches()) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The user name was not accepted.",
                            "username: it starts with a lower-case letter and has at most 32 lower-case letters, digits, dots,"
                                    + " underscores and hyphens.",
                            "Choose a name such as \"anna\".")
                    .toException();
        }
    }

    private static void requirePassword(String username, String password) {
        int length = password.codePointCount(0, password.length());
        if (length < PASSWORD_MIN || length > PASSWORD_MAX) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The password was not accepted.",
                            "password: it needs " + PASSWORD_MIN + " to " + PASSWORD_MAX + " characters.",
                            "Choose a longer one: a few unrelated words are easy to remember and hard to guess.")
                    .toException();
        }
        if (password.isBlank() || password.chars().distinct().count() < 4 || password.equalsIgnoreCase(username)) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The password was not accepted.",
                            "password: it is too easy to guess.",
                            "Choose a few unrelated words.")
                    .toException();
        }
    }
}
