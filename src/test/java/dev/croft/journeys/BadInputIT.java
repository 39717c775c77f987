package dev.croft.journeys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import dev.croft.running.Api;
import dev.croft.running.ClaimedCroft;
import dev.croft.running.GitServer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Whatever is wrong with an app: the deployment ends as FAILED with its own problem, and the version before still serves. */
class BadInputIT {

    private static final String APP = "steady";
    private static final int PORT = 9400;
    private static final int OTHER_PORT = 9401;

    private static ClaimedCroft running;
    private static GitServer.Repository repository;
    private static String url;
    private static int generation;

    @BeforeAll
    static void deployAGoodVersion() {
        running = ClaimedCroft.shared();
        repository = running.git.create(APP);
        repository.commit("main", GitServer.hello("v1"));
        JsonNode operation = running.api.deploy(ClaimedCroft.HOST, APP, good());
        assertThat(operation.get("state").stringValue())
                .as(operation.toPrettyString())
                .isEqualTo("SUCCEEDED");
        url = running.urlOf(APP);
        generation = running.currentGeneration();
        assertThat(running.croft.ask(url).text()).isEqualTo("This is v1");
    }

    @AfterEach
    void theVersionBeforeStillServes() {
        assertThat(running.croft.ask(url).text()).isEqualTo("This is v1");
        assertThat(running.currentGeneration()).isEqualTo(generation);
    }

    @Test
    void anAddressWhereNobodyAnswers() {
        Map<String, Object> spec = good();
        spec.put("source", source("http://" + running.croft.gateway() + ":1/nobody.git", "main"));

        assertFailed(deploy(spec), "SOURCE_UNREACHABLE");
    }

    @Test
    void aRepositoryThatDoesNotExist() {
        Map<String, Object> spec = good();
        spec.put("source", source(running.git.urlOf("nothing-here"), "main"));

        assertFailed(deploy(spec), "SOURCE_UNREACHABLE");
    }

    @Test
    void aRefThatDoesNotExist() {
        assertFailed(deployRef("no-such-branch"), "SOURCE_REF_NOT_FOUND");
    }

    @Test
    void aRepositoryWithNothingBuildable() {
        repository.commit("nothing", Map.of("README.md", "Words only.\n"));

        assertFailed(deployRef("nothing"), "SOURCE_NOT_BUILDABLE");
    }

    @Test
    void aBuildThatFails() {
        repository.commit("syntax", Map.of("main.py", "def broken(:\n"));

        JsonNode problem = assertFailed(deployRef("syntax"), "BUILD_FAILED");

        assertThat(problem.toString()).contains("SyntaxError");
    }

    @Test
    void anAppThatExitsAtOnce() {
        repository.commit("exits", Map.of("main.py", "import sys\nsys.exit('I give up: no database')\n"));

        JsonNode problem = assertFailed(deployRef("exits"), "APP_EXITED");

        assertThat(problem.toString()).contains("I give up: no database");
    }

    @Test
    void anAppThatNeverAnswersItsHealthCheck() {
        repository.commit("gated", GitServer.gatedHello("gated", "never"));
        Map<String, Object> spec = good();
        spec.put("source", source(repository.url(), "gated"));
        spec.put("health", Map.of("path", "/healthz", "timeoutSeconds", 4));

        JsonNode problem = assertFailed(deploy(spec), "APP_UNHEALTHY");

        assertThat(problem.get("why").stringValue()).contains("503");
    }

    @Test
    void aPortThatIsTaken() {
        String squatter = "croft-test-squatter";
        running.croft
                .inBox(
                        "systemd-run",
                        "--quiet",
                        "--unit",
                        squatter,
                        "python3",
                        "-m",
                        "http.server",
                        Integer.toString(OTHER_PORT))
                .orFail();
        try {
            Api.await(
                    java.time.Duration.ofSeconds(20),
                    () -> running.croft
                            .ask(url.replace(":" + PORT, ":" + OTHER_PORT))
                            .status(),
                    status -> running.croft
                            .inBox("ss", "-Hltn", "sport = :" + OTHER_PORT)
                            .out()
                            .contains("LISTEN"));
            Map<String, Object> spec = good();
            spec.put("run", ClaimedCroft.run(OTHER_PORT, Map.of(), List.of()));

            JsonNode problem = assertFailed(deploy(spec), "PORT_TAKEN");

            assertThat(problem.get("what").stringValue()).contains(Integer.toString(OTHER_PORT));
        } finally {
            running.croft.inBox("systemctl", "stop", squatter).orFail();
        }
    }

    @Test
    void aFullDisk() {
        // Nix builds below /tmp, where a small file system is put for the time of the test.
        repository.commit("large", largeApp());
        running.croft
                .inBox("mount", "-t", "tmpfs", "-o", "size=4m,mode=1777", "tmpfs", "/tmp")
                .orFail();
        try {
            assertFailed(deployRef("large"), "DISK_FULL");
        } finally {
            running.croft.inBox("umount", "--lazy", "/tmp").orFail();
        }
    }

    @Test
    void thePageSaysWhatHappenedWhyAndWhatNext() {
        repository.commit("syntax", Map.of("main.py", "def broken(:\n"));
        JsonNode operation = deployRef("syntax");
        JsonNode problem = assertFailed(operation, "BUILD_FAILED");

        try (Browser browser = new Browser()) {
            open(browser, "activity/" + operation.get("id").stringValue());
            browser.signIn(ClaimedCroft.USERNAME, ClaimedCroft.PASSWORD);

            Locator panel = browser.page()
                    .locator("#content .croft-problem[data-code=BUILD_FAILED]")
                    .first();
            for (String part : List.of("what", "why", "next")) {
                assertThat(panel).containsText(problem.get(part).stringValue());
            }
            browser.picture("problem");

            open(browser, "new-app");
            browser.fill("new-app-url", "http://" + running.croft.gateway() + ":1/nobody.git");
            browser.click("#new-app-inspect");

            assertThat(browser.page()
                            .locator("#content .croft-problem[data-code=SOURCE_UNREACHABLE]")
                            .first())
                    .containsText("could not fetch");
        }
    }

    private static void open(Browser browser, String path) {
        browser.page().navigate(running.croft.url().resolve("/" + path).toString());
    }

    private static Map<String, String> largeApp() {
        Map<String, String> files = new HashMap<>(GitServer.hello("large"));
        files.put("data.txt", "0123456789abcdef".repeat(1024 * 1024));
        return files;
    }

    private static Map<String, Object> good() {
        return ClaimedCroft.python(repository.url(), PORT);
    }

    private static Map<String, String> source(String url, String ref) {
        return Map.of("type", "git", "url", url, "ref", ref);
    }

    private static JsonNode deploy(Map<String, Object> spec) {
        return running.api.deploy(ClaimedCroft.HOST, APP, spec);
    }

    private static JsonNode deployRef(String ref) {
        Map<String, Object> spec = good();
        spec.put("source", source(repository.url(), ref));
        return deploy(spec);
    }

    /** Ended as FAILED with this problem, told in full; the problem. */
    private static JsonNode assertFailed(JsonNode operation, String code) {
        assertThat(operation.get("state").stringValue())
                .as(operation.toPrettyString())
                .isEqualTo("FAILED");
        JsonNode problem = operation.get("problem");
        assertThat(problem.get("code").stringValue())
                .as(operation.toPrettyString())
                .isEqualTo(code);
        for (String part : List.of("what", "why", "next")) {
            assertThat(problem.get(part).stringValue()).as(part).isNotBlank();
        }
        assertThat(operation.get("finishedAt").stringValue()).isNotBlank();
        return problem;
    }
}
