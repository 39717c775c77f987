package dev.croft.hostlink;

import dev.croft.kernel.AppName;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What has changed of the states of a box's units, by systemd's own events: all of Croft's services, and any other that is in trouble.
 * Source: docs/protocol.md, States of units.
 *
 * @param time when they were seen, by the box's wall clock
 * @param whole what is not among {@code units} is not told of any more
 * @param gone names of units that are not told of any more
 */
public record UnitStates(Instant time, boolean whole, List<SeenUnit> units, List<String> gone) implements HostReply {

    /**
     * A service.
     *
     * @param app whose main service it is; null: something else
     * @param active systemd's ActiveState: active, activating, deactivating, inactive, failed …
     * @param sub its SubState: running, dead, failed, auto-restart …
     * @param result its Result: success, exit-code, signal, core-dump, oom-kill, timeout, watchdog, start-limit-hit …
     * @param since when it came into this state
     * @param restarts how often systemd has started it again by itself since somebody last started it
     * @param exit how its main process ended last; null: it has not yet
     */
    public record SeenUnit(
            String unit,
            @Nullable AppName app,
            String load,
            String active,
            String sub,
            String result,
            @Nullable Instant since,
            int restarts,
            @Nullable Exit exit) {}

    /**
     * @param code exited, killed or dumped
     * @param status an exit code, or the number of a signal
     */
    public record Exit(String code, int status) {}
}
