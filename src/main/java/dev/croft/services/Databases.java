package dev.croft.services;

import dev.croft.access.RequiresAdmin;
import dev.croft.access.RequiresViewer;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostCommand.DatabasesReport;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.Freed;
import dev.croft.hostlink.HostCommand.SqlResult;
import dev.croft.kernel.HostName;
import dev.croft.kernel.SecretText;
import dev.croft.operations.Operation;
import org.jspecify.annotations.Nullable;

/** Use cases: the database servers of a box. */
public interface Databases {

    /** As the box says, now. */
    @RequiresViewer
    DatabasesReport report(HostName host);

    /**
     * Runs one statement with the rights of the database's owner. That it ran is logged; what it says is not.
     *
     * @param password of the administrator who asks, typed again; null: it was a short while ago, else PASSWORD_NEEDED
     */
    @RequiresAdmin
    SqlResult run(HostName host, Statement statement, @Nullable SecretText password);

    /**
     * Drops a database that no app in force is attached to, and everything in it.
     *
     * @param typed the database's name once more, as the person typed it
     */
    @RequiresAdmin
    Freed drop(HostName host, Engine engine, String database, String typed);

    /** Starts the upgrade of PostgreSQL to a higher major version; what ran before is kept beside it until it is dropped. */
    @RequiresAdmin
    Operation upgrade(HostName host, int major, Confirming confirm);

    /** Deletes the data directory that an upgrade kept. */
    @RequiresAdmin
    Freed dropCluster(HostName host, Engine engine, int major);

    /**
     * @param write false: in a transaction that can only read
     * @param rows the most that come back, 1 to 1000
     * @param timeoutSeconds 1 to 60
     */
    record Statement(Engine engine, String database, String text, boolean write, int rows, int timeoutSeconds) {}
}
