package dev.croft.alerts.internal;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Prefix {@code croft.alerts}.
 *
 * @param round how often it is looked whether something is wrong; a unit's change is looked at at once. 0: never
 * @param slow how often boxes are asked for what costs them something: certificates and backups
 * @param timeout how long is waited for a channel
 * @param retryFirst pause before a message is tried again; doubles with each failure
 * @param retryMost longest such pause
 * @param giveUp how long a message is tried
 * @param keep how long what is over is kept
 */
@ConfigurationProperties("croft.alerts")
record AlertsProperties(
        @DefaultValue("5s") Duration round,
        @DefaultValue("30m") Duration slow,
        @DefaultValue("15s") Duration timeout,
        @DefaultValue("5s") Duration retryFirst,
        @DefaultValue("10m") Duration retryMost,
        @DefaultValue("3d") Duration giveUp,
        @DefaultValue("180d") Duration keep) {

    boolean watches() {
        return !round.isZero();
    }
}
