package dev.croft.api.internal;

import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * Prefix {@code croft.api}.
 *
 * @param bodyMost largest request body
 * @param calls how many calls of one person are answered at once ...
 * @param callsPer ... and how long it takes until as many are again
 */
@ConfigurationProperties("croft.api")
@Validated
record ApiProperties(
        @DefaultValue("5MB") DataSize bodyMost,
        @DefaultValue("3000") @Min(1) int calls,
        @DefaultValue("1m") Duration callsPer) {}
