package dev.croft.api.internal;

import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Tokens;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** /tokens: those of the caller. */
@RestController
@RequestMapping("/api/v1/tokens")
class TokensResource {

    private final Tokens tokens;

    TokensResource(Tokens tokens) {
        this.tokens = tokens;
    }

    record TokenRequest(
            @Nullable String name,
            @Nullable String role,
            @Nullable String scope,
            @Nullable Instant expires) {}

    record TokenView(
            long id,
            String name,
            String role,
            String scope,
            Instant createdAt,
            @Nullable Instant expires,
            @Nullable Instant lastUsedAt,
            @Nullable String token) {}

    @GetMapping
    List<TokenView> list() {
        return tokens.list().stream().map(token -> view(token, null)).toList();
    }

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    TokenView create(@RequestBody TokenRequest request) {
        Tokens.Created created = tokens.create(
                request.name() == null ? "" : request.name(),
                role(request.role()),
                request.scope() == null ? Scope.EVERYWHERE : Scope.parse(request.scope()),
                request.expires());
        return view(created.token(), created.secret().reveal());
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void revoke(@PathVariable long id) {
        tokens.revoke(id);
    }

    private static TokenView view(Tokens.Token token, @Nullable String secret) {
        return new TokenView(
                token.id(),
                token.name(),
                token.role().name(),
                token.scope().toString(),
                token.createdAt(),
                token.expiresAt(),
                token.lastUsedAt(),
                secret);
    }

    static Role role(@Nullable String name) {
        for (Role role : Role.values()) {
            if (name != null && role.name().equals(name.toUpperCase(Locale.ROOT))) {
                return role;
            }
        }
        throw Problem.of(
                        ProblemCode.INVALID_INPUT,
                        "Nothing was done.",
                        "role: it is one of VIEWER, OPERATOR and ADMIN.",
                        "Choose the lowest that is enough.")
                .toException();
    }
}
