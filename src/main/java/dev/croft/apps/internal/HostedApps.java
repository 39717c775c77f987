package dev.croft.apps.internal;

import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Sight;
import dev.croft.apps.App;
import dev.croft.apps.App.Observed;
import dev.croft.apps.Apps;
import dev.croft.apps.Deployment;
import dev.croft.desired.AppSpec;
import dev.croft.desired.Changes;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.Action;
import dev.croft.hostlink.HostCommand.Inspection;
import dev.croft.hostlink.HostCommand.Snapshot;
import dev.croft.hostlink.HostCommand.UnitState;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.maintenance.Generations;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationFinished;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Service;

/** Joins what an app should be with what the box's systemd says it is. */
@Service
class HostedApps implements Apps {

    private static final Logger log = LoggerFactory.getLogger(HostedApps.class);
    private static final int HISTORY = 200;

    private final Hosts hosts;
    private final HostLink link;
    private final DesiredStates desired;
    private final Operations operations;
    private final Generations generations;
    private final UnitsCache units;
    private final Sight sight;

    HostedApps(
            Hosts hosts,
            HostLink link,
            DesiredStates desired,
            Operations operations,
            Generations generations,
            UnitsCache units,
            Sight sight) {
        this.sight = sight;
        this.hosts = hosts;
        this.link = link;
        this.desired = desired;
        this.operations = operations;
        this.generations = generations;
        this.units = units;
    }

    @Override
    public List<App> list(HostName name) {
        Host host = hosts.get(name);
        SortedMap<AppName, AppSpec> inForce =
                desired.inForce(name).map(HostState::apps).orElseGet(TreeMap::new);
        Changes changes = desired.changes(name);
        SortedMap<AppName, AppSpec> shown = new TreeMap<>(inForce);
        shown.putAll(changes.put());
        UnitsCache.Seen seen = units.of(host, inForce.keySet());
        List<Operation> history = operations.list(name, null, HISTORY);
        Predicate<Scope> mine = sight.may(Role.VIEWER);
        shown.keySet().removeIf(app -> !mine.test(Scope.of(name, app)));
        List<App> apps = new ArrayList<>();
        shown.forEach((app, spec) -> apps.add(new App(
                name,
                app,
                spec,
                changes.put().containsKey(app) || changes.remove().contains(app),
                observed(host, app, inForce.get(app), seen, history))));
        return apps;
    }

    @Override
    public App get(HostName host, AppName app) {
        return list(host).stream()
                .filter(each -> each.name().equals(app))
                .findFirst()
                .orElseThrow(() -> unknown(host, app));
    }

    private static Observed observed(
            Host host, AppName app, @Nullable AppSpec inForce, UnitsCache.Seen seen, List<Operation> history) {
        UnitState unit = seen.units().get(app);
        if (inForce == null) {
            return new Observed("not deployed", null, seen.seenAt(), null, null, "service");
        }
        String state = !seen.reachable() ? "unknown" : unit == null ? "not deployed" : word(unit);
        boolean runs = "running".equals(state);
        return new Observed(
                state,
                unit == null ? null : unit.since(),
                seen.seenAt(),
                runs ? url(host, inForce) : null,
                deployment(app, inForce, history),
                inForce.isolation());
    }

    /** systemd's words for units in words for people. */
    private static String word(UnitState unit) {
        if ("not-found".equals(unit.load())) {
            return "not deployed";
        }
        return switch (unit.active()) {
            case "active", "reloading", "refreshing" -> "running";
            // Between two attempts of Restart= nothing runs, and nobody asked it to stop.
            case "activating" -> "auto-restart".equals(unit.sub()) ? "failed" : "starting";
            case "deactivating" -> "stopping";
            case "failed" -> "failed";
            default -> "stopped";
        };
    }

    private static @Nullable String url(Host host, AppSpec spec) {
        if (!spec.domains().isEmpty()) {
            boolean plain = spec.web() == null
                    || Objects.requireNonNullElse(spec.web().tls(), AppSpec.Tls.NONE) == AppSpec.Tls.NONE;
            return (plain ? "http://" : "https://") + spec.domains().getFirst();
        }
        if (spec.run().port() == null) {
            return null;
        }
        String address = host.endpoint().address();
        return "http://" + (address.contains(":") ? "[" + address + "]" : address) + ":"
                + spec.run().port();
    }

    /** The oldest operation since which the box has had this revision without a break. */
    private static @Nullable OperationId deployment(AppName app, AppSpec inForce, List<Operation> history) {
        OperationId found = null;
        for (Operation operation : history) {
            if (operation.state() == OperationState.SUCCEEDED
                    && operation.result().get("apps") instanceof Map<?, ?> revisions
                    && revisions.get(app.value()) instanceof Map<?, ?> entry) {
                if (!String.valueOf(entry.get("rev")).equals(inForce.source().rev())) {
                    break;
                }
                found = operation.id();
            }
        }
        return found;
    }

    @Override
    public Inspection inspect(HostName host, String url, @Nullable String ref) {
        // The bounds of the address are those of an app's source.
        AppSpec.of(
                        new AppSpec.Source("git", url, ref, null, null),
                        new AppSpec.Build("flake"),
                        new AppSpec.Run(List.of(), null, Map.of()))
                .validated();
        return link.call(hosts.get(host).endpoint(), new HostCommand.Inspect(url, ref));
    }

    @Override
    public App putDraft(HostName host, AppName app, AppSpec spec) {
        desired.putApp(host, app, spec);
        return get(host, app);
    }

    @Override
    public App putDraft(HostName host, AppName app, AppSpec spec, String base) {
        desired.putApp(host, app, spec, base);
        return get(host, app);
    }

    @Override
    public List<Deployment> deployments(HostName name, AppName app) {
        Host host = hosts.get(name);
        AppSpec inForce =
                desired.inForce(name).map(state -> state.apps().get(app)).orElse(null);
        return Deployments.of(app, inForce, operations.list(name, null, HISTORY), snapshots(host, app));
    }

    /** The history is worth showing without them. */
    private List<Snapshot> snapshots(Host host, AppName app) {
        try {
            return generations.snapshots(host.name(), app);
        } catch (ProblemException e) {
            log.debug("The snapshots of {} on {} were not read: {}", app, host.name(), e.getMessage());
            return List.of();
        }
    }

    @Override
    public void removeDraft(HostName host, AppName app) {
        desired.removeApp(host, app);
    }

    @Override
    public App control(HostName name, AppName app, Action action) {
        Host host = hosts.get(name);
        requireInForce(name, app);
        link.call(host.endpoint(), new HostCommand.Control(app, action));
        units.forget(name);
        return get(name, app);
    }

    /** A change may have started, stopped or replaced any unit of the box. */
    @EventListener
    void changed(OperationFinished event) {
        units.forget(event.operation().host());
    }

    private void requireInForce(HostName host, AppName app) {
        if (!desired.inForce(host).map(state -> state.apps().containsKey(app)).orElse(false)) {
            throw unknown(host, app);
        }
    }

    private static ProblemException unknown(HostName host, AppName app) {
        return Problem.of(
                        ProblemCode.NOT_FOUND,
                        "The app was not found.",
                        host + " has no app named \"" + app + "\".",
                        "Choose one of the Apps page.")
                .toException();
    }
}
