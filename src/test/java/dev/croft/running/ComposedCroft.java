package dev.croft.running;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Croft as docker-compose.test.yml has it; {@code tools/compose/run} starts it, and names the command that asks for it. */
public final class ComposedCroft extends Croft {

    private static final String COMMAND = System.getenv("CROFT_COMPOSE");
    private static final Duration LIMIT = Duration.ofMinutes(3);

    public ComposedCroft() {
        super(Path.of("target", "compose"), 8080);
    }

    public static boolean isThere() {
        return COMMAND != null;
    }

    /** It runs already. */
    @Override
    public URI up(String... options) {
        Command.Result claim = in("croft", "cat", "/var/lib/croft/claim");
        return url().resolve(claim.exit() == 0 ? "setup#" + claim.out().strip() : "");
    }

    /** Whoever started it stops it. */
    @Override
    public void down() {}

    @Override
    public Command.Result inBox(String... argv) {
        return in("sandbox", argv);
    }

    /** Stops a service, and starts it again. */
    public void restart(String service) {
        compose("restart", service).orFail();
    }

    /** As docs/docker.md has it: a container of the console's image with a directory of its user, while the console is stopped. */
    public void runWith(Path directory, List<String> options, String... command) {
        compose("stop", "croft").orFail();
        try {
            List<String> argv = new ArrayList<>(List.of("run", "--rm", "--no-deps", "--no-TTY"));
            argv.addAll(List.of("--volume", directory.toAbsolutePath() + ":/backup"));
            argv.addAll(options);
            argv.add("croft");
            argv.addAll(List.of(command));
            compose(argv.toArray(String[]::new)).orFail();
        } finally {
            compose("start", "croft").orFail();
        }
    }

    private Command.Result in(String service, String... argv) {
        List<String> arguments = new ArrayList<>(List.of("exec", "--no-TTY", service));
        arguments.addAll(List.of(argv));
        return compose(arguments.toArray(String[]::new));
    }

    private static Command.Result compose(String... arguments) {
        List<String> argv = new ArrayList<>(List.of(COMMAND));
        argv.addAll(List.of(arguments));
        return Command.run(LIMIT, argv.toArray(String[]::new));
    }
}
