package dev.croft.archive.internal;

import java.nio.file.Path;
import java.time.Clock;
import javax.sql.DataSource;

/** Fills an empty database from a file that {@link ExportDatabase} wrote. */
class ImportDatabase extends FileCommand {

    private final DatabaseDump database;

    ImportDatabase(DataSource database, Clock clock) {
        super("import-db");
        this.database = new DatabaseDump(database, clock);
    }

    @Override
    String with(Path file) {
        return KeptFile.read(file, database::read) + " rows are in the database now.";
    }
}
