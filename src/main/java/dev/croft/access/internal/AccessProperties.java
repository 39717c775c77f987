package dev.croft.access.internal;

import jakarta.validation.constraints.Min;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Prefix {@code croft.access}.
 *
 * @param attempts failed sign-ins (or claims) for one name from one address before the next must wait
 * @param attemptsPer time in which that many attempts come back
 * @param passwordAgain how long a proof of who one is, given once more, is good
 * @param sessionIdle how long a sign-in lasts that nobody uses
 * @param sessionMost how long a sign-in lasts at most
 * @param sessionPurge how often what is left of sign-ins that are over is deleted
 * @param providerAgain how often a provider is asked whether it still vouches for somebody
 * @param vouchedFor how long API tokens of somebody are good for whom no provider has vouched since
 * @param providerTimeout how long is waited for an answer of a provider
 * @param clockSkew how far the clock of a provider may be from this one
 * @param plainProviders whether providers without TLS are accepted from anywhere, not only on this machine; for tests
 * @param resetSignIn whether this start lets the local administrator in anew
 * @param proxySecretFile file with the secret by which a reverse proxy proves itself; null: no proxy is believed
 */
@ConfigurationProperties("croft.access")
@Validated
record AccessProperties(
        @DefaultValue("10") @Min(1) int attempts,
        @DefaultValue("10m") Duration attemptsPer,
        @DefaultValue("10m") Duration passwordAgain,
        @DefaultValue("2h") Duration sessionIdle,
        @DefaultValue("12h") Duration sessionMost,
        @DefaultValue("1h") Duration sessionPurge,
        @DefaultValue("5m") Duration providerAgain,
        @DefaultValue("30d") Duration vouchedFor,
        @DefaultValue("5s") Duration providerTimeout,
        @DefaultValue("60s") Duration clockSkew,
        @DefaultValue("false") boolean plainProviders,
        @DefaultValue("false") boolean resetSignIn,
        @Nullable Path proxySecretFile) {}
