package dev.croft.api.internal;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Prefix {@code croft.api}.
 *
 * @param bodyMost largest request body
 */
@ConfigurationProperties("croft.api")
record ApiProperties(@DefaultValue("5MB") DataSize bodyMost) {}
