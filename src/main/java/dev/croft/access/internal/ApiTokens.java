package dev.croft.access.internal;

import dev.croft.access.CurrentOperator;
import dev.croft.access.Operator;
import dev.croft.access.OperatorPaths;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Tokens;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/** API tokens: 256 random bits behind the prefix {@code croft_}, which lets a leak scanner recognise them. */
@Service
class ApiTokens implements Tokens {

    static final String PREFIX = "croft_";
    /** How the key begins of whoever comes by a token. */
    static final String SESSION = "token:";

    /** How exact "last used" is; it saves a write for every request. */
    private static final Duration LAST_USED_STEP = Duration.ofMinutes(1);

    private final AccountTable accounts;
    private final TokenTable tokens;
    private final CurrentOperator current;
    private final OperatorPaths paths;
    private final TokenGrants grants;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();

    ApiTokens(
            AccountTable accounts,
            TokenTable tokens,
            CurrentOperator current,
            OperatorPaths paths,
            TokenGrants grants,
            Clock clock) {
        this.accounts = accounts;
        this.tokens = tokens;
        this.current = current;
        this.paths = paths;
        this.grants = grants;
        this.clock = clock;
    }

    @Override
    public List<Token> list() {
        return tokens.of(owner().id());
    }

    @Override
    public Created create(String name, Role role, Scope scope, @Nullable Instant expiresAt) {
        requireAPerson("No token was made.");
        Operator operator = current.get();
        if (name.isBlank() || name.length() > 100 || name.chars().anyMatch(Character::isISOControl)) {
            throw invalid("name: it has 1 to 100 characters, none of them a control character.");
        }
        if (!operator.may(role, scope)) {
            throw invalid("role: a token may do at most what you may do yourself, and you are not " + role + " for "
                    + scope + ".");
        }
        Instant now = clock.instant();
        if (expiresAt != null && !expiresAt.isAfter(now)) {
            throw invalid("expires: this moment has passed.");
        }
        byte[] bits = new byte[32];
        random.nextBytes(bits);
        String secret = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
        long id = tokens.insert(owner().id(), name, role, scope, Hashes.sha256(secret), now, expiresAt);
        return new Created(new Token(id, name, role, scope, now, expiresAt, null), SecretText.of(secret));
    }

    @Override
    public void revoke(long id) {
        requireAPerson("No token was revoked.");
        if (!tokens.delete(owner().id(), id)) {
            throw Problem.of(
                            ProblemCode.NOT_FOUND,
                            "No token was revoked.",
                            "You have no token with this number.",
                            "Open Settings → API tokens to see yours.")
                    .toException();
        }
    }

    /** A token that makes others outlives its own end, and the one who takes it back. */
    private void requireAPerson(String what) {
        if (paths.currentSession().startsWith(SESSION)) {
            throw Problem.of(
                            ProblemCode.NOT_ALLOWED,
                            what,
                            "An API token makes and revokes no API tokens.",
                            "Sign in with a browser and open Settings → API tokens.")
                    .toException();
        }
    }

    /** @param token its number */
    record Shown(long token, Operator operator) {}

    /** Who shows this token; empty when it is unknown or has expired. */
    Optional<Shown> shown(String secret) {
        if (!secret.startsWith(PREFIX) || secret.length() > 100) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        return tokens.byHash(Hashes.sha256(secret))
                .flatMap(found -> grants.of(found).map(operator -> {
                    Instant last = found.token().lastUsedAt();
                    if (last == null || last.plus(LAST_USED_STEP).isBefore(now)) {
                        tokens.used(found.token().id(), now);
                    }
                    return new Shown(found.token().id(), operator);
                }));
    }

    private Account owner() {
        Operator operator = current.get();
        return accounts.find(operator.name())
                .orElseThrow(() -> Problem.of(
                                ProblemCode.NOT_ALLOWED,
                                "Your tokens were not read.",
                                "Your account no longer exists.",
                                "Ask an administrator for an account.")
                        .toException());
    }

    private static RuntimeException invalid(String why) {
        return Problem.of(ProblemCode.INVALID_INPUT, "No token was made.", why, "Correct it and try again.")
                .toException();
    }
}
