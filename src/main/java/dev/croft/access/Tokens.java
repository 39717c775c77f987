package dev.croft.access;

import dev.croft.kernel.SecretText;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Use cases: API tokens of the signed-in person. A token may never do what its owner may not do at that moment. */
public interface Tokens {

    record Token(
            long id,
            String name,
            Role role,
            Scope scope,
            Instant createdAt,
            @Nullable Instant expiresAt,
            @Nullable Instant lastUsedAt) {}

    record Created(Token token, SecretText secret) {}

    @RequiresViewer(within = true)
    List<Token> list();

    /**
     * The secret is in the answer and nowhere else afterwards: only its hash is kept.
     *
     * @param role what it may do at most, and
     * @param scope for what; INVALID_INPUT when its maker does not hold that themselves
     */
    @Audited
    @RequiresStepUp
    @RequiresViewer(within = true)
    Created create(String name, Role role, Scope scope, @Nullable Instant expiresAt);

    @Audited
    @RequiresViewer(within = true)
    void revoke(long id);
}
