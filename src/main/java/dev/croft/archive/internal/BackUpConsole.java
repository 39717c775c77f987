package dev.croft.archive.internal;

import java.nio.file.Path;
import java.time.Clock;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Value;

/** Writes all that makes this console this one into a file. */
class BackUpConsole extends FileCommand {

    private final ConsoleArchive archive;

    BackUpConsole(DataSource database, @Value("${croft.data}") Path data, Clock clock) {
        super("backup");
        this.archive = new ConsoleArchive(new DatabaseDump(database, clock), data);
    }

    @Override
    String with(Path file) {
        ConsoleArchive.Content content = KeptFile.write(file, archive::write);
        return "In " + file + ": the database (" + content.rows() + " rows), " + String.join(", ", content.files())
                + ". Whoever has it has this console: keep it like a key.";
    }
}
