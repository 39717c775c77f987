package dev.croft.access.internal;

import com.vaadin.flow.spring.security.VaadinSecurityConfigurer;
import dev.croft.access.SignInPaths;
import jakarta.servlet.DispatcherType;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Set;
import org.springframework.aop.Advisor;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpMethod;
import org.springframework.security.access.hierarchicalroles.RoleHierarchy;
import org.springframework.security.access.hierarchicalroles.RoleHierarchyImpl;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authentication.ProviderManager;
import org.springframework.security.authorization.method.AuthorizationInterceptorsOrder;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.authentication.UsernamePasswordAuthenticationFilter;
import org.springframework.security.web.authentication.session.ChangeSessionIdAuthenticationStrategy;
import org.springframework.security.web.authentication.session.CompositeSessionAuthenticationStrategy;
import org.springframework.security.web.context.DelegatingSecurityContextRepository;
import org.springframework.security.web.context.HttpSessionSecurityContextRepository;
import org.springframework.security.web.context.RequestAttributeSecurityContextRepository;
import org.springframework.security.web.context.SecurityContextHolderFilter;
import org.springframework.security.web.context.SecurityContextRepository;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.util.ClassUtils;

/**
 * The two ways in. Both only establish who acts; what they may do is asked at the use cases, by the Requires annotations, so that
 * the screens and the API cannot differ.
 */
@Configuration(proxyBeanMethods = false)
@EnableWebSecurity
@EnableConfigurationProperties(AccessProperties.class)
class SecurityChains {

    /** The view behind this path belongs to the screens, which sit above this module; they agree on the path alone. */
    private static final String LOGIN_PATH = SignInPaths.LOGIN;

    @Bean
    static RoleHierarchy roleHierarchy() {
        return RoleHierarchyImpl.withDefaultRolePrefix()
                .role("ADMIN")
                .implies("OPERATOR")
                .role("OPERATOR")
                .implies("VIEWER")
                .build();
    }

    /** Before transactions: whoever is refused costs none. */
    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static Advisor scopeAdvisor(ScopeGuard guard) {
        var useCases = new StaticMethodMatcherPointcut() {
            @Override
            public boolean matches(Method method, Class<?> target) {
                return guard.guards(method);
            }
        };
        useCases.setClassFilter(type -> ClassUtils.getAllInterfacesForClassAsSet(type).stream()
                .anyMatch(useCase -> useCase.getName().startsWith("dev.croft.")));
        var advisor = new DefaultPointcutAdvisor(useCases, guard);
        advisor.setOrder(AuthorizationInterceptorsOrder.PRE_AUTHORIZE.getOrder());
        return advisor;
    }

    /** The API: a token with every request, or the session of a page of this console that shows that it is one (CSRF). */
    @Bean
    @Order(1)
    SecurityFilterChain apiChain(
            HttpSecurity http,
            ApiTokens tokens,
            Roles roles,
            ProblemAnswers answers,
            SecurityContextHolderStrategy contexts,
            SessionGuard.Parts guard)
            throws Exception {
        http.addFilterBefore(guard.guard(), SecurityContextHolderFilter.class)
                .securityMatcher("/api/**", "/v3/api-docs", "/v3/api-docs/**")
                .headers(headers -> headers.disable())
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
        return http.build();
    }

    /** The screens: Vaadin's own rules, form login, one session for each browser. */
    @Bean
    @Order(2)
    SecurityFilterChain screensChain(
            HttpSecurity http,
            AuthenticationManager authentication,
            SignInChain signIn,
            SignInFailures failures,
            OpenSessions sessions,
            Registrations registrations,
            SessionGuard.Parts guard)
            throws Exception {
        SecurityContextRepository contexts = new DelegatingSecurityContextRepository(
                new RequestAttributeSecurityContextRepository(), new HttpSessionSecurityContextRepository());
        http.setSharedObject(SecurityContextRepository.class, contexts);
        http.authenticationManager(authentication)
                .headers(headers -> headers.disable())
                .securityContext(context -> context.securityContextRepository(contexts))
                .addFilterBefore(guard.guard(), SecurityContextHolderFilter.class)
                .authorizeHttpRequests(requests -> requests.requestMatchers(
                                "/styles.css",
                                "/tokens.css",
                                "/styles/**",
                                "/icons/**",
                                // what boxes are enrolled with; it has no secret
                                "/enrol/croft.tar.gz",
                                "/images/**",
                                "/favicon.ico",
                                "/favicon.svg")
                        .permitAll())
                // Named before Vaadin names it again: a form login without a page brings Spring's own page with it.
                .addFilterBefore(
                        new SignInForms(Set.of(LOGIN_PATH, SignInPaths.CODE, SignInPaths.PASSKEY)),
                        SecurityContextHolderFilter.class)
                .addFilterBefore(
                        new BrowserCookie(Set.of(LOGIN_PATH, SignInPaths.PASSKEY), SignInPaths.PROVIDER),
                        UsernamePasswordAuthenticationFilter.class)
                .formLogin(form -> form.loginPage(LOGIN_PATH)
                        .authenticationDetailsSource(BrowserCookie.Details::new)
                        .permitAll()
                        .failureHandler(failures))
                .sessionManagement(management ->
                        management.sessionAuthenticationStrategy(new CompositeSessionAuthenticationStrategy(
                                List.of(new ChangeSessionIdAuthenticationStrategy(), sessions))))
                .with(signIn.filters(), Customizer.withDefaults())
                // As for name and password: nothing is gained by making somebody else's browser send a code, or what a
                // passkey
                // answered to another browser.
                .csrf(csrf -> csrf.ignoringRequestMatchers(
                        PathPatternRequestMatcher.withDefaults().matcher(HttpMethod.POST, SignInPaths.CODE),
                        PathPatternRequestMatcher.withDefaults().matcher(HttpMethod.POST, SignInPaths.PASSKEY)))
                .oidcLogout(logout -> logout.clientRegistrationRepository(registrations)
                        .backChannel(channel -> channel.logoutHandler(signIn)))
                .with(
                        VaadinSecurityConfigurer.vaadin(),
                        screens -> screens.loginView(LOGIN_PATH)
                                .addLogoutHandler(signIn)
                                .logoutSuccessHandler(signIn)
                                // An address that leads nowhere is answered by the screens, which say so; the default
                                // is an empty 403.
                                .anyRequest(any -> any.authenticated()));
        return http.build();
    }

    /** So that a confirmation can show over which connection it came. */
    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> timedConnections(TrustedProxy proxy) {
        return server -> {
            server.setProtocol(TimedProtocol.class.getName());
            server.addEngineValves(new PeerValve(proxy));
        };
    }

    /** Named on purpose: without it Boot would make a user with a password in the log. */
    @Bean
    AuthenticationManager authenticationManager(PasswordSignIn passwords) {
        return new ProviderManager(passwords);
    }
}
