package dev.croft.services.internal;

import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Sight;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Attach;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.OrderEdge;
import dev.croft.hostlink.HostCommand.OrderedUnit;
import dev.croft.hostlink.HostCommand.ReadOrder;
import dev.croft.hostlink.HostCommand.StartOrder;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.ProblemException;
import dev.croft.services.Dependencies;
import dev.croft.services.Dependency;
import dev.croft.services.Dependency.Dependant;
import dev.croft.services.Dependency.Kind;
import dev.croft.services.Dependency.Standing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;

/** What systemd on the box says of the order in which apps start. */
@Service
class HostDependencies implements Dependencies {

    private static final Logger log = LoggerFactory.getLogger(HostDependencies.class);

    private static final String POSTGRESQL = "postgresql.service";
    private static final String MYSQL = "mysql.service";

    private final Hosts hosts;
    private final HostLink link;
    private final DesiredStates desired;
    private final Sight sight;

    HostDependencies(Hosts hosts, HostLink link, DesiredStates desired, Sight sight) {
        this.sight = sight;
        this.hosts = hosts;
        this.link = link;
        this.desired = desired;
    }

    @Override
    public List<Dependency> of(HostName name) {
        Host host = hosts.get(name);
        List<Dependency> all = new ArrayList<>();
        Standing others = Standing.WANTED;
        try {
            all.addAll(asTheBoxSays(link.call(host.endpoint(), new ReadOrder())));
        } catch (ProblemException e) {
            // Who hangs on what is known without the box; how it stands is not.
            log.debug("The order of {} was not read: {}", name, e.getMessage());
            desired.inForce(name).ifPresent(state -> all.addAll(asTheStateSays(state, Standing.UNKNOWN)));
            others = Standing.UNKNOWN;
        }
        for (Dependency drafted : asTheStateSays(desired.draft(name), others)) {
            if (all.stream().noneMatch(each -> each.unit().equals(drafted.unit()))) {
                all.add(new Dependency(
                        drafted.unit(),
                        drafted.label(),
                        drafted.kind(),
                        // A server that no app starts after is not in the order, but may run; then its own page says
                        // how it is.
                        isInForce(name, drafted.unit()) ? Standing.UNKNOWN : drafted.standing(),
                        null,
                        List.of(),
                        List.of()));
            }
        }
        all.sort(Comparator.comparing(Dependency::kind).thenComparing(Dependency::label));
        return seen(name, all);
    }

    /** Who holds some apps only sees what those start after, and no other app beside them. */
    private List<Dependency> seen(HostName name, List<Dependency> all) {
        Predicate<Scope> mine = sight.may(Role.VIEWER);
        if (mine.test(Scope.of(name))) {
            return List.copyOf(all);
        }
        return all.stream()
                .map(each -> new Dependency(
                        each.unit(),
                        each.label(),
                        each.kind(),
                        each.standing(),
                        each.since(),
                        each.after(),
                        each.apps().stream()
                                .filter(dependant -> mine.test(Scope.of(name, dependant.app())))
                                .toList()))
                .filter(each -> !each.apps().isEmpty())
                .toList();
    }

    private boolean isInForce(HostName name, String unit) {
        return desired.inForce(name).map(state -> asTheStateSays(state, Standing.UNKNOWN)).orElse(List.of()).stream()
                .anyMatch(each -> each.unit().equals(unit));
    }

    // ---- as systemd has it

    private static List<Dependency> asTheBoxSays(StartOrder order) {
        Map<String, OrderedUnit> units =
                order.units().stream().collect(Collectors.toMap(OrderedUnit::unit, Function.identity()));
        Predicate<String> isApp = unit -> {
            OrderedUnit found = units.get(unit);
            return found != null && found.kind().equals("app");
        };
        List<Dependency> found = new ArrayList<>();
        for (OrderedUnit unit : order.units()) {
            if (isApp.test(unit.unit())) {
                continue;
            }
            List<String> after = order.edges().stream()
                    .filter(edge -> edge.from().equals(unit.unit()) && !isApp.test(edge.to()))
                    .map(OrderEdge::to)
                    .toList();
            List<Dependant> apps = order.edges().stream()
                    .filter(edge -> edge.to().equals(unit.unit()) && isApp.test(edge.from()))
                    .flatMap(edge -> dependant(units.get(edge.from()), edge.requires()).stream())
                    .toList();
            found.add(new Dependency(unit.unit(), label(unit), kind(unit), standing(unit), unit.since(), after, apps));
        }
        return found;
    }

    private static Optional<Dependant> dependant(@Nullable OrderedUnit app, boolean falls) {
        return app == null || app.app() == null
                ? Optional.empty()
                : Optional.of(new Dependant(app.app(), falls, standing(app)));
    }

    private static Kind kind(OrderedUnit unit) {
        return unit.kind().equals("step") ? Kind.STEP : Kind.SERVER;
    }

    private static Standing standing(OrderedUnit unit) {
        boolean step = unit.kind().equals("step");
        return switch (unit.active()) {
            case "active", "reloading" -> step ? Standing.DONE : Standing.RUNS;
            case "activating" -> Standing.STARTING;
            case "failed" -> Standing.FAILED;
            // A step that has nothing to do ends without a trace.
            default -> step && unit.result().equals("success") ? Standing.DONE : Standing.STOPPED;
        };
    }

    private static String label(OrderedUnit unit) {
        AppName app = unit.app();
        String name = unit.unit();
        if (name.equals(POSTGRESQL)) {
            return "PostgreSQL";
        }
        if (name.equals(MYSQL)) {
            return "MariaDB";
        }
        if (app != null && name.equals(redis(app))) {
            return "Redis of " + app;
        }
        if (app != null && name.equals("croft-postgresql-" + app + ".service")) {
            return "PostgreSQL database of " + app;
        }
        if (app != null && name.equals("croft-mysql-" + app + ".service")) {
            return "MariaDB database of " + app;
        }
        if (app != null && name.equals("croft-migrate-" + app + ".service")) {
            return "Migration of " + app;
        }
        return unit.description().isEmpty() ? name : unit.description();
    }

    private static String redis(AppName app) {
        return "redis-croft-" + app + ".service";
    }

    // ---- as the state has it

    private static List<Dependency> asTheStateSays(HostState state, Standing standing) {
        Map<String, String> labels = new TreeMap<>();
        Map<String, List<Dependant>> apps = new TreeMap<>();
        if (state.host().services().postgresql() != null) {
            labels.put(POSTGRESQL, "PostgreSQL");
        }
        if (state.host().services().mysql() != null) {
            labels.put(MYSQL, "MariaDB");
        }
        for (Map.Entry<AppName, AppSpec> app : state.apps().entrySet()) {
            Attach attach = app.getValue().attach();
            Dependant falling = new Dependant(app.getKey(), true, Standing.UNKNOWN);
            if (attach.postgresql() != null) {
                labels.put(POSTGRESQL, "PostgreSQL");
                apps.computeIfAbsent(POSTGRESQL, unused -> new ArrayList<>()).add(falling);
            }
            if (attach.mysql() != null) {
                labels.put(MYSQL, "MariaDB");
                apps.computeIfAbsent(MYSQL, unused -> new ArrayList<>()).add(falling);
            }
            if (attach.redis() != null) {
                labels.put(redis(app.getKey()), "Redis of " + app.getKey());
                apps.put(redis(app.getKey()), List.of(new Dependant(app.getKey(), false, Standing.UNKNOWN)));
            }
        }
        return labels.entrySet().stream()
                .map(each -> new Dependency(
                        each.getKey(),
                        each.getValue(),
                        Kind.SERVER,
                        standing,
                        null,
                        List.of(),
                        apps.getOrDefault(each.getKey(), List.of())))
                .toList();
    }
}
