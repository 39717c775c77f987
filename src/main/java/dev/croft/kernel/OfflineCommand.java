package dev.croft.kernel;

import java.io.PrintStream;
import java.util.List;

/**
 * A word after {@code java -jar croft.jar} that does one thing and ends instead of serving. It runs with the console's properties and
 * its database, without web server, screens or boxes. Classes that implement it are found by themselves; they get the data source and
 * the properties through their constructor.
 */
public interface OfflineCommand {

    /** The word, such as {@code export-db}. */
    String name();

    /** What follows the word, for the error when it is wrong; {@code FILE}, for example. */
    String arguments();

    /**
     * Does it. What went wrong is a {@link ProblemException}, which ends the process with exit code 1.
     *
     * @param arguments as many as {@link #arguments()} has words
     */
    void run(List<String> arguments, PrintStream out);
}
