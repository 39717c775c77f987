package dev.croft.access.internal;

import dev.croft.access.Grants;
import dev.croft.access.Operator;
import java.io.Serial;
import java.util.Collection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.AuthenticatedPrincipal;
import org.springframework.security.core.GrantedAuthority;

/** An authenticated person or token, as Spring Security carries it through a request. */
final class SignedIn extends AbstractAuthenticationToken {

    @Serial
    private static final long serialVersionUID = 1L;

    /** The principal; its name is what {@code getRemoteUser()} and Spring's logs show. */
    record Principal(String name, String email, Grants grants) implements AuthenticatedPrincipal, java.io.Serializable {

        @Override
        public String getName() {
            return name;
        }

        Operator operator() {
            return new Operator(name, email, grants);
        }
    }

    private final Principal principal;
    private final @Nullable Long account;
    private final @Nullable Long token;
    private final String session;

    /**
     * @param account whose grants are read anew at each use, because a session lasts longer than they may; null: it is no person's
     * @param token whose grants are read anew at each use, because an event stream lasts longer than they may; null: it is no token's.
     *     When it is neither's, those of the operator are good for as long as this is, which is the time of a call
     * @param session key of the browser or token that acts; empty when there is none
     */
    SignedIn(
            Operator operator,
            @Nullable Long account,
            @Nullable Long token,
            Collection<? extends GrantedAuthority> authorities,
            String session) {
        super(authorities);
        this.account = account;
        this.token = token;
        this.session = session;
        this.principal = new Principal(operator.name(), operator.email(), operator.grants());
        setAuthenticated(true);
    }

    @Nullable
    Long account() {
        return account;
    }

    @Nullable
    Long token() {
        return token;
    }

    /** An API token, or somebody who has just proved who they are by other means: nothing that could have been left open. */
    boolean isForOneRequest() {
        return account == null;
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
                && Objects.equals(account, that.account)
                && Objects.equals(token, that.token)
                && session.equals(that.session);
    }

    @Override
    public int hashCode() {
        return principal.hashCode();
    }
}
