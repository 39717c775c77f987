package dev.croft.access.internal;

import com.vaadin.flow.spring.security.UidlRedirectStrategy;
import com.vaadin.flow.spring.security.VaadinSavedRequestAwareAuthenticationSuccessHandler;
import dev.croft.access.Attempts;
import dev.croft.access.SignInPaths;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.security.authentication.ProviderManager;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.oauth2.client.endpoint.RestClientAuthorizationCodeTokenResponseClient;
import org.springframework.security.oauth2.client.oidc.authentication.OidcAuthorizationCodeAuthenticationProvider;
import org.springframework.security.oauth2.client.oidc.authentication.logout.OidcLogoutToken;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizationRequestResolver;
import org.springframework.security.oauth2.client.web.HttpSessionOAuth2AuthorizationRequestRepository;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestRedirectFilter;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestResolver;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.security.web.authentication.AbstractAuthenticationProcessingFilter;
import org.springframework.security.web.authentication.UsernamePasswordAuthenticationFilter;
import org.springframework.security.web.authentication.logout.LogoutHandler;
import org.springframework.security.web.authentication.logout.LogoutSuccessHandler;
import org.springframework.security.web.authentication.session.SessionAuthenticationStrategy;
import org.springframework.security.web.context.SecurityContextRepository;
import org.springframework.security.web.savedrequest.RequestCache;
import org.springframework.stereotype.Component;

/** The ways to sign in beside name and password, and the way out: codes of authenticator apps, passkeys, and providers of OpenID Connect. */
@Component
class SignInChain implements LogoutHandler, LogoutSuccessHandler {

    private static final String FAREWELL = SignInChain.class.getName() + ".farewell";

    private final Registrations registrations;
    private final SignInTests tests;
    private final ProviderTable providers;
    private final ProvidedAccounts people;
    private final Confirmations confirmations;
    private final SignInFailures failures;
    private final OpenSessions sessions;
    private final ProviderLogout logout;
    private final AccountTable accounts;
    private final SecondFactors factors;
    private final RelyingParty party;
    private final Attempts attempts;
    private final Roles roles;
    private final Trail trail;
    private final ApplicationEventPublisher events;
    private final SecurityContextHolderStrategy contexts;
    private final Clock clock;

    SignInChain(
            Registrations registrations,
            SignInTests tests,
            ProviderTable providers,
            ProvidedAccounts people,
            Confirmations confirmations,
            SignInFailures failures,
            OpenSessions sessions,
            ProviderLogout logout,
            AccountTable accounts,
            SecondFactors factors,
            RelyingParty party,
            Attempts attempts,
            Roles roles,
            Trail trail,
            ApplicationEventPublisher events,
            SecurityContextHolderStrategy contexts,
            Clock clock) {
        this.registrations = registrations;
        this.tests = tests;
        this.providers = providers;
        this.people = people;
        this.confirmations = confirmations;
        this.failures = failures;
        this.sessions = sessions;
        this.logout = logout;
        this.accounts = accounts;
        this.factors = factors;
        this.party = party;
        this.attempts = attempts;
        this.roles = roles;
        this.trail = trail;
        this.events = events;
        this.contexts = contexts;
        this.clock = clock;
    }

    /** To be given to the screens' chain. */
    AbstractHttpConfigurer<?, HttpSecurity> filters() {
        return new Filters();
    }

    /** Built when the chain knows how it keeps sessions and where people wanted to go. */
    private final class Filters extends AbstractHttpConfigurer<Filters, HttpSecurity> {

        @Override
        public void configure(HttpSecurity http) {
            var begun = new HttpSessionOAuth2AuthorizationRequestRepository();
            var leaving = new OAuth2AuthorizationRequestRedirectFilter(resolver());
            leaving.setAuthorizationRequestRepository(begun);
            leaving.setAuthenticationFailureHandler(failures);
            leaving.setRequestCache(http.getSharedObject(RequestCache.class));
            http.addFilterBefore(leaving, UsernamePasswordAuthenticationFilter.class);

            var arriving = new ProviderSignIn(
                    registrations, begun, tests, providers, people, confirmations, roles, trail, contexts, clock);
            arriving.setAuthenticationManager(new ProviderManager(vouching()));
            http.addFilterBefore(wired(arriving, http), UsernamePasswordAuthenticationFilter.class);

            var code = new CodeSignIn(accounts, factors, attempts, confirmations, roles, clock);
            http.addFilterBefore(wired(code, http), UsernamePasswordAuthenticationFilter.class);

            var passkey = new PasskeySignIn(party, providers, attempts, confirmations, roles);
            http.addFilterBefore(wired(passkey, http), UsernamePasswordAuthenticationFilter.class);
        }

        private AbstractAuthenticationProcessingFilter wired(
                AbstractAuthenticationProcessingFilter filter, HttpSecurity http) {
            var arrived = new VaadinSavedRequestAwareAuthenticationSuccessHandler();
            arrived.setRequestCache(http.getSharedObject(RequestCache.class));
            filter.setAuthenticationSuccessHandler(arrived);
            filter.setAuthenticationFailureHandler(failures);
            filter.setSessionAuthenticationStrategy(http.getSharedObject(SessionAuthenticationStrategy.class));
            filter.setSecurityContextRepository(http.getSharedObject(SecurityContextRepository.class));
            filter.setSecurityContextHolderStrategy(contexts);
            // The audit has a line of each sign-in.
            filter.setApplicationEventPublisher(events);
            return filter;
        }
    }

    private OidcAuthorizationCodeAuthenticationProvider vouching() {
        var codes = new RestClientAuthorizationCodeTokenResponseClient();
        codes.setRestClient(registrations.forTokens());
        var vouching = new OidcAuthorizationCodeAuthenticationProvider(codes, registrations.users());
        vouching.setJwtDecoderFactory(registrations);
        return vouching;
    }

    /** State, nonce and PKCE are Spring Security's. To be sure of somebody again, the provider is asked for a new sign-in. */
    private OAuth2AuthorizationRequestResolver resolver() {
        var usual = new DefaultOAuth2AuthorizationRequestResolver(registrations.forLeaving());
        return new OAuth2AuthorizationRequestResolver() {
            @Override
            public @Nullable OAuth2AuthorizationRequest resolve(HttpServletRequest request) {
                return fresh(usual.resolve(request), request);
            }

            @Override
            public @Nullable OAuth2AuthorizationRequest resolve(HttpServletRequest request, String registration) {
                return fresh(usual.resolve(request, registration), request);
            }
        };
    }

    private static @Nullable OAuth2AuthorizationRequest fresh(
            @Nullable OAuth2AuthorizationRequest asked, HttpServletRequest request) {
        return asked == null || request.getParameter(SignInPaths.CONFIRM) == null
                ? asked
                : OAuth2AuthorizationRequest.from(asked)
                        .attributes(attributes -> attributes.put(ProviderSignIn.CONFIRM, true))
                        .additionalParameters(parameters -> {
                            parameters.put("prompt", "login");
                            parameters.put("max_age", "0");
                        })
                        .build();
    }

    // ---- the way out

    /** A person leaves, or the provider says that they left there. */
    @Override
    public void logout(HttpServletRequest request, HttpServletResponse response, @Nullable Authentication who) {
        if (who != null && who.getPrincipal() instanceof OidcLogoutToken token) {
            logout.leftThere(token);
            return;
        }
        sessions.of(request).ifPresent(open -> {
            logout.farewell(open.row, request).ifPresent(address -> request.setAttribute(FAREWELL, address));
            sessions.end(open.row, null);
        });
        OpenSessions.forget(request, response);
    }

    @Override
    public void onLogoutSuccess(HttpServletRequest request, HttpServletResponse response, @Nullable Authentication who)
            throws IOException {
        Object farewell = request.getAttribute(FAREWELL);
        new UidlRedirectStrategy()
                .sendRedirect(request, response, farewell == null ? SignInPaths.LOGIN : farewell.toString());
    }
}
