package dev.croft.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.alerts.Receiver;
import dev.croft.running.Api;
import dev.croft.running.ClaimedCroft;
import dev.croft.running.GitServer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/** A new version in a restart loop: somebody is told, by what it came, and that it is over when it is rolled back. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AlertsIT {

    private static final String APP = "falling";
    private static final String UNIT = "croft-app-" + APP + ".service";
    private static final int PORT = 9310;
    private static final String CONSOLE = "https://console.example";
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    /** Long enough for a deployment to be kept, whatever the machine has to do besides. */
    private static final String FALLS = """

            import os
            import threading

            def fall():
                print("cannot open the ledger", flush=True)
                os._exit(3)

            threading.Timer(25, fall).start()
            """;

    private final Receiver receiver = new Receiver();
    private ClaimedCroft running;

    @BeforeAll
    void start() {
        running = ClaimedCroft.shared();
        running.api
                .put(
                        "/api/v1/alerts/channels/journey",
                        Map.of(
                                "type",
                                "webhook",
                                "settings",
                                Map.of("url", receiver.address() + "/in", "console", CONSOLE),
                                "secret",
                                "a key"))
                .expect(200);
        running.api
                .put("/api/v1/alerts/rules/restart-loop", Map.of("clearAfter", 5))
                .expect(200);
    }

    @AfterAll
    void stop() {
        running.api.delete("/api/v1/alerts/channels/journey");
        receiver.close();
    }

    private JsonNode told(String event) {
        return Api.await(
                        PATIENCE,
                        () -> receiver.given().stream()
                                .map(Receiver.Given::json)
                                .filter(each -> each.path("event").asString().equals(event))
                                .filter(each -> each.path("app").asString("").equals(APP))
                                .filter(each -> each.path("kind").asString().equals("restart-loop"))
                                .toList(),
                        found -> !found.isEmpty())
                .getFirst();
    }

    @Test
    void aVersionThatFallsIsToldOfWithItsDeploymentAndIsOverAfterTheRollback() {
        running.api.post("/api/v1/alerts/channels/journey/test", Map.of()).expect(204);
        assertThat(receiver.await(1).getFirst().json().path("event").asString()).isEqualTo("test");
        GitServer.Repository repository = running.git.create(APP);
        repository.commit("main", GitServer.hello("v1"));
        JsonNode first = running.api.deploy(ClaimedCroft.HOST, APP, ClaimedCroft.python(repository.url(), PORT));
        assertThat(first.path("state").asString()).as("%s", first).isEqualTo("SUCCEEDED");
        Map<String, String> files = new HashMap<>(GitServer.hello("v2"));
        String text = Objects.requireNonNull(files.get("main.py"));
        int end = text.indexOf("\n\n");
        files.put("main.py", text.substring(0, end) + "\n" + FALLS + text.substring(end));
        repository.commit("main", files);

        String deployed = running.api
                .post(ClaimedCroft.path(APP) + "/deploy", Map.of("ref", "main"))
                .expect(202)
                .json()
                .path("id")
                .asString();
        JsonNode second = running.api.ended(deployed);
        assertThat(second.path("state").asString()).as("%s", second).isEqualTo("SUCCEEDED");
        JsonNode raised = told("raised");

        assertThat(raised.path("subject").asString()).isEqualTo(UNIT);
        assertThat(raised.path("why").asString()).isEqualTo("It ended with exit code 3.");
        assertThat(raised.path("detail").asString()).contains("cannot open the ledger");
        assertThat(raised.path("likelyCause").path("operation").asString()).isEqualTo(deployed);
        assertThat(raised.path("likelyCause").path("title").asString()).contains(APP);
        assertThat(raised.path("likelyCause").path("rollBack").asString())
                .isEqualTo(CONSOLE + "/apps/" + APP + "/deployments");
        assertThat(raised.path("link").asString())
                .isEqualTo(CONSOLE + "/alerts/" + raised.path("alert").asLong());
        assertThat(running.api
                        .get(ClaimedCroft.path(APP) + "/troubles")
                        .expect(200)
                        .json()
                        .toString())
                .contains("is in a restart loop");

        JsonNode back = running.api.ended(running.api
                .post(ClaimedCroft.path(APP) + "/rollback", Map.of())
                .expect(202)
                .json()
                .path("id")
                .asString());
        assertThat(back.path("state").asString()).as("%s", back).isEqualTo("SUCCEEDED");
        JsonNode cleared = told("cleared");

        assertThat(cleared.path("alert").asLong())
                .isEqualTo(raised.path("alert").asLong());
        List<String> units = running.api
                .get("/api/v1/hosts/" + ClaimedCroft.HOST + "/units")
                .expect(200)
                .json()
                .valueStream()
                .filter(unit -> unit.path("unit").asString().equals(UNIT))
                .map(unit -> unit.path("active").asString() + " "
                        + unit.path("restarts").asInt() + " " + unit.has("seenAt"))
                .toList();
        assertThat(units).containsExactly("active 0 true");
        assertThat(receiver.given().stream()
                        .filter(each -> each.json().path("kind").asString("").equals("restart-loop")))
                .as("each is told once")
                .hasSize(2);
    }
}
