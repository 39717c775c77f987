package dev.croft.access.internal;

import com.vaadin.flow.spring.security.VaadinSecurityConfigurer;
import jakarta.servlet.DispatcherType;
import java.time.Duration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpMethod;
import org.springframework.security.access.hierarchicalroles.RoleHierarchy;
import org.springframework.security.access.hierarchicalroles.RoleHierarchyImpl;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authentication.ProviderManager;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.authentication.SimpleUrlAuthenticationFailureHandler;
import org.springframework.security.web.authentication.UsernamePasswordAuthenticationFilter;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter.ReferrerPolicy;

/**
 * The two ways in. Both only establish who acts; what they may do is asked at the use cases, by the Requires annotations, so that
 * the screens and the API cannot differ.
 */
@Configuration(proxyBeanMethods = false)
@EnableWebSecurity
@EnableMethodSecurity
@EnableConfigurationProperties(AccessProperties.class)
class SecurityChains {

    /** The view behind this path belongs to the screens, which sit above this module; they agree on the path alone. */
    private static final String LOGIN_PATH = "/login";

    @Bean
    static RoleHierarchy roleHierarchy() {
        return RoleHierarchyImpl.withDefaultRolePrefix()
                .role("ADMIN")
                .implies("OPERATOR")
                .role("OPERATOR")
                .implies("VIEWER")
                .build();
    }

    /** The API: a token with every request, or the session of a page of this console that shows that it is one (CSRF). */
    @Bean
    @Order(1)
    SecurityFilterChain apiChain(
            HttpSecurity http,
            ApiTokens tokens,
            Roles roles,
            ProblemAnswers answers,
            SecurityContextHolderStrategy contexts)
            throws Exception {
        http.securityMatcher("/api/**", "/v3/api-docs", "/v3/api-docs/**")
                .csrf(csrf -> csrf.disable())
                .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .requestCache(cache -> cache.disable())
                .addFilterBefore(new BrowserSessionFilter(answers, contexts), AuthorizationFilter.class)
                .addFilterBefore(new BearerTokenFilter(tokens, roles, answers, contexts), AuthorizationFilter.class)
                .exceptionHandling(
                        failures -> failures.authenticationEntryPoint(answers).accessDeniedHandler(answers))
                .authorizeHttpRequests(
                        requests -> requests.dispatcherTypeMatchers(DispatcherType.ASYNC, DispatcherType.ERROR)
                                .permitAll()
                                .requestMatchers(HttpMethod.POST, "/api/v1/setup")
                                .permitAll()
                                .requestMatchers(
                                        HttpMethod.GET,
                                        "/api/v1/status",
                                        "/v3/api-docs",
                                        "/v3/api-docs/**",
                                        "/v3/api-docs.yaml")
                                .permitAll()
                                .anyRequest()
                                .authenticated());
        contentPolicy(http, "default-src 'none'; frame-ancestors 'none'");
        secureHeaders(http);
        return http.build();
    }

    /** The screens: Vaadin's own rules, form login, one session for each browser. */
    @Bean
    @Order(2)
    SecurityFilterChain screensChain(HttpSecurity http, AuthenticationManager authentication) throws Exception {
        http.authenticationManager(authentication)
                .authorizeHttpRequests(requests -> requests.requestMatchers(
                                "/styles.css",
                                "/tokens.css",
                                "/styles/**",
                                "/icons/**",
                                "/images/**",
                                "/favicon.ico",
                                "/favicon.svg")
                        .permitAll())
                // Named before Vaadin names it again: a form login without a page brings Spring's own page with it.
                .addFilterBefore(new BrowserCookie(LOGIN_PATH), UsernamePasswordAuthenticationFilter.class)
                .formLogin(form -> form.loginPage(LOGIN_PATH)
                        .authenticationDetailsSource(BrowserCookie.Details::new)
                        .permitAll()
                        .failureHandler((request, response, failure) -> new SimpleUrlAuthenticationFailureHandler(
                                        LOGIN_PATH + "?error="
                                                + (failure instanceof TooManyAttemptsException
                                                        ? "TOO_MANY_ATTEMPTS"
                                                        : "SIGN_IN_FAILED"))
                                .onAuthenticationFailure(request, response, failure)))
                .sessionManagement(sessions -> sessions.sessionFixation(fixation -> fixation.changeSessionId()))
                .with(
                        VaadinSecurityConfigurer.vaadin(),
                        screens -> screens.loginView(LOGIN_PATH)
                                // An address that leads nowhere is answered by the screens, which say so; the default
                                // is an empty 403.
                                .anyRequest(any -> any.authenticated()));
        // Scripts and styles are left open: Vaadin's start page and its components carry theirs inline.
        contentPolicy(http, "base-uri 'self'; object-src 'none'; frame-ancestors 'none'; form-action 'self'");
        secureHeaders(http);
        return http.build();
    }

    /** So that a confirmation can show over which connection it came. */
    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> timedConnections() {
        return server -> {
            server.setProtocol(TimedProtocol.class.getName());
            server.addEngineValves(new PeerValve());
        };
    }

    /** Named on purpose: without it Boot would make a user with a password in the log. */
    @Bean
    AuthenticationManager authenticationManager(PasswordSignIn passwords) {
        return new ProviderManager(passwords);
    }

    private static void contentPolicy(HttpSecurity http, String policy) {
        http.headers(headers -> headers.contentSecurityPolicy(content -> content.policyDirectives(policy)));
    }

    private static void secureHeaders(HttpSecurity http) throws Exception {
        http.headers(headers -> headers.frameOptions(frames -> frames.deny())
                .referrerPolicy(policy -> policy.policy(ReferrerPolicy.SAME_ORIGIN))
                .permissionsPolicyHeader(
                        policy -> policy.policy("camera=(), microphone=(), geolocation=(), payment=()"))
                .httpStrictTransportSecurity(
                        hsts -> hsts.maxAgeInSeconds(Duration.ofDays(365).toSeconds())));
    }
}
