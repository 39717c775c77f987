package dev.croft.services.internal;

import dev.croft.access.CurrentOperator;
import dev.croft.desired.AppSpec;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostCommand.DatabasesReport;
import dev.croft.hostlink.HostCommand.DropCluster;
import dev.croft.hostlink.HostCommand.DropDatabase;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.EngineState;
import dev.croft.hostlink.HostCommand.Freed;
import dev.croft.hostlink.HostCommand.ReadDatabases;
import dev.croft.hostlink.HostCommand.ReadMail;
import dev.croft.hostlink.HostCommand.RunSql;
import dev.croft.hostlink.HostCommand.SqlResult;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.services.Databases;
import dev.croft.services.Dependency;
import dev.croft.services.Dependency.Standing;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;

/** The database servers as the box tells of them. */
@Service
class HostDatabases implements Databases {

    private static final Logger log = LoggerFactory.getLogger(HostDatabases.class);

    private static final int TEXT_MOST = 64 * 1024;
    private static final int ROWS_MOST = 1000;
    private static final int SECONDS_MOST = 60;
    private static final int NAME_MOST = 63;

    private final Hosts hosts;
    private final HostLink link;
    private final DesiredStates desired;
    private final Operations operations;
    private final CurrentOperator current;

    HostDatabases(Hosts hosts, HostLink link, DesiredStates desired, Operations operations, CurrentOperator current) {
        this.hosts = hosts;
        this.link = link;
        this.desired = desired;
        this.operations = operations;
        this.current = current;
    }

    @Override
    public DatabasesReport report(HostName host) {
        return link.call(hosts.get(host).endpoint(), new ReadDatabases());
    }

    @Override
    public List<Dependency> dependencies(HostName name) {
        Host host = hosts.get(name);
        Optional<HostState> inForce = desired.inForce(name);
        Map<Engine, EngineState> running = new EnumMap<>(Engine.class);
        boolean asked = true;
        try {
            report(host.name()).engines().forEach(engine -> running.put(engine.engine(), engine));
        } catch (ProblemException e) {
            // Who hangs on what is known without the box; how it stands is not.
            log.debug("The services of {} were not read: {}", name, e.getMessage());
            asked = false;
        }
        List<Dependency> all = new ArrayList<>();
        for (Engine engine : Engine.values()) {
            List<AppName> apps = attached(inForce, app -> switch (engine) {
                case POSTGRESQL -> app.attach().postgresql() != null;
                case MYSQL -> app.attach().mysql() != null;
            });
            EngineState state = running.get(engine);
            if (state != null || !apps.isEmpty() || isWanted(name, engine)) {
                Standing standing = !asked
                        ? Standing.UNKNOWN
                        : state == null ? Standing.WANTED : state.active() ? Standing.RUNS : Standing.FAILED;
                all.add(new Dependency(word(engine), label(engine), standing, apps));
            }
        }
        mail(host, inForce).ifPresent(all::add);
        for (AppName app : attached(inForce, app -> app.attach().redis() != null)) {
            all.add(new Dependency("redis-croft-" + app, "Redis of " + app, Standing.UNKNOWN, List.of(app)));
        }
        return List.copyOf(all);
    }

    private Optional<Dependency> mail(Host host, Optional<HostState> inForce) {
        List<AppName> apps = attached(inForce, app -> app.attach().mail() != null);
        boolean has =
                inForce.map(state -> state.host().services().mail() != null).orElse(false);
        boolean wanted = desired.draft(host.name()).host().services().mail() != null;
        if (apps.isEmpty() && !has && !wanted) {
            return Optional.empty();
        }
        return Optional.of(new Dependency("mail", "Mail", has ? mailStanding(host) : Standing.WANTED, apps));
    }

    private Standing mailStanding(Host host) {
        try {
            return link.call(host.endpoint(), new ReadMail()).units().stream()
                            .allMatch(unit -> unit.active().equals("active"))
                    ? Standing.RUNS
                    : Standing.FAILED;
        } catch (ProblemException e) {
            return e.problem().code() == ProblemCode.MAIL_NOT_SET_UP ? Standing.WANTED : Standing.UNKNOWN;
        }
    }

    private static List<AppName> attached(Optional<HostState> inForce, Predicate<AppSpec> uses) {
        return inForce.map(state -> state.apps().entrySet().stream()
                        .filter(app -> uses.test(app.getValue()))
                        .map(Map.Entry::getKey)
                        .toList())
                .orElse(List.of());
    }

    private boolean isWanted(HostName host, Engine engine) {
        HostState.Services services = desired.draft(host).host().services();
        return switch (engine) {
            case POSTGRESQL -> services.postgresql() != null;
            case MYSQL -> services.mysql() != null;
        };
    }

    private static String label(Engine engine) {
        return switch (engine) {
            case POSTGRESQL -> "PostgreSQL";
            case MYSQL -> "MariaDB";
        };
    }

    private static String word(Engine engine) {
        return engine.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public SqlResult run(HostName name, Statement statement) {
        String what = "The statement was not run.";
        Host host = hosts.get(name);
        requireName(what, statement.database());
        int bytes = statement.text().getBytes(StandardCharsets.UTF_8).length;
        Requests.require(
                !statement.text().isBlank() && bytes <= TEXT_MOST,
                what,
                "text: it is one statement of at most " + TEXT_MOST + " bytes.");
        Requests.require(
                statement.rows() >= 1 && statement.rows() <= ROWS_MOST,
                what,
                "rows: it lies between 1 and " + ROWS_MOST + ".");
        Requests.require(
                statement.timeoutSeconds() >= 1 && statement.timeoutSeconds() <= SECONDS_MOST,
                what,
                "timeoutSeconds: it lies between 1 and " + SECONDS_MOST + ".");
        log.info(
                "{} runs a statement ({}) in {} of {} on {}",
                current.get().name(),
                statement.write() ? "may write" : "read only",
                statement.database(),
                label(statement.engine()),
                name);
        return link.call(
                host.endpoint(),
                new RunSql(
                        statement.engine(),
                        statement.database(),
                        statement.text(),
                        statement.write(),
                        statement.rows(),
                        statement.timeoutSeconds()));
    }

    @Override
    public Freed drop(HostName name, Engine engine, String database, String typed) {
        String what = "The database was not dropped.";
        Host host = hosts.get(name);
        requireName(what, database);
        Requests.require(
                database.equals(typed),
                what,
                "confirm: it is not the name of the database, which is " + database + ".");
        log.info("{} drops the database {} of {} on {}", current.get().name(), database, label(engine), name);
        return link.call(host.endpoint(), new DropDatabase(engine, database));
    }

    private static void requireName(String what, String database) {
        int bytes = database.getBytes(StandardCharsets.UTF_8).length;
        Requests.require(
                bytes >= 1 && bytes <= NAME_MOST && database.chars().noneMatch(Character::isISOControl),
                what,
                "database: it is the name of a database, 1 to " + NAME_MOST + " bytes.");
    }

    @Override
    public Operation upgrade(HostName host, int major, Confirming confirm) {
        return operations.upgrade(host, major, confirm);
    }

    @Override
    public Freed dropCluster(HostName name, Engine engine, int major) {
        Host host = hosts.get(name);
        Requests.require(major >= 1 && major <= 99, "Nothing was deleted.", "major: it is a version such as 15.");
        log.info("{} drops the old cluster {} of {} on {}", current.get().name(), major, label(engine), name);
        return link.call(host.endpoint(), new DropCluster(engine, major));
    }
}
