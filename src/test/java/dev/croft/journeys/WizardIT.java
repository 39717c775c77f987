package dev.croft.journeys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.running.Api;
import dev.croft.running.ComposedCroft;
import dev.croft.running.Croft;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** From the ready line to a first app that is live, by somebody who takes every default; then the steps that were left out. */
@Tag(ComposedCroft.TAG)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class WizardIT {

    static final String USERNAME = "ada";
    static final String PASSWORD = "correct horse battery staple";
    private static final String DOMAIN = "hello.wizard.test";
    private static final String KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl bert@desk";

    private Croft croft;
    private URI ready;
    private Browser browser;
    private WizardPages pages;

    @BeforeAll
    void start() {
        croft = Croft.fresh("journey-wizard");
        ready = croft.up();
        open();
    }

    @AfterAll
    void stop() {
        if (browser != null) {
            browser.close();
        }
        croft.down();
    }

    @AfterEach
    void noScriptHasFailed() {
        assertThat(browser.errors()).isEmpty();
    }

    @Test
    @Order(1)
    void aFirstAppIsLiveAfterSixClicksAndThreeFieldsAtMost() {
        pages.claim(ready, USERNAME, PASSWORD);
        browser.picture("wizard-box");
        pages.straightToTheApp();
        assertThat(browser.page().locator("#wizard-proposal [data-thing=welcome] li"))
                .not()
                .hasCount(0);
        browser.picture("wizard-app");
        pages.putLive();

        assertThat(Api.fetch(pages.live()).text()).contains("Your first app is live");
        assertThat(pages.clicks()).as("clicks from the first page").isLessThanOrEqualTo(6);
        assertThat(pages.typed()).as("typed fields").isLessThanOrEqualTo(3);
        browser.picture("wizard-live");
    }

    @Test
    @Order(2)
    void aClaimIsGoodForOneAdministratorOnly() {
        Api.Answer again = Api.fetch(croft.url().resolve("/api/v1/status").toString());

        assertThat(again.json().get("setup").stringValue()).isEqualTo("complete");
        assertThat(Api.tryToClaim(ready, "mallory", PASSWORD).status()).isEqualTo(409);
    }

    /** Each step is left half-way: what was kept is there for the next browser, what was only typed is not. */
    @Test
    @Order(3)
    void aBrowserThatIsClosedInAnyStepCostsNothing() {
        List<String> order = List.of("box", "identity", "domain", "sign-in", "backups");
        for (int at = 0; at < order.size(); at++) {
            String step = order.get(at);
            comeBack();
            assertThat(pages.stage()).hasAttribute("data-step", step);
            switch (step) {
                case "identity" -> browser.fill("wizard-person", "half typed");
                case "domain" -> browser.fill("wizard-domain", "half.example");
                default -> {}
            }
            comeBack();
            assertThat(pages.stage()).hasAttribute("data-step", step);
            browser.picture("wizard-" + step);
            if (step.equals("identity")) {
                pages.chooseTimezone("Asia/Tokyo");
            }
            browser.click(step.equals("identity") || step.equals("box") ? "#wizard-next" : "#wizard-skip");
            assertThat(pages.stage()).hasAttribute("data-step", at + 1 < order.size() ? order.get(at + 1) : "app");
        }
        // nothing of it is on the box before it is applied, and half-typed words are nowhere
        assertThat(pages.waiting()).containsText("Asia/Tokyo");
        assertThat(croft.inBox("cat", "/var/lib/croft/flake/state.json")
                        .orFail()
                        .out())
                .doesNotContain("Tokyo")
                .doesNotContain("half");
    }

    @Test
    @Order(4)
    void whatTheStepsDecidedIsAppliedAsOneChange() {
        int before = generations();
        comeBack();
        browser.click("#wizard-step-identity");
        browser.click("#wizard-apply");

        // it changes the box itself, so it waits for the person who can still see it
        pages.keep();
        pages.awaitApplied();

        assertThat(croft.inBox("cat", "/var/lib/croft/flake/state.json")
                        .orFail()
                        .out())
                .contains("Asia/Tokyo");
        assertThat(generations()).isEqualTo(before + 1);
    }

    /** Domain, person, place for backups and app, with a browser that was closed before the last step: one generation. */
    @Test
    @Order(5)
    void aDomainAPersonAndABackupComeWithTheAppInOneGeneration() {
        croft.inBox("mkdir", "-p", "/srv/wizard-cellar").orFail();
        int before = generations();
        comeBack();
        browser.click("#wizard-step-identity");
        browser.fill("wizard-person", "bert");
        browser.fill("wizard-key", KEY);
        browser.click("#wizard-next");
        assertThat(pages.waiting()).containsText("bert");
        browser.click("#wizard-step-domain");
        pages.chooseDomain(DOMAIN);
        pages.nextFromTheDomain();
        assertThat(pages.waiting()).containsText(DOMAIN);
        browser.click("#wizard-step-backups");
        browser.click("#wizard-target-new");
        browser.page().locator("#target-type vaadin-radio-button").nth(2).click();
        browser.fill("target-name", "cellar");
        browser.fill("target-path", "/srv/wizard-cellar");
        browser.click("#target-add");
        assertThat(browser.page().locator("#wizard-places")).containsText("cellar");
        browser.click("#wizard-next");
        assertThat(pages.stage()).hasAttribute("data-step", "app");

        comeBack();
        browser.click("#wizard-step-app");
        assertThat(pages.waiting()).containsText("cellar");
        browser.picture("wizard-all");
        pages.putLive();
        pages.keep();
        pages.awaitApplied();

        assertThat(generations()).isEqualTo(before + 1);
        assertThat(croft.overHttps(DOMAIN, "/").orFail().out()).contains("Your first app is live");
        assertThat(croft.inBox("id", "bert").orFail().out()).contains("bert");
        assertThat(croft.inBox("cat", "/var/lib/croft/flake/state.json")
                        .orFail()
                        .out())
                .contains("bert", DOMAIN, "/srv/wizard-cellar");
    }

    // ---- words of this journey

    private void open() {
        browser = new Browser();
        pages = new WizardPages(browser);
    }

    /** A new browser: nothing of the last one but what the console keeps. */
    private void comeBack() {
        browser.close();
        open();
        browser.page().navigate(croft.url().resolve("/wizard").toString());
        browser.signIn(USERNAME, PASSWORD);
        browser.page().waitForURL(url -> URI.create(url).getPath().equals("/wizard"));
    }

    private int generations() {
        return croft.inBox("sh", "-c", "ls -d /nix/var/nix/profiles/system-*-link | wc -l")
                .orFail()
                .out()
                .strip()
                .transform(Integer::parseInt);
    }
}
