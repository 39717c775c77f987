package dev.croft.api.internal;

import dev.croft.apps.App;
import dev.croft.desired.DesiredStates;
import dev.croft.fleet.Host;
import dev.croft.fleet.HostStatus;
import dev.croft.hostlink.HostReply;
import dev.croft.kernel.Problem;
import dev.croft.operations.Operation;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The API's shapes of what the use cases return. */
@Component
class Views {

    private final DesiredStates desired;
    private final Clock clock;

    Views(DesiredStates desired, Clock clock) {
        this.desired = desired;
        this.clock = clock;
    }

    record OperationView(
            String id,
            String kind,
            String host,
            @Nullable String app,
            String title,
            String state,
            @Nullable String phase,
            String requestedBy,
            Instant createdAt,
            @Nullable Instant startedAt,
            @Nullable Instant finishedAt,
            @Nullable Integer generation,
            @Nullable ProblemView problem,
            @Nullable Map<String, Object> result,
            @Nullable ConfirmView confirm,
            List<PhaseView> phases) {}

    /** @param secondsLeft by the console's clock, 0 when the time is over */
    record ConfirmView(Instant until, long secondsLeft, String level, List<String> reasons) {}

    record PhaseView(
            String phase, Instant startedAt, @Nullable Instant endedAt) {}

    record ProblemView(
            String code,
            String what,
            String why,
            String next,
            @Nullable String detail) {}

    record HostView(
            String name,
            String address,
            int port,
            String user,
            String fingerprint,
            Instant enrolledAt,
            boolean reachable,
            @Nullable Instant seenAt,
            @Nullable String description,
            @Nullable ProblemView problem) {}

    record LineView(
            String cursor,
            Instant time,
            int priority,
            @Nullable String unit,
            @Nullable String stream,
            @Nullable String derivation,
            String text) {}

    record ObservedView(
            String state,
            @Nullable Instant since,
            @Nullable Instant seenAt,
            @Nullable String url,
            @Nullable String deployment,
            String isolation) {}

    OperationView operation(Operation operation) {
        return new OperationView(
                operation.id().value(),
                operation.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                operation.host().value(),
                operation.app() == null ? null : operation.app().value(),
                operation.title(),
                operation.state().name(),
                operation.phase(),
                operation.requestedBy(),
                operation.createdAt(),
                operation.startedAt(),
                operation.finishedAt(),
                operation.generation(),
                problem(operation.problem()),
                operation.result().isEmpty() ? null : operation.result(),
                confirm(operation.confirm()),
                operation.phases().stream()
                        .map(phase -> new PhaseView(phase.phase(), phase.startedAt(), phase.endedAt()))
                        .toList());
    }

    private @Nullable ConfirmView confirm(Operation.@Nullable Waiting waiting) {
        return waiting == null
                ? null
                : new ConfirmView(
                        waiting.until(),
                        Math.max(
                                0,
                                Duration.between(clock.instant(), waiting.until())
                                        .toSeconds()),
                        waiting.level(),
                        waiting.reasons());
    }

    @Nullable
    ProblemView problem(@Nullable Problem problem) {
        return problem == null
                ? null
                : new ProblemView(
                        problem.code().name(), problem.what(), problem.why(), problem.next(), problem.detail());
    }

    HostView host(Host host, HostStatus status) {
        return new HostView(
                host.name().value(),
                host.endpoint().address(),
                host.endpoint().port(),
                host.endpoint().user(),
                host.endpoint().fingerprint(),
                host.enrolledAt(),
                status.reachable(),
                status.seenAt(),
                status.description(),
                problem(status.problem()));
    }

    /** The entry of state.json with its name, and what is seen of it. */
    Map<String, Object> app(App app) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("name", app.name().value());
        view.put("host", app.host().value());
        view.putAll(desired.entry(app.spec()));
        view.put("pending", app.pending());
        App.Observed observed = app.observed();
        view.put(
                "observed",
                new ObservedView(
                        observed.state(),
                        observed.since(),
                        observed.seenAt(),
                        observed.url(),
                        observed.deployment() == null
                                ? null
                                : observed.deployment().value(),
                        observed.isolation()));
        return view;
    }

    LineView line(HostReply.Line line) {
        return new LineView(
                line.cursor(),
                line.time(),
                line.priority(),
                line.unit(),
                line.stream(),
                line.derivation(),
                line.text());
    }
}
