package dev.croft.archive.internal;

import java.nio.file.Path;
import java.time.Clock;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Value;

/** Makes a console in an empty data directory what a file of {@link BackUpConsole} says. */
class RestoreConsole extends FileCommand {

    private final ConsoleArchive archive;

    RestoreConsole(DataSource database, @Value("${croft.data}") Path data, Clock clock) {
        super("restore");
        this.archive = new ConsoleArchive(new DatabaseDump(database, clock), data);
    }

    @Override
    String with(Path file) {
        ConsoleArchive.Content content = KeptFile.read(file, archive::read);
        return "Restored: the database (" + content.rows() + " rows), " + String.join(", ", content.files())
                + ". Start the console; the one that was backed up must not run beside it.";
    }
}
