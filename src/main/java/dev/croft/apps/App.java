package dev.croft.apps;

import dev.croft.desired.AppSpec;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An app: what it should be, and what the box's systemd says it is.
 *
 * @param pending whether {@code spec} is a draft that is not in force yet
 */
public record App(HostName host, AppName name, AppSpec spec, boolean pending, Observed observed) {

    /**
     * @param state running, starting, stopping, stopped, failed, not deployed or unknown (the box does not answer)
     * @param since when the unit got there
     * @param seenAt when the box said so
     * @param url where it answers right now, as reached from the console's machine
     * @param deployment the operation that brought the running version
     */
    public record Observed(
            String state,
            @Nullable Instant since,
            @Nullable Instant seenAt,
            @Nullable String url,
            @Nullable OperationId deployment,
            String isolation) {}
}
