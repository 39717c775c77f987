package dev.croft.alerts;

import dev.croft.hostlink.UnitStates.SeenUnit;
import java.time.Instant;

/**
 * A service as systemd told of it at last.
 *
 * @param seenAt when the console was told, or was last told that nothing has changed
 * @param current whether the box still tells: false while the link to it is cut
 */
public record UnitNow(SeenUnit unit, Instant seenAt, boolean current) {}
