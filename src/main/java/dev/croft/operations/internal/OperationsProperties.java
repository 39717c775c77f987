package dev.croft.operations.internal;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Prefix {@code croft.operations}.
 *
 * @param reattachFirst pause before a broken link is tried again; doubles with each failure
 * @param reattachMost longest such pause
 * @param lostAfter failures in a row after which an operation is shown as LOST (it is still looked for)
 * @param busyPause pause before a box that is busy with somebody else's change is asked again
 * @param flush how long lines are gathered before they are written and shown
 * @param keepEvents how many lines and counts of an operation are kept
 * @param queue how many operations may wait for one box
 */
@ConfigurationProperties("croft.operations")
record OperationsProperties(
        @DefaultValue("1s") Duration reattachFirst,
        @DefaultValue("2s") Duration reattachMost,
        @DefaultValue("3") int lostAfter,
        @DefaultValue("3s") Duration busyPause,
        @DefaultValue("100ms") Duration flush,
        @DefaultValue("5000") int keepEvents,
        @DefaultValue("20") int queue) {}
