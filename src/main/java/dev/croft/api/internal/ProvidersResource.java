package dev.croft.api.internal;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.croft.access.Providers;
import dev.croft.access.Providers.Provider;
import dev.croft.access.Providers.Rule;
import dev.croft.access.Providers.Settings;
import dev.croft.access.Scope;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** /sign-in: who vouches for people, and whether passwords count. */
@RestController
@RequestMapping("/api/v1/sign-in")
class ProvidersResource {

    private final Providers providers;

    ProvidersResource(Providers providers) {
        this.providers = providers;
    }

    /** Who has this value in this claim gets this role for this scope; {@code *} as the value: anything. */
    record RuleText(
            @JsonProperty("claim") @Nullable String claimName,
            @Nullable String value,
            @Nullable String role,
            @Nullable String scope) {}

    /**
     * @param clientSecret left out: the one that is kept
     * @param scopes asked for beside openid; left out: profile email
     * @param enabled left out: it is
     */
    record ProviderRequest(
            @Nullable String name,
            @Nullable String issuer,
            @Nullable String clientId,
            @Nullable SecretText clientSecret,
            @Nullable String scopes,
            @Nullable Boolean enabled,
            @Nullable List<RuleText> rules) {}

    /** @param proved whether somebody became an administrator by these very settings */
    record ProviderView(
            String id,
            String name,
            String issuer,
            String clientId,
            String scopes,
            boolean enabled,
            List<RuleText> rules,
            boolean hasSecret,
            boolean proved,
            Instant changedAt,
            String changedBy) {}

    record PasswordsText(@Nullable Boolean enabled) {}

    @GetMapping("/providers")
    List<ProviderView> list() {
        return providers.list().stream().map(ProvidersResource::view).toList();
    }

    /** Adds or replaces it; good from the next sign-in on. Refused when nobody could administer the console afterwards. */
    @PutMapping("/providers/{provider}")
    ProviderView save(@PathVariable String provider, @RequestBody ProviderRequest request) {
        List<RuleText> rules = request.rules() == null ? List.of() : request.rules();
        return view(providers.save(
                new Settings(
                        provider,
                        text(request.name()),
                        text(request.issuer()),
                        text(request.clientId()),
                        request.scopes() == null ? "profile email" : request.scopes(),
                        request.enabled() == null || request.enabled(),
                        rules.stream().map(ProvidersResource::rule).toList()),
                request.clientSecret(),
                null));
    }

    /** Whoever came by it is signed out. Refused as above. */
    @DeleteMapping("/providers/{provider}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void remove(@PathVariable String provider) {
        providers.remove(provider);
    }

    @GetMapping("/passwords")
    PasswordsText passwords() {
        return new PasswordsText(providers.passwordSignIn());
    }

    @PutMapping("/passwords")
    PasswordsText setPasswords(@RequestBody PasswordsText request) {
        if (request.enabled() == null) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "Nothing was changed.",
                            "enabled: it was not given.",
                            "Send true or false.")
                    .toException();
        }
        providers.setPasswordSignIn(request.enabled());
        return new PasswordsText(providers.passwordSignIn());
    }

    private static Rule rule(RuleText text) {
        return new Rule(
                text(text.claimName()),
                text(text.value()),
                TokensResource.role(text.role()),
                text.scope() == null ? Scope.EVERYWHERE : Scope.parse(text.scope()));
    }

    private static ProviderView view(Provider provider) {
        Settings settings = provider.settings();
        return new ProviderView(
                settings.id(),
                settings.name(),
                settings.issuer(),
                settings.clientId(),
                settings.scopes(),
                settings.enabled(),
                settings.rules().stream()
                        .map(rule -> new RuleText(
                                rule.claimName(),
                                rule.value(),
                                rule.role().name(),
                                rule.scope().toString()))
                        .toList(),
                provider.hasSecret(),
                provider.proved(),
                provider.changedAt(),
                provider.changedBy());
    }

    private static String text(@Nullable String given) {
        return given == null ? "" : given;
    }
}
