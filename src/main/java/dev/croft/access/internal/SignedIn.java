package dev.croft.access.internal;

import dev.croft.access.Operator;
import java.io.Serial;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.AuthenticatedPrincipal;
import org.springframework.security.core.GrantedAuthority;

/** An authenticated person or token, as Spring Security carries it through a request. */
final class SignedIn extends AbstractAuthenticationToken {

    @Serial
    private static final long serialVersionUID = 1L;

    /** The principal; its name is what {@code getRemoteUser()} and Spring's logs show. */
    record Principal(String name, String email, dev.croft.access.Role role)
            implements AuthenticatedPrincipal, java.io.Serializable {

        @Override
        public String getName() {
            return name;
        }

        Operator operator() {
            return new Operator(name, email, role);
        }
    }

    private final Principal principal;
    private final String session;

    /** @param session key of the browser or token that acts; empty when there is none */
    SignedIn(Operator operator, java.util.Collection<? extends GrantedAuthority> authorities, String session) {
        super(authorities);
        this.session = session;
        this.principal = new Principal(operator.name(), operator.email(), operator.role());
        setAuthenticated(true);
    }

    String session() {
        return session;
    }

    @Override
    public Principal getPrincipal() {
        return principal;
    }

    /** Nothing to prove any more: the password or token is not kept. */
    @Override
    public Object getCredentials() {
        return "";
    }

    @Override
    public boolean equals(Object other) {
        return super.equals(other)
                && other instanceof SignedIn that
                && principal.equals(that.principal)
                && session.equals(that.session);
    }

    @Override
    public int hashCode() {
        return principal.hashCode();
    }
}
