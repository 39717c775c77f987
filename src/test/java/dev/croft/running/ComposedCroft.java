package dev.croft.running;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Croft as docker-compose.test.yml has it; {@code tools/compose/run} starts it, and names the command that asks for it. */
public final class ComposedCroft extends Croft {

    /** The Keycloak that is beside it. */
    public static final String ISSUER = "http://keycloak.localhost:8081/realms/home";

    /** Its journeys; {@code ComposedJourneysTest} says why others are none. */
    public static final String TAG = "compose";

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
    public String gateway() {
        return inBox("ip", "-4", "route", "show", "default").orFail().out().split(" ")[2];
    }

    @Override
    public String address() {
        return "127.0.0.1";
    }

    /** From within: only some ports of the container are published. */
    @Override
    public Api.Answer ask(String url) {
        Command.Result answer = curl("--write-out", "\n%{http_code}", url);
        int end = answer.out().lastIndexOf('\n');
        return answer.exit() == 0
                ? new Api.Answer(
                        Integer.parseInt(answer.out().substring(end + 1)),
                        answer.out().substring(0, end))
                : new Api.Answer(0, answer.err());
    }

    @Override
    public Command.Result curl(String... arguments) {
        return inBox(curlWith(arguments));
    }

    @Override
    public Command.Result inBox(String... argv) {
        return in("sandbox", argv);
    }

    /** Stops the console, and starts it again. */
    public void restart() {
        compose("restart", "croft").orFail();
        awaitAnswer();
    }

    private void awaitAnswer() {
        String status = url().resolve("/api/v1/status").toString();
        Api.await(LIMIT, () -> Api.fetch(status).status(), code -> code == 200);
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
            awaitAnswer();
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
