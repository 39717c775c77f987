package dev.croft.access.internal;

import dev.croft.access.Accounts;
import dev.croft.access.CurrentOperator;
import dev.croft.access.Grants;
import dev.croft.access.Operator;
import dev.croft.access.Role;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.stereotype.Service;

/** Accounts of this console's own database. */
@Service
class LocalAccounts implements Accounts {

    private static final Pattern USERNAME = Pattern.compile("[a-z][a-z0-9._-]{0,31}");

    private final AccountTable accounts;
    private final PasswordEncoder passwords;
    private final OwnPassword own;
    private final CurrentOperator current;
    private final Confirmations confirmations;
    private final Trail trail;
    private final Clock clock;
    /** Two people with the claim at the same moment must not become two first administrators. */
    private final ReentrantLock first = new ReentrantLock();

    LocalAccounts(
            AccountTable accounts,
            PasswordEncoder passwords,
            OwnPassword own,
            CurrentOperator current,
            Confirmations confirmations,
            Trail trail,
            Clock clock) {
        this.accounts = accounts;
        this.passwords = passwords;
        this.own = own;
        this.current = current;
        this.confirmations = confirmations;
        this.trail = trail;
        this.clock = clock;
    }

    @Override
    public boolean isEmpty() {
        return accounts.isEmpty();
    }

    @Override
    public Operator createFirstAdministrator(String username, SecretText password) {
        requireUsername(username);
        PasswordRules.require(username, password.reveal());
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
            accounts.insert(
                    username, username + "@croft.invalid", Grants.everywhere(Role.ADMIN), hash, clock.instant());
            trail.withoutSession(username, "Accounts.createFirstAdministrator", "by the claim");
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
        own.requireOrCode(name, password);
        confirmations.confirm();
    }

    static void requireUsername(String username) {
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
}
