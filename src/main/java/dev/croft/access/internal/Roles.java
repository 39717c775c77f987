package dev.croft.access.internal;

import dev.croft.access.Operator;
import dev.croft.access.Role;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.security.access.hierarchicalroles.RoleHierarchy;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.stereotype.Component;

/**
 * Turns the highest role that somebody holds for anything into authorities, with those of the roles below it: enough to tell whether
 * they have any business with a framework's door. What they may do is asked at the use cases, by scope.
 */
@Component
class Roles {

    private final RoleHierarchy hierarchy;

    Roles(RoleHierarchy hierarchy) {
        this.hierarchy = hierarchy;
    }

    /** Somebody with an account, whose grants may change while the session lasts. */
    SignedIn signedIn(Account account, String session) {
        return signedIn(account.operator(), account.id(), null, session);
    }

    /** A token, which may be revoked while what it asked for is still being delivered. */
    SignedIn signedIn(ApiTokens.Shown token) {
        return signedIn(token.operator(), null, token.token(), ApiTokens.SESSION + token.token());
    }

    /** Somebody for the time of a call. */
    SignedIn signedIn(Operator operator, String session) {
        return signedIn(operator, null, null, session);
    }

    private SignedIn signedIn(Operator operator, @Nullable Long account, @Nullable Long token, String session) {
        return new SignedIn(
                operator,
                account,
                token,
                operator.grants()
                        .highest()
                        .<Collection<? extends GrantedAuthority>>map(this::authorities)
                        .orElse(List.of()),
                session);
    }

    private Collection<? extends GrantedAuthority> authorities(Role role) {
        return hierarchy.getReachableGrantedAuthorities(List.of(new SimpleGrantedAuthority("ROLE_" + role.name())));
    }
}
