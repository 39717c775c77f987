package dev.croft.access.internal;

import dev.croft.access.Providers.Becomes;
import dev.croft.access.internal.OpenSessions.Held;
import dev.croft.access.internal.SessionTable.Tokens;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemException;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.oauth2.client.endpoint.OAuth2RefreshTokenGrantRequest;
import org.springframework.security.oauth2.client.endpoint.RestClientRefreshTokenTokenResponseClient;
import org.springframework.security.oauth2.client.oidc.userinfo.OidcUserRequest;
import org.springframework.security.oauth2.client.oidc.userinfo.OidcUserService;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2AuthorizationException;
import org.springframework.security.oauth2.core.OAuth2RefreshToken;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;
import org.springframework.security.oauth2.core.oidc.OidcIdToken;
import org.springframework.security.oauth2.core.oidc.endpoint.OidcParameterNames;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.stereotype.Component;

/**
 * Asks a provider now and again whether it still vouches for somebody, with the refresh token that it gave for that. Somebody whose
 * account there was closed is out within minutes; somebody whose groups there changed may do what these give. A provider that cannot
 * be asked changes nothing: the session's own limits hold.
 */
@Component
class StillVouched {

    private static final Logger log = LoggerFactory.getLogger(StillVouched.class);
    /** Errors of RFC 6749 that mean this person, not this console. */
    private static final Set<String> WITHDRAWN = Set.of("invalid_grant", "access_denied");

    private final Registrations registrations;
    private final SessionTable table;
    private final OpenSessions sessions;
    private final ProvidedAccounts people;
    private final ProviderTable providers;
    private final AccountTable accounts;
    private final Trail trail;
    private final AccessProperties properties;
    private final Clock clock;
    private final RestClientRefreshTokenTokenResponseClient refreshing;
    private final OidcUserService users;

    StillVouched(
            Registrations registrations,
            SessionTable table,
            OpenSessions sessions,
            ProvidedAccounts people,
            ProviderTable providers,
            AccountTable accounts,
            Trail trail,
            AccessProperties properties,
            Clock clock) {
        this.registrations = registrations;
        this.table = table;
        this.sessions = sessions;
        this.people = people;
        this.providers = providers;
        this.accounts = accounts;
        this.trail = trail;
        this.properties = properties;
        this.clock = clock;
        refreshing = new RestClientRefreshTokenTokenResponseClient();
        refreshing.setRestClient(registrations.forTokens());
        users = registrations.users();
    }

    /** False: the sign-in was ended just now. */
    boolean check(Held open) {
        String provider = open.row.provider();
        Instant now = clock.instant();
        synchronized (open) {
            if (provider == null || open.asked.plus(properties.providerAgain()).isAfter(now)) {
                return true;
            }
            // Whoever comes meanwhile does not ask too.
            open.asked = now;
        }
        try {
            ClientRegistration registration = registrations.findByRegistrationId(provider);
            if (registration == null) {
                return leave(open, withdrawn(provider, "It is not used any more to sign in here."));
            }
            Tokens tokens = table.tokens(open.row).orElse(null);
            if (tokens != null && tokens.refresh() != null) {
                ask(open, registration, tokens.refresh(), tokens.id());
            }
            return true;
        } catch (OAuth2AuthorizationException e) {
            String error = e.getError().getErrorCode();
            if (WITHDRAWN.contains(error)) {
                return leave(open, withdrawn(provider, "The account there was closed, or its sessions were ended."));
            }
            log.warn("{} was not asked whether it still vouches for session {}: {}", provider, open.row.id(), error);
            return true;
        } catch (NothingHereAnyMore e) {
            return leave(open, e.problem);
        } catch (ProblemException | JwtException | OAuth2AuthenticationException e) {
            log.warn(
                    "{} was not asked whether it still vouches for session {}: {}",
                    provider,
                    open.row.id(),
                    e.getMessage());
            return true;
        }
    }

    /** What the person holds ends with the session: their tokens would not ask the provider. A sign-in, or another session, gives it back. */
    private boolean leave(Held open, Problem why) {
        people.withdraw(open.row.account());
        sessions.end(open.row, why);
        trail.thrownOut(
                accounts.find(open.row.account()).map(Account::username).orElse(""),
                open.row.browser(),
                open.row.address(),
                String.valueOf(open.row.provider()),
                why);
        return false;
    }

    private void ask(Held open, ClientRegistration registration, String refresh, @Nullable String before) {
        Instant now = clock.instant();
        // Only the refresh token is sent; the request wants an access token by its side.
        OAuth2AccessToken spent = new OAuth2AccessToken(OAuth2AccessToken.TokenType.BEARER, "spent", null, null);
        OAuth2AccessTokenResponse answer = refreshing.getTokenResponse(
                new OAuth2RefreshTokenGrantRequest(registration, spent, new OAuth2RefreshToken(refresh, now)));
        OAuth2RefreshToken next = answer.getRefreshToken();
        Object id = answer.getAdditionalParameters().get(OidcParameterNames.ID_TOKEN);
        // At once: where it rotates, the one before is spent, and whatever fails below must not cost the session.
        table.keep(
                open.row,
                new Tokens(id instanceof String token ? token : before, next == null ? refresh : next.getTokenValue()));
        if (id instanceof String token) {
            regrant(
                    open,
                    registration,
                    answer.getAccessToken(),
                    registrations.createDecoder(registration).decode(token));
        }
    }

    private void regrant(Held open, ClientRegistration registration, OAuth2AccessToken access, Jwt token) {
        ProvidedAccounts.Identity who =
                new ProvidedAccounts.Identity(String.valueOf(token.getClaims().get("iss")), token.getSubject());
        if (people.find(who)
                .filter(account -> account.id() == open.row.account())
                .isEmpty()) {
            return;
        }
        // As at the sign-in: a claim that is in neither is one that the person does not have any more.
        Map<String, Object> claims = users.loadUser(new OidcUserRequest(
                        registration,
                        access,
                        new OidcIdToken(
                                token.getTokenValue(), token.getIssuedAt(), token.getExpiresAt(), token.getClaims())))
                .getClaims();
        providers.find(registration.getRegistrationId()).ifPresent(row -> {
            Becomes becomes = ClaimRules.becomes(row.settings().rules(), claims);
            if (becomes.refused() != null) {
                throw new NothingHereAnyMore(becomes.refused());
            }
            people.signedIn(registration.getRegistrationId(), who, becomes);
        });
    }

    private Problem withdrawn(String provider, String why) {
        String name = providers.find(provider).map(row -> row.settings().name()).orElse(provider);
        return OpenSessions.problem(name + " does not vouch for you any more. " + why);
    }

    private static final class NothingHereAnyMore extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final transient Problem problem;

        NothingHereAnyMore(Problem problem) {
            super(problem.code().name());
            this.problem = problem;
        }
    }
}
