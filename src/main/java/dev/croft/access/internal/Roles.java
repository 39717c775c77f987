package dev.croft.access.internal;

import dev.croft.access.Operator;
import dev.croft.access.Role;
import java.util.Collection;
import java.util.List;
import org.springframework.security.access.hierarchicalroles.RoleHierarchy;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.stereotype.Component;

/** Turns a role into authorities, with those of the roles below it, so that checks of every framework agree. */
@Component
class Roles {

    private final RoleHierarchy hierarchy;

    Roles(RoleHierarchy hierarchy) {
        this.hierarchy = hierarchy;
    }

    SignedIn signedIn(Operator operator, String session) {
        return new SignedIn(operator, authorities(operator.role()), session);
    }

    private Collection<? extends GrantedAuthority> authorities(Role role) {
        return hierarchy.getReachableGrantedAuthorities(List.of(new SimpleGrantedAuthority("ROLE_" + role.name())));
    }
}
