package dev.croft.drills;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.running.Api;
import dev.croft.running.ClaimedCroft;
import dev.croft.running.Command;
import dev.croft.running.Croft;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The console runs on the box that it changes: what comes from the box itself proves no path, what shuts the operator out goes back, and
 * so does what loses its console.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OwnBoxIT {

    private static final int PORT = 8080;
    private static final String HOST = "/api/v1/hosts/" + ClaimedCroft.HOST;
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofMinutes(3);
    /** Least time to confirm. */
    private static final int SECONDS = 15;

    private ClaimedCroft claimed;
    private Croft croft;
    private URI address;
    private Api api;

    @BeforeAll
    void movesIntoTheBox() throws IOException {
        claimed = new ClaimedCroft("own-box", Croft.fresh("own-box"));
        croft = claimed.croft;
        String opening = apply(claimed.api, List.of(PORT), 60);
        awaitState(claimed.api, opening, "AWAITING_CONFIRM");
        claimed.api
                .postAfresh("/api/v1/operations/" + opening + "/confirm", Map.of())
                .expect(200);
        assertThat(claimed.api.ended(opening).get("state").stringValue()).isEqualTo("SUCCEEDED");

        ProcessHandle outside = croft.console();
        Path program = Files.readSymbolicLink(Path.of("/proc", Long.toString(outside.pid()), "cwd"));
        outside.destroy();
        outside.onExit().join();
        copy(Path.of(System.getProperty("java.home")), "/opt/jdk");
        copy(program, "/opt/croft");
        copy(croft.data().resolve("console"), "/opt/croft-data/console");
        startInside();

        address = URI.create("http://" + boxAddress() + ":" + PORT + "/");
        api = claimed.api.at(address);
        awaitAnswer();
    }

    @AfterAll
    void stop() {
        claimed.close();
    }

    @Test
    @Order(1)
    void onlyARequestFromOutsideConfirms() {
        String operation = apply(api, List.of(PORT, 8443), 60);
        awaitState(api, operation, "AWAITING_CONFIRM");

        assertThat(confirmedFromTheBox("127.0.0.1", operation)).contains("CONFIRM_REFUSED");
        assertThat(confirmedFromTheBox(address.getHost(), operation)).contains("CONFIRM_REFUSED");
        assertThat(api.operation(operation).get("state").stringValue()).isEqualTo("AWAITING_CONFIRM");

        api.postAfresh("/api/v1/operations/" + operation + "/confirm", Map.of()).expect(200);
        assertThat(api.ended(operation).get("state").stringValue()).isEqualTo("SUCCEEDED");
        assertThat(firewall()).contains("8443");
    }

    @Test
    @Order(2)
    void aChangeThatShutsTheOperatorOutGoesBack() {
        String operation = apply(api, List.of(8443), SECONDS);
        Api.await(MINUTE, this::reachable, answers -> !answers);

        Api.await(Duration.ofSeconds(SECONDS + 15), this::reachable, answers -> answers);
        assertThat(api.ended(operation).get("state").stringValue()).isEqualTo("ROLLED_BACK");
    }

    @Test
    @Order(3)
    void aChangeWhoseConsoleDiesGoesBack() {
        String operation = apply(api, List.of(PORT, 8443, 8444), SECONDS);
        awaitState(api, operation, "AWAITING_CONFIRM");
        assertThat(firewall()).contains("8444");
        croft.inBox("systemctl", "kill", "--signal=KILL", "croft-console").orFail();

        Api.await(Duration.ofSeconds(SECONDS + 15), this::firewall, rules -> !rules.contains("8444"));
        startInside();
        awaitAnswer();
        JsonNode ended = api.ended(operation);
        assertThat(ended.get("state").stringValue()).isEqualTo("ROLLED_BACK");
    }

    private static String apply(Api through, List<Integer> ports, int seconds) {
        through.put(HOST + "/settings", Map.of("firewall", Map.of("tcp", ports)))
                .expect(200);
        return through.post(HOST + "/apply", Map.of("confirmWithinSeconds", seconds))
                .expect(202)
                .json()
                .get("id")
                .stringValue();
    }

    private static void awaitState(Api through, String operation, String wanted) {
        Api.await(
                SHORT,
                () -> through.operation(operation),
                seen -> wanted.equals(seen.get("state").stringValue()));
    }

    /** With the operator's own token, from a shell on the box. */
    private String confirmedFromTheBox(String host, String operation) {
        return croft.inBox(
                        "curl",
                        "--silent",
                        "--request",
                        "POST",
                        "--header",
                        "Authorization: Bearer " + api.token(),
                        "http://" + host + ":" + PORT + "/api/v1/operations/" + operation + "/confirm")
                .orFail()
                .out();
    }

    private void startInside() {
        croft.inBox(
                        "systemd-run",
                        "--unit=croft-console",
                        "--collect",
                        "--working-directory=/opt/croft",
                        "/opt/jdk/bin/java",
                        "-Xmx512m",
                        "-Dcroft.data=/opt/croft-data/console",
                        "-jar",
                        "croft.jar",
                        "--server.address=0.0.0.0",
                        "--server.port=" + PORT)
                .orFail();
    }

    private void copy(Path from, String to) throws IOException {
        Path target = croft.inRoot(to);
        Files.createDirectories(target.getParent());
        Command.run(SHORT, "cp", "-a", "--reflink=auto", from.toString(), target.toString())
                .orFail();
    }

    private String boxAddress() throws IOException {
        return JsonMapper.shared()
                .readTree(Files.readString(croft.data().resolve("sandbox/host.json")))
                .get("address")
                .stringValue();
    }

    private void awaitAnswer() {
        Api.await(SHORT, this::reachable, answers -> answers);
    }

    /** Over a connection that is opened for this. */
    private boolean reachable() {
        return Api.fetchAfresh(address.resolve("/api/v1/status").toString()).status() == 200;
    }

    private String firewall() {
        return croft.inBox("nft", "list", "ruleset").orFail().out();
    }
}
