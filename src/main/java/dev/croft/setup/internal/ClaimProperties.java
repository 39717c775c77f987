package dev.croft.setup.internal;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Prefix {@code croft.setup}.
 *
 * @param claimFor how long the link of the ready line makes somebody the first administrator
 * @param tokenFor how long the API token is good that a script gets which makes the first administrator
 */
@ConfigurationProperties("croft.setup")
record ClaimProperties(
        @DefaultValue("1h") Duration claimFor,
        @DefaultValue("12h") Duration tokenFor) {}
