package dev.croft.access.internal;

import dev.croft.access.ActingAs;
import dev.croft.access.CurrentOperator;
import dev.croft.access.Grants;
import dev.croft.access.Operator;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
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
    private final AccountTable accounts;
    private final TokenGrants tokens;
    /** That of this application, not the static one: the guards of the use cases look here too. */
    private final SecurityContextHolderStrategy contexts;

    ContextOperator(Roles roles, AccountTable accounts, TokenGrants tokens, SecurityContextHolderStrategy contexts) {
        this.roles = roles;
        this.accounts = accounts;
        this.tokens = tokens;
        this.contexts = contexts;
    }

    @Override
    public Operator get() {
        Authentication authentication = contexts.getContext().getAuthentication();
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
        return of(authentication);
    }

    /** Whose authentication this is, with what they may do now. */
    Operator of(Authentication authentication) {
        if (authentication instanceof SignedIn signedIn) {
            return now(signedIn);
        }
        // A sign-in by another mechanism, of which this console knows no account: nothing was granted to it.
        return new Operator(authentication.getName(), authentication.getName() + "@croft.invalid", Grants.NONE);
    }

    /** A person who lost a grant, or the account, has lost it for the sessions that are open and the tokens too. */
    private Operator now(SignedIn signedIn) {
        Operator then = signedIn.getPrincipal().operator();
        Long account = signedIn.account();
        Long token = signedIn.token();
        Operator gone = new Operator(then.name(), then.email(), Grants.NONE);
        if (account != null) {
            return accounts.find(account).map(Account::operator).orElse(gone);
        }
        return token != null ? tokens.of(token).orElse(gone) : then;
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
