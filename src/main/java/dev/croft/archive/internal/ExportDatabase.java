package dev.croft.archive.internal;

import java.nio.file.Path;
import java.time.Clock;
import javax.sql.DataSource;

/** Writes the database into a file, for the other kind of database. */
class ExportDatabase extends FileCommand {

    private final DatabaseDump database;

    ExportDatabase(DataSource database, Clock clock) {
        super("export-db");
        this.database = new DatabaseDump(database, clock);
    }

    @Override
    String with(Path file) {
        return KeptFile.write(file, database::write) + " rows are in " + file
                + ". Keep it like the database itself: there are password hashes and sealed secrets in it.";
    }
}
