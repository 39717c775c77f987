package dev.croft.access;

import dev.croft.kernel.SecretText;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Use cases: API tokens of the signed-in person. A token never has a higher role than its owner. */
public interface Tokens {

    record Token(
            long id,
            String name,
            Role role,
            Instant createdAt,
            @Nullable Instant expiresAt,
            @Nullable Instant lastUsedAt) {}

    record Created(Token token, SecretText secret) {}

    @RequiresViewer
    List<Token> list();

    /** The secret is in the answer and nowhere else afterwards: only its hash is kept. */
    @RequiresViewer
    Created create(String name, Role role, @Nullable Instant expiresAt);

    @RequiresViewer
    void revoke(long id);
}
