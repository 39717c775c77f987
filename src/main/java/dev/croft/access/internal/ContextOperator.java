package dev.croft.access.internal;

import dev.croft.access.ActingAs;
import dev.croft.access.CurrentOperator;
import dev.croft.access.Operator;
import dev.croft.access.Role;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.util.Arrays;
import java.util.function.Supplier;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.stereotype.Component;

/** Reads who acts from Spring Security's context of this thread. */
@Component
class ContextOperator implements CurrentOperator, ActingAs {

    /** No request can have this key: those of browsers and tokens have a prefix. */
    private static final String ACTING = "acting";

    private final Roles roles;
    /** That of this application, not the static one: the guards of the use cases look here too. */
    private final SecurityContextHolderStrategy contexts;

    ContextOperator(Roles roles, SecurityContextHolderStrategy contexts) {
        this.roles = roles;
        this.contexts = contexts;
    }

    @Override
    public Operator get() {
        Authentication authentication = contexts.getContext().getAuthentication();
        if (authentication instanceof SignedIn signedIn) {
            return signedIn.getPrincipal().operator();
        }
        if (authentication == null
                || !authentication.isAuthenticated()
                || authentication instanceof AnonymousAuthenticationToken) {
            throw Problem.of(
                            ProblemCode.NOT_ALLOWED,
                            "Nothing was done.",
                            "Nobody is signed in.",
                            "Sign in and try again.")
                    .toException();
        }
        // A sign-in by another mechanism: its authorities carry the role.
        Role role = Arrays.stream(Role.values())
                .filter(candidate -> authentication.getAuthorities().stream()
                        .anyMatch(granted -> ("ROLE_" + candidate.name()).equals(granted.getAuthority())))
                .reduce((lower, higher) -> higher)
                .orElse(Role.VIEWER);
        return new Operator(authentication.getName(), authentication.getName() + "@croft.invalid", role);
    }

    @Override
    public <T> T call(Operator operator, Supplier<T> work) {
        SecurityContext before = contexts.getContext();
        SecurityContext context = contexts.createEmptyContext();
        context.setAuthentication(roles.signedIn(operator, ACTING));
        contexts.setContext(context);
        try {
            return work.get();
        } finally {
            contexts.setContext(before);
        }
    }
}
