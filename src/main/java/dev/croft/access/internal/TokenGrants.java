package dev.croft.access.internal;

import dev.croft.access.Grants;
import dev.croft.access.Operator;
import dev.croft.access.Tokens.Token;
import dev.croft.access.internal.TokenTable.Owned;
import java.time.Clock;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** What an API token may do at this moment: what it was made for, as far as its owner holds that too. */
@Component
class TokenGrants {

    private final TokenTable tokens;
    private final AccountTable accounts;
    private final ProvidedAccounts people;
    private final AccessProperties properties;
    private final Clock clock;

    TokenGrants(
            TokenTable tokens,
            AccountTable accounts,
            ProvidedAccounts people,
            AccessProperties properties,
            Clock clock) {
        this.people = people;
        this.properties = properties;
        this.tokens = tokens;
        this.accounts = accounts;
        this.clock = clock;
    }

    /** Empty: it was revoked, has expired, or its owner is gone. */
    Optional<Operator> of(long token) {
        return tokens.find(token).flatMap(this::of);
    }

    Optional<Operator> of(Owned found) {
        return Optional.of(found)
                .filter(each -> each.token().expiresAt() == null
                        || each.token().expiresAt().isAfter(clock.instant()))
                .flatMap(each -> accounts.find(each.owner()))
                .map(owner -> new Operator(owner.username(), owner.email(), limited(owner, found.token())));
    }

    private Grants limited(Account owner, Token token) {
        // Whoever left at the provider does not sign in here either: nobody would ever ask about their tokens.
        return people.isForgotten(owner.id(), properties.vouchedFor())
                ? Grants.NONE
                : owner.grants().limitedTo(Grants.of(token.role(), token.scope()));
    }
}
