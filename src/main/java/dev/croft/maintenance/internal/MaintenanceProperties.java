package dev.croft.maintenance.internal;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Prefix {@code croft.maintenance}.
 *
 * @param round how often it is looked whether one of the following is due
 * @param disk how often a box is asked what fills its disks
 * @param contract how often a box is asked whether it still offers what Croft needs
 * @param evaluation how often a box evaluates its configuration, to prove that it is what runs
 * @param settle how long after a change a box is left alone before it is asked what that made of it
 * @param retry how long after a failure that is tried again
 * @param fresh how long an answer is good enough for the next page that asks the same
 */
@ConfigurationProperties("croft.maintenance")
record MaintenanceProperties(
        @DefaultValue("30s") Duration round,
        @DefaultValue("5m") Duration disk,
        @DefaultValue("24h") Duration contract,
        @DefaultValue("24h") Duration evaluation,
        @DefaultValue("3s") Duration settle,
        @DefaultValue("1h") Duration retry,
        @DefaultValue("30s") Duration fresh) {}
