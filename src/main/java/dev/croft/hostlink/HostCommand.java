package dev.croft.hostlink;

import dev.croft.kernel.AppName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The closed set of things a box can be asked. A new ability is a new case here, in the box's table of requests and in
 * docs/protocol.md §4. The type parameter is what {@code done} carries.
 */
public sealed interface HostCommand<R> {

    record Author(String name, String email) {}

    record Probe() implements HostCommand<ProbeResult> {}

    record ReadState() implements HostCommand<StateResult> {}

    record Inspect(String url, @Nullable String ref) implements HostCommand<Inspection> {}

    record Plan(OperationId operation, String state, Author author, String message)
            implements HostCommand<Acceptance> {}

    record Apply(
            OperationId operation,
            String state,
            Author author,
            String message,
            @Nullable String expect) implements HostCommand<Acceptance> {}

    record RollBack(OperationId operation, @Nullable Integer generation, Author author)
            implements HostCommand<Acceptance> {}

    record ListOperations(@Nullable OperationId operation) implements HostCommand<List<OperationReport>> {}

    record Follow(OperationId operation, @Nullable String after) implements HostCommand<OperationReport> {}

    record Cancel(OperationId operation) implements HostCommand<OperationReport> {}

    record ListGenerations() implements HostCommand<List<Generation>> {}

    record Units(List<AppName> apps) implements HostCommand<UnitsResult> {}

    record Control(AppName app, Action action) implements HostCommand<UnitState> {}

    enum Action {
        START,
        STOP,
        RESTART
    }

    record Journal(
            @Nullable AppName app,
            @Nullable String unit,
            @Nullable String after,
            int lines,
            boolean follow) implements HostCommand<JournalEnd> {}

    // ---- results

    record Acceptance(OperationId operation) {}

    record ProbeResult(List<Check> checks, Map<String, Object> system) {}

    record Check(String id, boolean ok, String found, String wanted, String why) {}

    record StateResult(@Nullable String revision, @Nullable String state) {}

    record Inspection(
            String url,
            String ref,
            String rev,
            String narHash,
            @Nullable Instant lastModified,
            @Nullable String builder,
            String reason,
            List<Candidate> candidates,
            @Nullable Integer port,
            @Nullable List<String> command) {}

    record Candidate(String builder, String reason) {}

    /** {@code state} is one of RUNNING, SUCCEEDED, FAILED, CANCELLED, ROLLED_BACK, LOST. */
    record OperationReport(
            OperationId operation,
            String kind,
            String state,
            @Nullable String phase,
            @Nullable Instant startedAt,
            @Nullable Instant finishedAt,
            @Nullable Problem problem,
            Map<String, Object> result) {}

    /** Sizes in bytes; {@code closure} is a store path. */
    record Generation(
            int number,
            Instant date,
            boolean current,
            boolean booted,
            boolean bootDefault,
            String closure,
            @Nullable Long closureBytes,
            String description,
            @Nullable OperationId operation,
            @Nullable String author,
            @Nullable String revision) {}

    record UnitsResult(Instant time, List<UnitState> units) {}

    record UnitState(
            AppName app,
            String unit,
            String load,
            String active,
            String sub,
            @Nullable String result,
            @Nullable Instant since,
            int restarts,
            @Nullable Integer mainPid) {}

    record JournalEnd(@Nullable String cursor) {}
}
