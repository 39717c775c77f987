package dev.croft.fleet.internal;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Prefix {@code croft.fleet}.
 *
 * @param heartbeat how often a box is asked whether it still answers
 */
@ConfigurationProperties("croft.fleet")
record FleetProperties(@DefaultValue("15s") Duration heartbeat) {}
