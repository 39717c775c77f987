package dev.croft.access.internal;

import dev.croft.access.Providers.Settings;
import dev.croft.kernel.Outgoing;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretText;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.converter.FormHttpMessageConverter;
import org.springframework.security.oauth2.client.http.OAuth2ErrorResponseErrorHandler;
import org.springframework.security.oauth2.client.oidc.authentication.OidcIdTokenDecoderFactory;
import org.springframework.security.oauth2.client.oidc.authentication.OidcIdTokenValidator;
import org.springframework.security.oauth2.client.oidc.userinfo.OidcUserService;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.registration.ClientRegistrations;
import org.springframework.security.oauth2.client.userinfo.DefaultOAuth2UserService;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.core.http.converter.OAuth2AccessTokenResponseHttpMessageConverter;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtDecoderFactory;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.stereotype.Component;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;
import org.springframework.web.client.RestClientResponseException;
import org.springframework.web.client.RestTemplate;

/**
 * Providers as Spring Security wants them: made from the database at each sign-in, so that a change is good from the next one on, and
 * from what the provider says of itself, which is asked now and again.
 */
@Component
class Registrations implements ClientRegistrationRepository, JwtDecoderFactory<ClientRegistration> {

    static final String CALLBACK = "/login/oauth2/code/";

    private static final String DISCOVERY = "/.well-known/openid-configuration";
    private static final Duration FRESH = Duration.ofMinutes(10);
    private static final int DECODERS_MOST = 50;
    /** Signatures that the platform verifies; "none" and those by a shared secret are not among them. */
    private static final Set<SignatureAlgorithm> ALGORITHMS = Set.of(SignatureAlgorithm.values());

    private final ProviderTable table;
    private final SignInTests tests;
    private final AccessProperties properties;
    private final Clock clock;
    private final ClientHttpRequestFactory requests;
    private final Map<String, Known> known = new ConcurrentHashMap<>();
    private final Map<Decodes, JwtDecoder> decoders = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Decodes, JwtDecoder> eldest) {
            return size() > DECODERS_MOST;
        }
    };

    private record Known(Map<String, Object> document, Instant until) {}

    /** What a decoder depends on. */
    private record Decodes(String keys, String issuer, String clientId, List<String> algorithms) {}

    Registrations(ProviderTable table, SignInTests tests, AccessProperties properties, Outgoing outgoing, Clock clock) {
        this.table = table;
        this.tests = tests;
        this.properties = properties;
        this.clock = clock;
        var client = new JdkClientHttpRequestFactory(HttpClient.newBuilder()
                .connectTimeout(properties.providerTimeout())
                // Who is asked was entered by an administrator; nobody else says where codes and secrets are sent.
                .followRedirects(HttpClient.Redirect.NEVER)
                .build());
        client.setReadTimeout(properties.providerTimeout());
        requests = (address, method) -> {
            outgoing.require(String.valueOf(address.getHost()));
            return client.createRequest(address, method);
        };
    }

    /** For the addresses that give tokens. */
    RestClient forTokens() {
        return RestClient.builder()
                .requestFactory(requests)
                .configureMessageConverters(converters -> converters
                        .addCustomConverter(new FormHttpMessageConverter())
                        .addCustomConverter(new OAuth2AccessTokenResponseHttpMessageConverter()))
                .defaultStatusHandler(new OAuth2ErrorResponseErrorHandler())
                .build();
    }

    /** All that is said of somebody: in the token, and on the user-info page. */
    OidcUserService users() {
        RestTemplate rest = new RestTemplate(requests);
        rest.setErrorHandler(new OAuth2ErrorResponseErrorHandler());
        var page = new DefaultOAuth2UserService();
        page.setRestOperations(rest);
        var users = new OidcUserService();
        users.setOauth2UserService(page);
        return users;
    }

    /** Null: there is none, or it is switched off. PROVIDER_UNREACHABLE and PROVIDER_REFUSED when it cannot be asked. */
    @Override
    public @Nullable ClientRegistration findByRegistrationId(String id) {
        return find(id, false);
    }

    /**
     * For those who are about to be sent there: it is asked at each sign-in, because a browser that is sent to a provider that is down
     * shows a page of its own, from which nobody finds back.
     */
    ClientRegistrationRepository forLeaving() {
        return id -> find(id, true);
    }

    private @Nullable ClientRegistration find(String id, boolean askAgain) {
        Optional<SignInTests.Run> test = tests.find(id);
        if (test.isPresent()) {
            return registration(
                    id, test.get().settings(), test.get().clientSecret().orElse(null), true);
        }
        return table.find(id)
                .filter(row -> row.settings().enabled())
                .map(row -> registration(id, row.settings(), table.secret(id).orElse(null), askAgain))
                .orElse(null);
    }

    private ClientRegistration registration(
            String id, Settings settings, @Nullable SecretText secret, boolean askAgain) {
        Map<String, Object> document = document(settings, askAgain);
        ClientRegistration.Builder made;
        try {
            made = ClientRegistrations.fromOidcConfiguration(document);
        } catch (RuntimeException e) {
            throw refused(
                    settings,
                    settings.issuer() + DISCOVERY + " lacks what a provider of OpenID Connect says there.",
                    "Compare the issuer with the provider's manual.",
                    e);
        }
        made.registrationId(id)
                .clientId(settings.clientId())
                .clientName(settings.name())
                .scope(scopes(settings))
                .redirectUri("{baseUrl}" + CALLBACK + settings.id())
                .clientSettings(ClientRegistration.ClientSettings.builder()
                        .requireProofKey(true)
                        .build());
        if (secret == null) {
            made.clientAuthenticationMethod(ClientAuthenticationMethod.NONE);
        } else {
            made.clientSecret(secret.reveal());
        }
        return made.build();
    }

    static List<String> scopes(Settings settings) {
        return Stream.concat(
                        Stream.of("openid"), Arrays.stream(settings.scopes().split("\\s+")))
                .filter(scope -> !scope.isEmpty())
                .distinct()
                .toList();
    }

    private Map<String, Object> document(Settings settings, boolean askAgain) {
        Instant now = clock.instant();
        Known before = known.get(settings.issuer());
        if (before != null && !askAgain && before.until().isAfter(now)) {
            return before.document();
        }
        Map<String, Object> document = ask(settings);
        known.put(settings.issuer(), new Known(document, now.plus(FRESH)));
        return document;
    }

    private Map<String, Object> ask(Settings settings) {
        String base = settings.issuer().replaceFirst("/+$", "");
        Map<String, Object> document;
        try {
            document = RestClient.create(new RestTemplate(requests))
                    .get()
                    .uri(URI.create(base + DISCOVERY))
                    .retrieve()
                    .body(new ParameterizedTypeReference<Map<String, Object>>() {});
        } catch (RestClientResponseException e) {
            throw e.getStatusCode().is5xxServerError()
                    ? unreachable(
                            settings, "it answers HTTP " + e.getStatusCode().value(), e)
                    : refused(
                            settings,
                            base + DISCOVERY + " answers HTTP "
                                    + e.getStatusCode().value() + ": there is no provider with this issuer.",
                            "Compare the issuer with what the provider shows.",
                            e);
        } catch (RestClientException e) {
            if (e.getCause() instanceof java.io.IOException) {
                throw unreachable(settings, cause(e), e);
            }
            throw refused(
                    settings,
                    base + DISCOVERY + " does not answer with JSON: there is no provider with this issuer.",
                    "Compare the issuer with what the provider shows.",
                    e);
        }
        String says = document == null ? "nothing" : String.valueOf(document.get("issuer"));
        if (document == null || !says.replaceFirst("/+$", "").equals(base)) {
            throw refused(
                    settings,
                    "Croft was told that the issuer is " + settings.issuer() + "; the provider there calls itself "
                            + says + ".",
                    "If you know that name, enter it as the issuer. If not, this may be somebody else's server.",
                    null);
        }
        return document;
    }

    static String cause(Throwable e) {
        Throwable deepest = e;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        String said = deepest.getMessage();
        String kind = deepest.getClass().getSimpleName();
        return switch (kind) {
            case "ConnectException", "ClosedChannelException" -> "nothing listens there";
            case "UnresolvedAddressException", "UnknownHostException" -> "its name is not known to the DNS";
            case "RefusedException" -> String.valueOf(said);
            case "HttpTimeoutException", "HttpConnectTimeoutException" -> "it did not answer in time";
            default -> said == null ? kind : kind + ": " + said;
        };
    }

    static ProblemException unreachable(Settings settings, String why, @Nullable Throwable cause) {
        ProblemException problem = Problem.of(
                        ProblemCode.PROVIDER_UNREACHABLE,
                        settings.name() + " cannot be asked to sign you in.",
                        settings.issuer() + " was not reached: " + why + ".",
                        "Try again in a minute. If it stays so, sign in with a local account, or ask whoever runs the provider.")
                .toException();
        if (cause != null) {
            problem.addSuppressed(cause);
        }
        return problem;
    }

    static ProblemException refused(Settings settings, String why, String next, @Nullable Throwable cause) {
        ProblemException problem = Problem.of(
                        ProblemCode.PROVIDER_REFUSED,
                        "The sign-in by " + settings.name() + " cannot be trusted.",
                        why,
                        next)
                .toException();
        if (cause != null) {
            problem.addSuppressed(cause);
        }
        return problem;
    }

    // ---- tokens

    @Override
    public JwtDecoder createDecoder(ClientRegistration registration) {
        ClientRegistration.ProviderDetails provider = registration.getProviderDetails();
        List<String> algorithms =
                algorithms(provider.getConfigurationMetadata().get("id_token_signing_alg_values_supported"));
        Decodes decodes = new Decodes(
                provider.getJwkSetUri(),
                String.valueOf(provider.getIssuerUri()),
                registration.getClientId(),
                algorithms);
        synchronized (decoders) {
            return decoders.computeIfAbsent(decodes, unused -> decoder(registration, algorithms));
        }
    }

    private JwtDecoder decoder(ClientRegistration registration, List<String> algorithms) {
        NimbusJwtDecoder decoder = NimbusJwtDecoder.withJwkSetUri(
                        registration.getProviderDetails().getJwkSetUri())
                .restOperations(new RestTemplate(requests))
                .jwsAlgorithms(all -> algorithms.forEach(name -> all.add(SignatureAlgorithm.from(name))))
                .build();
        JwtTimestampValidator times = new JwtTimestampValidator(properties.clockSkew());
        times.setClock(clock);
        OidcIdTokenValidator claims = new OidcIdTokenValidator(registration);
        claims.setClockSkew(properties.clockSkew());
        claims.setClock(clock);
        decoder.setJwtValidator(new DelegatingOAuth2TokenValidator<>(times, claims));
        decoder.setClaimSetConverter(OidcIdTokenDecoderFactory.createDefaultClaimTypeConverter());
        return decoder;
    }

    private static List<String> algorithms(@Nullable Object said) {
        Set<String> ours = ALGORITHMS.stream().map(SignatureAlgorithm::getName).collect(Collectors.toSet());
        List<String> both = said instanceof Collection<?> list
                ? list.stream()
                        .map(String::valueOf)
                        .filter(ours::contains)
                        .sorted()
                        .toList()
                : List.of();
        return both.isEmpty() ? List.of(SignatureAlgorithm.RS256.getName()) : both;
    }
}
