package dev.croft.journeys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.assertions.LocatorAssertions;
import dev.croft.running.Api;
import dev.croft.running.ComposedCroft;
import dev.croft.running.Croft;
import dev.croft.running.GitServer;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A change is seen before it is made, kept or reverted, and undone, in the browser: the box's own settings, one app with its data, garbage,
 * and what somebody did by hand. The steps build on each other.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ChangeIT {

    private static final String APP = "hello";
    private static final String NOTES = "/var/lib/croft/apps/" + APP + "/notes";
    private static final String FLAKE = "/var/lib/croft/flake/flake.nix";
    private static final int PORT = 9210;
    private static final double OPERATION_MILLIS = 180_000;
    private static final String USERNAME = "ada";
    private static final String PASSWORD = "correct horse battery staple";
    /** What the Keep button sends; the status and the answer. */
    private static final String CONFIRM = """
            async (operation) => {
                const answer = await fetch(`/api/v1/operations/${operation}/confirm`, {
                    method: 'POST',
                    headers: { Accept: 'application/problem+json', 'X-Croft-Request': 'confirm' },
                });
                return `${answer.status} ${await answer.text()}`;
            }
            """;

    private Croft croft;
    private GitServer git;
    private GitServer.Repository repository;
    private Browser browser;
    private String first;

    @BeforeAll
    void start() {
        croft = Croft.fresh("change");
        URI ready = croft.up();
        git = new GitServer(Path.of("target", "change-git-" + croft.port()), croft.gateway());
        repository = git.create(APP);
        browser = new Browser();
        new WizardPages(browser).enter(ready, USERNAME, PASSWORD);
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
    @Tag(ComposedCroft.TAG)
    void keepsAChangeOfTheBoxThatWasReviewed() {
        draftPort("8443");
        browser.click("#settings-review");
        assertThat(browser.page().locator("#pending-edits")).containsText("8443");
        browser.click("#review");
        assertThat(browser.page().locator("#review-verdict"))
                .hasAttribute(
                        "data-level", "host", new LocatorAssertions.HasAttributeOptions().setTimeout(OPERATION_MILLIS));
        assertThat(browser.page().locator("#review-ports [data-port='8443/tcp']"))
                .hasAttribute("data-kind", "opened");
        browser.picture("review");
        browser.click("#apply");

        assertThat(browser.page().locator("#confirm-keep"))
                .isVisible(new LocatorAssertions.IsVisibleOptions().setTimeout(OPERATION_MILLIS));
        browser.picture("confirm");
        browser.click("#confirm-keep");
        assertThat(browser.page().locator("#confirm-outcome")).containsText("Kept");
        awaitDrawer("SUCCEEDED");
        assertThat(openInFirewall()).contains("8443");
    }

    @Test
    @Order(2)
    @Tag(ComposedCroft.TAG)
    void revertsAChangeOfTheBox() {
        draftPort("8443, 8444");
        browser.click("#settings-review");
        browser.click("#review");
        assertThat(browser.page().locator("#apply"))
                .isEnabled(new LocatorAssertions.IsEnabledOptions().setTimeout(OPERATION_MILLIS));
        browser.click("#apply");
        assertThat(browser.page().locator("#confirm-revert"))
                .isVisible(new LocatorAssertions.IsVisibleOptions().setTimeout(OPERATION_MILLIS));
        assertThat(openInFirewall()).contains("8444");
        browser.click("#confirm-revert");

        awaitDrawer("ROLLED_BACK");
        assertThat(browser.page().locator("#confirm-outcome")).containsText("Reverted");
        assertThat(openInFirewall()).contains("8443").doesNotContain("8444");
        open("changes");
        browser.click("#discard-settings");
        browser.click("#discard-confirmed");
    }

    @Test
    @Order(3)
    void revertsByItselfWhatNobodyKeeps() {
        try (Browser other = new Browser()) {
            other.page().navigate(croft.url().resolve("/changes").toString());
            other.signIn(USERNAME, PASSWORD);
            assertThat(other.page().locator("main#content")).containsText("Nothing is pending");
            draftPort("8443, 8445");
            // Nothing was loaded anew there.
            assertThat(other.page().locator("#pending-edits")).containsText("8445");

            browser.click("#settings-review");
            browser.click("#review, #review-again");
            assertThat(browser.page().locator("#apply"))
                    .isEnabled(new LocatorAssertions.IsEnabledOptions().setTimeout(OPERATION_MILLIS));
            browser.click("#confirm-within");
            browser.page()
                    .locator("vaadin-select-item")
                    .getByText("30 seconds")
                    .first()
                    .click();
            browser.click("#apply");
            assertThat(browser.page().locator("#confirm-keep"))
                    .isVisible(new LocatorAssertions.IsVisibleOptions().setTimeout(OPERATION_MILLIS));
            assertThat(openInFirewall()).contains("8445");

            assertThat(other.page().locator("#confirm-title")).containsText("waits for " + USERNAME);
            assertThat(other.page().locator("#confirm-revert")).isVisible();
            assertThat(other.page().locator("#confirm-keep")).isHidden();
            String operation = browser.page().locator("#operation-drawer").getAttribute("data-operation");
            assertThat((String) other.page().evaluate(CONFIRM, operation))
                    .startsWith("409 ")
                    .contains("CONFIRM_REFUSED", "from another browser");

            for (Browser each : List.of(browser, other)) {
                assertThat(each.page().locator("#confirm-outcome"))
                        .containsText("Reverted", new LocatorAssertions.ContainsTextOptions().setTimeout(60_000));
            }
            awaitDrawer("ROLLED_BACK");
            assertThat(openInFirewall()).contains("8443").doesNotContain("8445");
            browser.picture("reverted");
            assertThat(other.errors()).isEmpty();
        }
        open("changes");
        browser.click("#discard-settings");
        browser.click("#discard-confirmed");
    }

    private void draftPort(String ports) {
        open("host/network");
        browser.fill("network-tcp", ports);
        browser.click("#network-save");
        assertThat(browser.page().locator("#settings-review")).isVisible();
    }

    private String openInFirewall() {
        return croft.inBox("nft", "list", "ruleset").orFail().out();
    }

    @Test
    @Order(4)
    @Tag(ComposedCroft.TAG)
    void deploysTwoVersionsThatStoreSomething() {
        repository.commit("main", GitServer.hello("v1"));
        open("new-app");
        browser.fill("new-app-url", repository.url());
        browser.fill("new-app-ref", "main");
        browser.click("#new-app-inspect");
        assertThat(browser.page().locator("#new-app-builder")).containsText("Python");
        browser.fill("new-app-name", APP);
        browser.fill("new-app-port", Integer.toString(PORT));
        browser.fill("new-app-health", "/healthz");
        browser.click("#new-app-deploy");
        awaitDrawer("SUCCEEDED");
        note("one");
        open("host/generations");
        first = browser.page().locator(".generation[data-current]").getAttribute("data-number");

        repository.commit("main", GitServer.hello("v2"));
        open("apps/" + APP);
        browser.click("#app-deploy");
        browser.click("#deploy-confirm");
        awaitDrawer("SUCCEEDED");
        note("two");
        assertAnswers("This is v2");
    }

    /** Ten thousand lines a second, from the builder to the page. */
    @Test
    @Order(5)
    void followsAFloodOfLines() {
        GitServer.Repository flood = git.create("flood");
        flood.commit("main", GitServer.flood());
        open("new-app");
        browser.fill("new-app-url", flood.url());
        browser.fill("new-app-ref", "main");
        browser.click("#new-app-inspect");
        assertThat(browser.page().locator("#new-app-builder")).containsText("Node");
        browser.fill("new-app-name", "flood");
        browser.fill("new-app-port", Integer.toString(PORT + 1));
        browser.click("#new-app-deploy");
        Locator drawer = browser.page().locator("#operation-drawer");
        assertThat(drawer).hasAttribute("data-operation", Pattern.compile("\\w+"));
        String operation = drawer.getAttribute("data-operation");
        open("activity/" + operation);
        Locator log = browser.page().locator("#operation-log");
        // As many as it keeps: from here on each new one costs an old one.
        assertThat(log)
                .hasAttribute(
                        "lines", "5000", new LocatorAssertions.HasAttributeOptions().setTimeout(OPERATION_MILLIS));

        Frames frames = Frames.watch(browser.page());
        log.locator(".scroller").hover();
        browser.page().mouse().wheel(0, -400);
        assertThat(log.locator("button.latest")).isVisible();
        log.locator("button.latest").click();
        assertThat(browser.page().locator("main#content [data-state=SUCCEEDED]").first())
                .isVisible(new LocatorAssertions.IsVisibleOptions().setTimeout(OPERATION_MILLIS));
        assertThat(log).containsText("flood 89999 of");
        Frames.Seen seen = frames.end();
        System.out.println("A flood of lines: " + seen);

        assertThat(seen.longestMillis())
                .as("the longest that the page stood still")
                .isLessThan(1_000);
        assertThat(seen.perSecond()).as("frames a second").isGreaterThan(10);
        assertThat(seen.heapBytes()).as("what the page's memory grew by").isLessThan(32 << 20);
        assertThat(log).hasAttribute("lines", "5000");
    }

    @Test
    @Order(6)
    @Tag(ComposedCroft.TAG)
    void comparesAndPinsTheOldOne() {
        open("host/generations");
        browser.click(generation(first) + " .compare");
        assertThat(browser.page().locator("#compare-edits")).containsText(APP);
        assertThat(browser.page().locator("#compare-units")).containsText("croft-app-" + APP);
        browser.picture("compare");
        browser.click("#compare-close");

        browser.click(generation(first) + " .pin");
        assertThat(browser.page().locator(generation(first) + " [data-kind=pinned]"))
                .isVisible();
    }

    @Test
    @Order(7)
    @Tag(ComposedCroft.TAG)
    void returnsTheAppWithItsData() {
        open("apps/" + APP + "/deployments");
        browser.click(".deployment:not([data-current]) .roll-back");
        browser.page().locator("#roll-back-data vaadin-radio-button").nth(1).click();
        assertThat(browser.page().locator("#roll-back-losses")).containsText("Lost");
        browser.picture("roll-back-app");
        browser.click("#confirm-roll-back");

        awaitDrawer("SUCCEEDED");
        open("apps/" + APP);
        assertAnswers("This is v1");
        assertThat(inBox("cat " + NOTES)).isEqualTo("one");
    }

    @Test
    @Order(8)
    void collectsWhatWasChosen() {
        open("host/disk");
        assertThat(browser.page().locator("#pressure")).isVisible();
        browser.click("#gc-plan");
        assertThat(browser.page().locator("#gc-generations [data-number='" + first + "']"))
                .containsText("pinned");
        browser.click("#gc-generations vaadin-checkbox:not([disabled])");
        browser.click("#gc-replan");
        assertThat(browser.page().locator("#gc-summary")).containsText("1 generation,");
        browser.picture("disk");
        browser.click("#gc-collect");

        assertThat(browser.page().locator("#gc-news"))
                .containsText("Freed", new LocatorAssertions.ContainsTextOptions().setTimeout(OPERATION_MILLIS));
    }

    @Test
    @Order(9)
    void endsADriftByReturning() {
        String before = inBox("cat " + FLAKE);
        inBox("echo '# by hand' >>" + FLAKE);

        open("host/drift");
        browser.click("#drift-prove");
        assertThat(browser.page().locator(".drift-item[data-kind=flake]")).containsText("flake.nix");
        browser.picture("drift");
        browser.click(".drift-item[data-kind=flake] .return");
        browser.click("#drift-return-confirm");

        awaitDrawer("SUCCEEDED");
        open("host/drift");
        assertThat(browser.page().locator("#drift")).hasAttribute("data-standing", Pattern.compile("clean|proven"));
        assertThat(inBox("cat " + FLAKE)).isEqualTo(before);
    }

    /** Those that no step has looked at; {@link Browser#picture} fails when one shuts anybody out. */
    @ParameterizedTest
    @Order(10)
    @CsvSource({"host,host", "host/network,network", "host/users,users", "activity,activity", "settings,settings"})
    void hasPagesForEverybody(String path, String name) {
        open(path);
        assertThat(browser.page().locator("main#content h1")).isVisible();
        browser.picture(name);
    }

    private void note(String words) {
        inBox("printf %s " + words + " >" + NOTES);
    }

    private String inBox(String script) {
        return croft.inBox("sh", "-c", script).orFail().out();
    }

    private static String generation(String number) {
        return ".generation[data-number='" + number + "']";
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

    /** By the link on the app's page, from outside the box. */
    private void assertAnswers(String words) {
        open("apps/" + APP);
        assertThat(browser.page().locator("#app-url")).isVisible();
        String url = browser.page().locator("#app-url").getAttribute("href").replaceFirst("/$", "");
        assertThat(croft.ask(url)).isEqualTo(new Api.Answer(200, words));
    }
}
