package dev.croft.running;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** A console that was set up by way of the API, its box, and a git server that the box reaches. One for all tests that do not mind sharing. */
public final class ClaimedCroft implements AutoCloseable {

    public static final String USERNAME = "ada";
    public static final String PASSWORD = "correct horse battery staple";
    public static final String HOST = "sandbox";

    private static ClaimedCroft shared;

    public final Croft croft;
    public final Api api;
    public final GitServer git;

    /** Starts it, claims it unless somebody did, and serves git beside it. */
    public ClaimedCroft(String name, Croft croft) {
        this.croft = croft;
        api = Api.administrator(croft.up(), USERNAME, PASSWORD);
        git = new GitServer(Path.of("target", name + "-git-" + croft.port()), croft.gateway());
    }

    public static synchronized ClaimedCroft shared() {
        if (shared == null) {
            shared = new ClaimedCroft("journey-api", Croft.fresh("journey-api"));
            Runtime.getRuntime().addShutdownHook(new Thread(shared::close));
        }
        return shared;
    }

    @Override
    public void close() {
        git.close();
        croft.down();
    }

    public static String path(String app) {
        return "/api/v1/hosts/" + HOST + "/apps/" + app;
    }

    /** Where an app answers, as the console says it; without a slash at the end. */
    public String urlOf(String app) {
        return api.get(path(app))
                .expect(200)
                .json()
                .get("observed")
                .get("url")
                .stringValue()
                .replaceFirst("/$", "");
    }

    public int currentGeneration() {
        for (JsonNode generation :
                api.get("/api/v1/hosts/" + HOST + "/generations").expect(200).json()) {
            if (generation.get("current").booleanValue()) {
                return generation.get("number").intValue();
            }
        }
        throw new AssertionError("No generation is current.");
    }

    /** The entry of an app that the sample program makes, to be widened by a test. */
    public static Map<String, Object> python(String url, int port) {
        Map<String, Object> spec = new LinkedHashMap<>();
        spec.put("source", Map.of("type", "git", "url", url, "ref", "main"));
        spec.put("build", Map.of("builder", "python"));
        spec.put("isolation", "service");
        spec.put("run", run(port, Map.of(), List.of()));
        spec.put("domains", List.of());
        spec.put("health", Map.of("path", "/healthz", "timeoutSeconds", 30));
        return spec;
    }

    public static Map<String, Object> run(int port, Map<String, String> env, List<String> command) {
        Map<String, Object> run = new LinkedHashMap<>(Map.of("port", port, "env", env));
        if (!command.isEmpty()) {
            run.put("command", new ArrayList<>(command));
        }
        return run;
    }
}
