package dev.croft.access.internal;

import dev.croft.access.Providers.Becomes;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.SignInPaths;
import dev.croft.access.internal.ProvidedAccounts.Identity;
import dev.croft.access.internal.SessionTable.Tokens;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.authentication.OAuth2AuthenticationToken;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.web.AuthorizationRequestRepository;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.client.web.OAuth2LoginAuthenticationFilter;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.security.oauth2.core.endpoint.OAuth2ParameterNames;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;

/**
 * Somebody comes back from a provider. Spring Security checks what they bring; this decides what becomes of it: a sign-in, the proof
 * that somebody who is signed in is still the same person, or only a try.
 */
final class ProviderSignIn extends OAuth2LoginAuthenticationFilter {

    /** Attribute of an authorization request: it is to prove somebody again. */
    static final String CONFIRM = "croft.confirm";

    private static final Logger log = LoggerFactory.getLogger(ProviderSignIn.class);
    /** A provider says when it last saw the password; one that shows an older time did not ask. */
    private static final Duration JUST_NOW = Duration.ofMinutes(5);

    private final Registrations registrations;
    private final AuthorizationRequestRepository<OAuth2AuthorizationRequest> begun;
    private final SignInTests tests;
    private final ProviderTable providers;
    private final ProvidedAccounts people;
    private final Confirmations confirmations;
    private final Roles roles;
    private final Trail trail;
    private final SecurityContextHolderStrategy contexts;
    private final Clock clock;

    ProviderSignIn(
            Registrations registrations,
            AuthorizationRequestRepository<OAuth2AuthorizationRequest> begun,
            SignInTests tests,
            ProviderTable providers,
            ProvidedAccounts people,
            Confirmations confirmations,
            Roles roles,
            Trail trail,
            SecurityContextHolderStrategy contexts,
            Clock clock) {
        super(registrations, new TokensOfTheRequest(), Registrations.CALLBACK + "*");
        this.registrations = registrations;
        this.begun = begun;
        this.tests = tests;
        this.providers = providers;
        this.people = people;
        this.confirmations = confirmations;
        this.roles = roles;
        this.trail = trail;
        this.contexts = contexts;
        this.clock = clock;
        setAuthorizationRequestRepository(begun);
    }

    @Override
    public @Nullable Authentication attemptAuthentication(HttpServletRequest request, HttpServletResponse response) {
        OAuth2AuthorizationRequest asked = begun.loadAuthorizationRequest(request);
        String registration = asked == null ? null : asked.getAttribute(OAuth2ParameterNames.REGISTRATION_ID);
        if (registration != null && SignInTests.isTest(registration)) {
            attemptTest(registration, asked, request, response);
            return null;
        }
        OAuth2AuthenticationToken token = attempt(asked, request, response);
        OidcUser user = (OidcUser) token.getPrincipal();
        if (asked != null && Boolean.TRUE.equals(asked.getAttribute(CONFIRM))) {
            confirm(user, token.getAuthorizedClientRegistrationId());
            redirect(request, response, SignInPaths.CONFIRMED);
            return null;
        }
        return signIn(token.getAuthorizedClientRegistrationId(), user, request);
    }

    private void attemptTest(
            String test, OAuth2AuthorizationRequest asked, HttpServletRequest request, HttpServletResponse response) {
        try {
            OidcUser user = (OidcUser) attempt(asked, request, response).getPrincipal();
            tests.done(test, user.getClaims());
        } catch (AuthenticationException failure) {
            Problem problem = SignInFailures.problem(
                    failure, tests.find(test).map(SignInTests.Run::settings).orElse(null));
            log.info("A tried sign-in failed: {}", problem.why());
            tests.failed(test, problem);
        }
        redirect(request, response, SignInPaths.TEST_RESULT + test);
    }

    private OAuth2AuthenticationToken attempt(
            @Nullable OAuth2AuthorizationRequest asked, HttpServletRequest request, HttpServletResponse response) {
        try {
            if (asked != null) {
                requireSameProvider(asked, request, response);
            }
            return (OAuth2AuthenticationToken) super.attemptAuthentication(request, response);
        } catch (ProblemException e) {
            throw new ProblemSignInException(e.problem());
        }
    }

    /**
     * Whether the one that was asked is the one that answers. Each has an address of its own to answer at, and may say who it is (RFC
     * 9207); otherwise one provider could have somebody's code of another one redeemed at itself.
     */
    private void requireSameProvider(
            OAuth2AuthorizationRequest asked, HttpServletRequest request, HttpServletResponse response) {
        String registration = asked.getAttribute(OAuth2ParameterNames.REGISTRATION_ID);
        ClientRegistration made = registrations.findByRegistrationId(String.valueOf(registration));
        if (made == null) {
            // Spring Security says that there is none.
            return;
        }
        String issuer = made.getProviderDetails().getIssuerUri();
        String says = request.getParameter("iss");
        boolean mustSay = Boolean.TRUE.equals(made.getProviderDetails()
                .getConfigurationMetadata()
                .get("authorization_response_iss_parameter_supported"));
        if (!last(String.valueOf(asked.getRedirectUri())).equals(last(request.getServletPath()))
                || (says == null ? mustSay : !says.equals(issuer))) {
            begun.removeAuthorizationRequest(request, response);
            throw new ProblemSignInException(Problem.of(
                    ProblemCode.PROVIDER_REFUSED,
                    "You are not signed in.",
                    "The answer is not from " + made.getClientName() + ", which was asked.",
                    "Begin again. If it stays so, somebody may be interfering: tell an administrator."));
        }
    }

    private static String last(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private SignedIn signIn(String provider, OidcUser user, HttpServletRequest request) {
        ProviderTable.Row row = providers
                .find(provider)
                .orElseThrow(() -> new ProblemSignInException(SignInFailures.notOffered(provider)));
        Map<String, Object> claims = user.getClaims();
        Becomes becomes = ClaimRules.becomes(row.settings().rules(), claims);
        if (becomes.refused() != null) {
            // What was given for an earlier word of the provider ends with it: their tokens ask nobody else.
            people.find(identity(user)).ifPresent(known -> people.withdraw(known.id()));
            throw new ProblemSignInException(becomes.refused(), becomes.name());
        }
        Account account;
        try {
            account = people.signedIn(provider, identity(user), becomes);
        } catch (ProblemException e) {
            throw new ProblemSignInException(e.problem(), becomes.name());
        }
        if (!row.isProved() && account.grants().allows(Role.ADMIN, Scope.EVERYWHERE)) {
            providers.proved(row.settings());
        }
        Object refresh = request.getAttribute(TokensOfTheRequest.REFRESH);
        OpenSessions.vouch(
                request,
                new OpenSessions.Vouched(
                        provider,
                        user.getClaimAsString("sid"),
                        new Tokens(user.getIdToken().getTokenValue(), refresh == null ? null : refresh.toString())));
        BrowserCookie.Details details = new BrowserCookie.Details(request, way(provider));
        SignedIn signedIn = roles.signedIn(account, details.session());
        signedIn.setDetails(details);
        // It is as fresh as a password typed again, when the provider asked for one just now.
        if (isFresh(user)) {
            confirmations.confirm(account.username(), details.session());
        }
        return signedIn;
    }

    static String way(String provider) {
        return "provider " + provider;
    }

    private void confirm(OidcUser user, String provider) {
        Authentication who = contexts.getContext().getAuthentication();
        Optional<Long> account =
                who instanceof SignedIn signedIn ? Optional.ofNullable(signedIn.account()) : Optional.empty();
        String name = who instanceof SignedIn signedIn ? signedIn.getName() : "";
        Optional<Account> came = people.find(identity(user));
        if (account.isEmpty()
                || came.isEmpty()
                || !account.get().equals(came.get().id())) {
            throw new ProblemSignInException(
                    Problem.of(
                            ProblemCode.SIGN_IN_REFUSED,
                            "You did not prove that it is you.",
                            "At the provider you are somebody else than here.",
                            "Sign in there with the account that you use here."),
                    name);
        }
        if (!isFresh(user)) {
            throw new ProblemSignInException(
                    Problem.of(
                            ProblemCode.SIGN_IN_REFUSED,
                            "You did not prove that it is you.",
                            "The provider did not ask for your password again.",
                            "Sign out there, then try again."),
                    name);
        }
        confirmations.confirm();
        trail.proved(who, way(provider));
    }

    private boolean isFresh(OidcUser user) {
        Instant at = user.getAuthenticatedAt();
        return at != null && at.plus(JUST_NOW).isAfter(clock.instant());
    }

    private static Identity identity(OidcUser user) {
        return new Identity(String.valueOf(user.getIssuer()), user.getSubject());
    }

    private static void redirect(HttpServletRequest request, HttpServletResponse response, String path) {
        try {
            response.sendRedirect(request.getContextPath() + path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Tokens are kept with the sign-in that they belong to, not where Spring Security would put them. */
    static final class TokensOfTheRequest implements OAuth2AuthorizedClientRepository {

        static final String REFRESH = TokensOfTheRequest.class.getName() + ".refresh";

        @Override
        public <T extends OAuth2AuthorizedClient> @Nullable T loadAuthorizedClient(
                String registration, Authentication who, HttpServletRequest request) {
            return null;
        }

        @Override
        public void saveAuthorizedClient(
                OAuth2AuthorizedClient client,
                Authentication who,
                HttpServletRequest request,
                HttpServletResponse response) {
            if (client.getRefreshToken() != null) {
                request.setAttribute(REFRESH, client.getRefreshToken().getTokenValue());
            }
        }

        @Override
        public void removeAuthorizedClient(
                String registration, Authentication who, HttpServletRequest request, HttpServletResponse response) {
            // Nothing is kept here.
        }
    }
}
