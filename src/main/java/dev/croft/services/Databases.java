package dev.croft.services;

import dev.croft.access.RequiresAdmin;
import dev.croft.access.RequiresOperator;
import dev.croft.access.RequiresStepUp;
import dev.croft.access.RequiresViewer;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostCommand.DatabasesReport;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.Freed;
import dev.croft.hostlink.HostCommand.Restarted;
import dev.croft.hostlink.HostCommand.SqlResult;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Told;
import dev.croft.operations.Operation;
import java.util.stream.IntStream;

/** Use cases: the database servers of a box. */
public interface Databases {

    /** As the box says, now. */
    @RequiresViewer
    DatabasesReport report(HostName host);

    /** Runs one statement with the rights of the database's owner. That it ran is logged; what it says is not. */
    @RequiresAdmin
    @RequiresStepUp
    SqlResult run(HostName host, Statement statement);

    /**
     * Drops a database that no app in force is attached to, and everything in it.
     *
     * @param typed the database's name once more, as the person typed it
     */
    @RequiresStepUp
    @RequiresAdmin
    Freed drop(HostName host, Engine engine, String database, String typed);

    /**
     * Has the box make another password for an app that signs in with one, and start the app anew with it. The one before is good no
     * more; nobody sees either.
     */
    @RequiresStepUp
    @RequiresOperator
    Restarted renewPassword(HostName host, AppName app, Engine engine);

    /**
     * Starts the upgrade of a server to a higher major version; what ran before is kept beside it until it is dropped.
     *
     * @param major such as 17 of PostgreSQL, or 1108 for MariaDB 11.8
     */
    @RequiresAdmin
    Operation upgrade(HostName host, Engine engine, int major, Confirming confirm);

    /** Deletes the data directory that an upgrade kept. */
    @RequiresStepUp
    @RequiresAdmin
    Freed dropCluster(HostName host, Engine engine, int major);

    /**
     * @param write false: in a transaction that can only read
     * @param rows the most that come back, 1 to 1000
     * @param timeoutSeconds 1 to 60
     */
    record Statement(Engine engine, String database, String text, boolean write, int rows, int timeoutSeconds)
            implements Told {

        /**
         * Without what lies between the first quote and the last: values stand between quotes, and nothing else has to be known of the
         * language for that.
         */
        @Override
        public String told() {
            String quotes = engine == Engine.MYSQL ? "'\"" : "'$";
            String line = text.strip().replaceAll("\\s+", " ");
            int first = IntStream.range(0, line.length())
                    .filter(at -> quotes.indexOf(line.charAt(at)) >= 0)
                    .findFirst()
                    .orElse(-1);
            int last = quotes.chars().map(line::lastIndexOf).max().orElse(-1);
            return "in " + database + (write ? ", writing: " : ", reading: ")
                    + (first < 0 ? line : line.substring(0, first) + "'…'" + line.substring(last + 1));
        }
    }
}
