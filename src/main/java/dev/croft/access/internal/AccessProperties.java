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
 * @param proxySecretFile file with the secret by which a reverse proxy proves itself; null: no proxy is believed
 */
@ConfigurationProperties("croft.access")
@Validated
record AccessProperties(
        @DefaultValue("10") @Min(1) int attempts,
        @DefaultValue("10m") Duration attemptsPer,
        @DefaultValue("10m") Duration passwordAgain,
        @Nullable Path proxySecretFile) {}
