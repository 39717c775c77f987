package dev.croft.services.internal;

import dev.croft.access.CurrentOperator;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostCommand.DatabasesReport;
import dev.croft.hostlink.HostCommand.DropCluster;
import dev.croft.hostlink.HostCommand.DropDatabase;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.Freed;
import dev.croft.hostlink.HostCommand.ReadDatabases;
import dev.croft.hostlink.HostCommand.RenewDatabasePassword;
import dev.croft.hostlink.HostCommand.Restarted;
import dev.croft.hostlink.HostCommand.RunSql;
import dev.croft.hostlink.HostCommand.SqlResult;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.services.Databases;
import java.nio.charset.StandardCharsets;
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
    private static final int MAJOR_MOST = 9999;

    private final Hosts hosts;
    private final HostLink link;
    private final Operations operations;
    private final CurrentOperator current;

    HostDatabases(Hosts hosts, HostLink link, Operations operations, CurrentOperator current) {
        this.hosts = hosts;
        this.link = link;
        this.operations = operations;
        this.current = current;
    }

    @Override
    public DatabasesReport report(HostName host) {
        return link.call(hosts.get(host).endpoint(), new ReadDatabases());
    }

    private static String label(Engine engine) {
        return switch (engine) {
            case POSTGRESQL -> "PostgreSQL";
            case MYSQL -> "MariaDB";
        };
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

    @Override
    public Restarted renewPassword(HostName name, AppName app, Engine engine) {
        Host host = hosts.get(name);
        log.info("{} renews the password of {} for {} on {}", current.get().name(), app, label(engine), name);
        return link.call(host.endpoint(), new RenewDatabasePassword(engine, app));
    }

    private static void requireName(String what, String database) {
        int bytes = database.getBytes(StandardCharsets.UTF_8).length;
        Requests.require(
                bytes >= 1 && bytes <= NAME_MOST && database.chars().noneMatch(Character::isISOControl),
                what,
                "database: it is the name of a database, 1 to " + NAME_MOST + " bytes.");
    }

    @Override
    public Operation upgrade(HostName host, Engine engine, int major, Confirming confirm) {
        return operations.upgrade(host, engine, major, confirm);
    }

    @Override
    public Freed dropCluster(HostName name, Engine engine, int major) {
        Host host = hosts.get(name);
        Requests.require(
                major >= 1 && major <= MAJOR_MOST,
                "Nothing was deleted.",
                "major: it is a version such as 15, or 1108 for MariaDB 11.8.");
        log.info(
                "{} drops the old cluster {} of {} on {}",
                current.get().name(),
                engine.version(major),
                label(engine),
                name);
        return link.call(host.endpoint(), new DropCluster(engine, major));
    }
}
