package dev.croft.access.internal;

import dev.croft.access.CurrentOperator;
import dev.croft.access.Operator;
import dev.croft.access.Role;
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

    /** How exact "last used" is; it saves a write for every request. */
    private static final Duration LAST_USED_STEP = Duration.ofMinutes(1);

    private final AccountTable accounts;
    private final TokenTable tokens;
    private final CurrentOperator current;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();

    ApiTokens(AccountTable accounts, TokenTable tokens, CurrentOperator current, Clock clock) {
        this.accounts = accounts;
        this.tokens = tokens;
        this.current = current;
        this.clock = clock;
    }

    @Override
    public List<Token> list() {
        return tokens.of(owner().id());
    }

    @Override
    public Created create(String name, Role role, @Nullable Instant expiresAt) {
        Operator operator = current.get();
        if (name.isBlank() || name.length() > 100 || name.chars().anyMatch(Character::isISOControl)) {
            throw invalid("name: it has 1 to 100 characters, none of them a control character.");
        }
        if (role.compareTo(operator.role()) > 0) {
            throw invalid("role: a token may do at most what you may do yourself, which is " + operator.role() + ".");
        }
        Instant now = clock.instant();
        if (expiresAt != null && !expiresAt.isAfter(now)) {
            throw invalid("expires: this moment has passed.");
        }
        byte[] bits = new byte[32];
        random.nextBytes(bits);
        String secret = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
        long id = tokens.insert(owner().id(), name, role, Hashes.sha256(secret), now, expiresAt);
        return new Created(new Token(id, name, role, now, expiresAt, null), SecretText.of(secret));
    }

    @Override
    public void revoke(long id) {
        if (!tokens.delete(owner().id(), id)) {
            throw Problem.of(
                            ProblemCode.NOT_FOUND,
                            "No token was revoked.",
                            "You have no token with this number.",
                            "Open Settings → API tokens to see yours.")
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
                .filter(found -> found.token().expiresAt() == null
                        || found.token().expiresAt().isAfter(now))
                .map(found -> {
                    Instant last = found.token().lastUsedAt();
                    if (last == null || last.plus(LAST_USED_STEP).isBefore(now)) {
                        tokens.used(found.token().id(), now);
                    }
                    Account owner = found.owner();
                    Role lower = found.token().role().compareTo(owner.role()) < 0
                            ? found.token().role()
                            : owner.role();
                    return new Shown(found.token().id(), new Operator(owner.username(), owner.email(), lower));
                });
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
