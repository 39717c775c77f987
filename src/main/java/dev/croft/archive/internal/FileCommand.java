package dev.croft.archive.internal;

import dev.croft.kernel.OfflineCommand;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/** A command on one file. */
abstract class FileCommand implements OfflineCommand {

    private final String name;

    FileCommand(String name) {
        this.name = name;
    }

    /** Does it; what to say of it. */
    abstract String with(Path file);

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final String arguments() {
        return "FILE";
    }

    @Override
    public final void run(List<String> arguments, PrintStream out) {
        out.println(with(Path.of(arguments.getFirst())));
    }
}
