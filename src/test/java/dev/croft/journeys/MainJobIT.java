package dev.croft.journeys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.assertions.LocatorAssertions;
import dev.croft.running.Api;
import dev.croft.running.Croft;
import dev.croft.running.GitServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** The main job, as one person does it in a browser from the ready line on. The steps build on each other. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MainJobIT {

    private static final String USERNAME = "ada";
    private static final String PASSWORD = "correct horse battery staple";
    private static final String APP = "hello";
    private static final int PORT = 9200;
    private static final double OPERATION_MILLIS = 180_000;

    private Croft croft;
    private URI ready;
    private GitServer git;
    private GitServer.Repository repository;
    private Browser browser;
    private String firstGeneration;

    @BeforeAll
    void start() {
        croft = Croft.fresh("journey");
        ready = croft.up();
        git = new GitServer(Path.of("target", "journey-git-" + croft.port()), croft.gateway());
        repository = git.create(APP);
        repository.commit("main", GitServer.hello("v1"));
        browser = new Browser();
    }

    @AfterAll
    void stop() {
        if (browser != null) {
            browser.close();
        }
        if (git != null) {
            git.close();
        }
        croft.down();
    }

    @AfterEach
    void noScriptHasFailed() {
        assertThat(browser.errors()).isEmpty();
    }

    @Test
    @Order(1)
    void claimsTheConsole() {
        browser.page().navigate(ready.toString());
        assertThat(browser.page().locator("#setup-host")).containsText("SHA256:");
        browser.picture("claim");

        browser.fill("setup-username", USERNAME);
        browser.fill("setup-password", PASSWORD);
        browser.click("#setup-submit");
        browser.click("#setup-continue");

        browser.page().waitForURL(url -> URI.create(url).getPath().equals("/wizard"));
        open("");
        assertThat(browser.page().locator(".croft-home")).isVisible();
        assertThat(Files.exists(croft.data().resolve("console/claim"))).isFalse();
        browser.picture("home-empty");
    }

    @Test
    @Order(2)
    void deploysTheFirstVersion() {
        open("new-app");
        browser.fill("new-app-url", repository.url());
        browser.fill("new-app-ref", "main");
        browser.click("#new-app-inspect");
        assertThat(browser.page().locator("#new-app-builder")).containsText("Python");
        browser.fill("new-app-name", APP);
        browser.fill("new-app-port", Integer.toString(PORT));
        browser.fill("new-app-health", "/healthz");
        browser.picture("new-app");
        browser.click("#new-app-deploy");

        awaitDrawer("SUCCEEDED");
        open("apps/" + APP);
        assertAnswers("This is v1");
        browser.picture("app");
        firstGeneration = currentGeneration();
        browser.picture("generations");
    }

    @Test
    @Order(3)
    void deploysTheSecondVersion() {
        repository.commit("main", GitServer.hello("v2"));
        deployByButton();

        assertThat(browser.page().locator("#operation-drawer")).isVisible();
        browser.picture("deploying");
        awaitDrawer("SUCCEEDED");
        assertAnswers("This is v2");
    }

    @Test
    @Order(4)
    void rollsTheHostBackToTheFirst() {
        open("host/generations");
        browser.click(".generation[data-number='" + firstGeneration + "'] .roll-back");
        browser.click("#confirm-roll-back");

        awaitDrawer("SUCCEEDED");
        open("apps/" + APP);
        assertAnswers("This is v1");
    }

    @Test
    @Order(5)
    void readsTheAppsOwnLogLines() {
        Api.fetch(appUrl() + "/a-path-of-this-test").expect(200);

        open("apps/" + APP + "/logs");

        assertThat(browser.page()
                        .locator("#logs")
                        .getByText("hello v1 answers /a-path-of-this-test")
                        .first())
                .isVisible();
        browser.picture("logs");
    }

    @Test
    @Order(6)
    void provesWhatTheAppIsMadeOf() {
        open("apps/" + APP + "/contents");
        browser.click("#verify");
        assertThat(browser.page().locator("#proof-verdict"))
                .hasAttribute(
                        "data-verdict",
                        "IDENTICAL",
                        new LocatorAssertions.HasAttributeOptions().setTimeout(OPERATION_MILLIS));

        browser.page().locator("#contents-filter input").fill("croft-app-" + APP);
        // The grid keeps rows that it does not show, for later.
        Locator why = browser.page().locator("#contents-grid .croft-why:visible");
        assertThat(why).hasCount(1);
        browser.picture("contents");
        why.click();
        assertThat(browser.page().locator("#ways .croft-way-end").first()).containsText("croft-app-" + APP);
        browser.click("#ways-close");

        open("apps/" + APP);
        assertThat(browser.page().locator("#proof-badge [data-tone=ok]")).isVisible();
    }

    @Test
    @Order(7)
    void showsTheTrueEndAfterTheConsoleWasKilledInTheMiddle() throws IOException {
        repository.commit("main", GitServer.gatedHello("v3", "open"));
        deployByButton();
        assertThat(browser.page().locator("#operation-drawer [data-phase=health][data-standing=current]"))
                .isVisible(new LocatorAssertions.IsVisibleOptions().setTimeout(OPERATION_MILLIS));
        String operation = browser.page().locator("#operation-drawer").getAttribute("data-operation");

        ProcessHandle console = croft.console();
        console.destroyForcibly();
        console.onExit().join();
        // The box goes on alone: the version becomes healthy while nobody looks.
        Files.createFile(croft.inRoot("/var/lib/croft/apps/" + APP + "/open"));
        Api.await(
                Duration.ofMinutes(1),
                () -> croft.inBox("cat", "/var/lib/croft/operations/" + operation + "/result.json")
                        .out(),
                result -> result.contains("SUCCEEDED"));

        // The open page would load itself anew as soon as the console is back, in the middle of what is asked for here.
        browser.page().navigate("about:blank");
        assertThat(croft.up().getPort()).isEqualTo(croft.port());
        open("activity/" + operation);

        // Whoever was signed in still is: sessions outlive the console's process.
        assertThat(browser.page().locator("#content [data-state=SUCCEEDED]").first())
                .isVisible(new LocatorAssertions.IsVisibleOptions().setTimeout(30_000));
        browser.picture("operation");
        open("apps/" + APP);
        assertAnswers("This is v3");
        open("");
        assertThat(browser.page().locator("[data-app=" + APP + "][data-state=running]"))
                .isVisible();
        browser.picture("home");
    }

    private void deployByButton() {
        open("apps/" + APP);
        browser.click("#app-deploy");
        browser.click("#deploy-confirm");
    }

    private void open(String path) {
        browser.page().navigate(croft.url().resolve("/" + path).toString());
    }

    private void awaitDrawer(String state) {
        Locator drawer = browser.page().locator("#operation-drawer");
        assertThat(drawer)
                .hasAttribute(
                        "data-state",
                        Pattern.compile("SUCCEEDED|FAILED|CANCELLED|ROLLED_BACK"),
                        new LocatorAssertions.HasAttributeOptions().setTimeout(OPERATION_MILLIS));
        assertThat(drawer).hasAttribute("data-state", state);
    }

    private String appUrl() {
        return browser.page().locator("#app-url").getAttribute("href").replaceFirst("/$", "");
    }

    /** By the link on the app's page, from outside the box. */
    private void assertAnswers(String words) {
        assertThat(browser.page().locator("#app-url")).isVisible();
        assertThat(Api.fetch(appUrl())).isEqualTo(new Api.Answer(200, words));
    }

    private String currentGeneration() {
        open("host/generations");
        return browser.page().locator(".generation[data-current]").getAttribute("data-number");
    }
}
