package dev.croft;

import dev.croft.kernel.OfflineCommand;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.TimeConfig;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.FilterType;

/** Chooses among the {@link OfflineCommand}s: {@code java -jar croft.jar [--property=value …] WORD [ARGUMENT …]}. */
final class OfflineCommands {

    private static final int REFUSED = 1;
    private static final int MISUSED = 2;

    private OfflineCommands() {}

    /** Not the console itself: its components are not wanted here. */
    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(DataSourceAutoConfiguration.class)
    @ComponentScan(
            useDefaultFilters = false,
            includeFilters =
                    @ComponentScan.Filter(
                            type = FilterType.ASSIGNABLE_TYPE,
                            classes = {OfflineCommand.class, TimeConfig.class}))
    static class Offline {}

    static boolean isOne(String... arguments) {
        return Arrays.stream(arguments).anyMatch(argument -> !argument.startsWith("--"));
    }

    /** @return the exit code of the process: 0 done, 1 refused or failed, 2 not understood */
    static int run(String[] arguments, PrintStream out, PrintStream err) {
        String[] properties = Arrays.stream(arguments)
                .filter(argument -> argument.startsWith("--"))
                .toArray(String[]::new);
        List<String> words = Arrays.stream(arguments)
                .filter(argument -> !argument.startsWith("--"))
                .toList();
        try (var context = new SpringApplicationBuilder(Offline.class)
                .web(WebApplicationType.NONE)
                .logStartupInfo(false)
                // No pool: one connection, whose refusal is told as it is.
                .properties("spring.datasource.type=org.springframework.jdbc.datasource.SimpleDriverDataSource")
                .run(properties)) {
            List<OfflineCommand> commands =
                    context.getBeanProvider(OfflineCommand.class).stream().toList();
            for (OfflineCommand command : commands) {
                if (command.name().equals(words.getFirst())) {
                    return run(command, words.subList(1, words.size()), out, err);
                }
            }
            err.println("croft: '" + words.getFirst() + "' is not a command. There are: "
                    + commands.stream().map(OfflineCommand::name).sorted().collect(Collectors.joining(", ")) + ".");
            return MISUSED;
        }
    }

    private static int run(OfflineCommand command, List<String> arguments, PrintStream out, PrintStream err) {
        int wanted = command.arguments().isEmpty() ? 0 : command.arguments().split(" ").length;
        if (arguments.size() != wanted) {
            err.println("croft: usage: " + command.name() + " " + command.arguments());
            return MISUSED;
        }
        try {
            command.run(arguments, out);
            return 0;
        } catch (ProblemException e) {
            Problem problem = e.problem();
            err.println(problem.what() + " " + problem.why() + "\nNext: " + problem.next());
            return REFUSED;
        }
    }
}
