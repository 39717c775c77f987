package dev.croft.alerts;

import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Nobody is told of these for a while. They are watched and shown all the same, and told of when the silence ends before they do.
 *
 * @param kind null: all
 * @param host null: all
 * @param app null: all of the box, and the box itself
 */
public record Silence(
        long id,
        @Nullable AlertKind kind,
        @Nullable HostName host,
        @Nullable AppName app,
        Instant until,
        String reason,
        String by,
        Instant at) {

    public boolean covers(AlertKind what, HostName where, @Nullable AppName which) {
        return (kind == null || kind == what)
                && (host == null || host.equals(where))
                && (app == null || app.equals(which));
    }
}
