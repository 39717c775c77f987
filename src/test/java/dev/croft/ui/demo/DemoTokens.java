package dev.croft.ui.demo;

import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Tokens;
import dev.croft.kernel.SecretText;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

public class DemoTokens implements Tokens {

    private final Clock clock;
    private final List<Token> tokens = new ArrayList<>();

    DemoTokens(Clock clock) {
        this.clock = clock;
    }

    @Override
    public synchronized List<Token> list() {
        return List.copyOf(tokens);
    }

    @Override
    public synchronized Created create(String name, Role role, Scope scope, @Nullable Instant expiresAt) {
        var token = new Token(tokens.size() + 1, name, role, scope, clock.instant(), expiresAt, null);
        tokens.add(token);
        return new Created(token, SecretText.of("croft_7Qm2xR0vJt5bW9cKe4uYh8sLp1nZa6dG3fXqVi0TgMo"));
    }

    @Override
    public synchronized void revoke(long id) {
        tokens.removeIf(each -> each.id() == id);
    }
}
