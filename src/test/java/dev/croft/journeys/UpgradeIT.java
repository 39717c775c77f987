package dev.croft.journeys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.assertions.LocatorAssertions;
import dev.croft.running.Api;
import dev.croft.running.ClaimedCroft;
import dev.croft.running.GitServer;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * PostgreSQL 15 with an app's data goes to 17 by clicks alone, on the box's two real servers, and what the upgrade kept is deleted.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class UpgradeIT {

    private static final String APP = "raised";
    private static final String HOST = "/api/v1/hosts/" + ClaimedCroft.HOST;
    private static final int PORT = 9290;
    private static final LocatorAssertions.ContainsTextOptions IN_A_WHILE =
            new LocatorAssertions.ContainsTextOptions().setTimeout(30_000);

    private ClaimedCroft running;
    private Browser browser;

    @BeforeAll
    void start() {
        running = ClaimedCroft.shared();
        GitServer.Repository repository = running.git.create(APP);
        repository.commit("main", GitServer.hello("v1"));
        running.api.delete(HOST + "/drafts");
        // Other journeys on this box may have left a newer server, and its data.
        withoutDatabases();
        ObjectNode settings = settings();
        settings.putObject("services").putObject("postgresql").put("major", 15);
        running.api.put(HOST + "/settings", settings).expect(200);
        Map<String, Object> app = ClaimedCroft.python(repository.url(), PORT);
        app.put("attach", Map.of("postgresql", Map.of()));
        running.api.put(ClaimedCroft.path(APP), app).expect(200);
        apply();
        inBox("runuser -u croft-app-" + APP + " -- psql -qd " + APP
                + " -c 'CREATE TABLE orders AS SELECT generate_series(1, 500) AS n'");
        browser = new Browser();
        open("services/postgresql");
        browser.signIn(ClaimedCroft.USERNAME, ClaimedCroft.PASSWORD);
        browser.page().waitForURL(url -> URI.create(url).getPath().equals("/services/postgresql"));
    }

    @AfterAll
    void stop() {
        if (browser != null) {
            browser.close();
        }
        running.api.delete(HOST + "/drafts");
        withoutDatabases();
    }

    /** The next journey may be about a box without PostgreSQL. */
    private void withoutDatabases() {
        for (String app : List.of(APP, "attached")) {
            if (running.api.get(ClaimedCroft.path(app)).status() == 200) {
                running.api.delete(ClaimedCroft.path(app)).expect(204);
            }
        }
        ObjectNode settings = settings();
        settings.remove("services");
        running.api.put(HOST + "/settings", settings).expect(200);
        // Nothing to apply on a box that never had one.
        if (running.api.get(HOST + "/drafts").expect(200).json().toString().contains("{")) {
            apply();
        }
        inBox("rm -rf /var/lib/postgresql/*");
    }

    private ObjectNode settings() {
        return (ObjectNode) running.api.get(HOST + "/settings").expect(200).json();
    }

    @AfterEach
    void noScriptHasFailed() {
        assertThat(browser.errors()).isEmpty();
    }

    @Test
    @Order(1)
    void theNextVersionIsChosenAndSaysWhatItWillDo() {
        assertThat(browser.page().locator("#database-version")).containsText("15.", IN_A_WHILE);
        browser.click("#upgrade");
        browser.click("#upgrade-major");
        browser.page().locator("vaadin-select-item").getByText("17").first().click();
        assertThat(browser.page()
                        .locator("vaadin-dialog, vaadin-dialog-overlay")
                        .first())
                .containsText("Upgrade PostgreSQL 15");
        browser.picture("upgrade");
        browser.click("#upgrade-confirm");
    }

    @Test
    @Order(2)
    void theUpgradeRunsOnItsPageAndSucceeds() {
        browser.page().waitForURL(Pattern.compile(".*/activity/.*"));
        JsonNode operation = running.api.ended(browser.page().url().replaceAll(".*/activity/", ""));
        assertThat(operation.path("state").stringValue("")).as("%s", operation).isEqualTo("SUCCEEDED");
        assertThat(browser.page().locator("body")).containsText("Upgrade PostgreSQL 15 to 17", IN_A_WHILE);
        browser.picture("upgraded");
    }

    @Test
    @Order(3)
    void theNewServerHasTheDataAndTheOldOneIsKeptUntilItIsDeleted() {
        open("services/postgresql");
        Locator version = browser.page().locator("#database-version");
        assertThat(version).containsText("17.", IN_A_WHILE);
        assertThat(version).containsText("/var/lib/postgresql/15");
        open("services/postgresql/console");
        browser.fill("sql-text", "SELECT count(*) FROM orders");
        browser.click("#sql-run");
        assertThat(browser.page().locator("#sql-result")).containsText("500");

        open("services/postgresql");
        version.getByText("Delete").first().click();
        browser.click("#cluster-delete-confirm");
        assertThat(version).not().containsText("/var/lib/postgresql/15", IN_A_WHILE);
        assertThat(inBox("ls /var/lib/postgresql").strip()).isEqualTo("17");
    }

    private void apply() {
        Api.Answer applied = running.api.post(HOST + "/apply", Map.of());
        JsonNode ended = running.api.ended(applied.expect(202).json().get("id").stringValue());
        assertThat(ended.get("state").stringValue()).as("%s", ended).isEqualTo("SUCCEEDED");
    }

    private String inBox(String script) {
        return running.croft.inBox("sh", "-c", script).orFail().out();
    }

    private void open(String path) {
        browser.page().navigate(running.croft.url().resolve("/" + path).toString());
    }
}
