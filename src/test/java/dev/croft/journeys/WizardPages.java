package dev.croft.journeys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.assertions.LocatorAssertions;
import java.net.URI;

/** The page of the claim and the wizard's, as somebody goes through them; what they click and type is counted. */
public final class WizardPages {

    private static final double OPERATION_MILLIS = 180_000;

    private final Browser browser;
    private int clicks;
    private int typed;

    public WizardPages(Browser browser) {
        this.browser = browser;
    }

    public int clicks() {
        return clicks;
    }

    public int typed() {
        return typed;
    }

    /** From the address of the ready line to the wizard. */
    public void claim(URI ready, String username, String password) {
        browser.page().navigate(ready.toString());
        type("setup-username", username);
        type("setup-password", password);
        click("#setup-submit");
        assertThat(browser.page().locator("#recovery-key-note")).isVisible();
        assertThat(browser.page().locator("#recovery-key span").allInnerTexts())
                .as("the recovery key")
                .hasSize(9)
                .allMatch(group -> group.matches("[0-9A-HJKMNP-TV-Z]{4}"));
        click("#setup-continue");
        browser.page().waitForURL(url -> URI.create(url).getPath().equals("/wizard"));
        assertThat(browser.page().locator("#contract-summary")).containsText("checked");
    }

    /** To the wizard, whether or not somebody has claimed the console before. */
    public void enter(URI ready, String username, String password) {
        if (ready.getFragment() != null) {
            claim(ready, username, password);
            return;
        }
        browser.page().navigate(ready.resolve("/wizard").toString());
        browser.signIn(username, password);
        browser.page().waitForURL(url -> URI.create(url).getPath().equals("/wizard"));
    }

    /** Leaves the open step, which is the one that is named, for the next one. */
    public void next(String step, String following) {
        leave("#wizard-next", step, following);
    }

    public void skip(String step, String following) {
        leave("#wizard-skip", step, following);
    }

    /** Where a name leads elsewhere, that is told first; here nobody minds. */
    public void nextFromTheDomain() {
        assertThat(stage()).hasAttribute("data-step", "domain");
        click("#wizard-next");
        Locator told = browser.page().locator("#wizard-domain-told");
        Locator gone = browser.page().locator("#wizard-stage:not([data-step=domain])");
        assertThat(told.or(gone).first()).isVisible();
        if (!gone.isVisible()) {
            browser.picture("wizard-domain-told");
            click("#wizard-next");
        }
        assertThat(gone).isVisible();
    }

    private void leave(String button, String step, String following) {
        assertThat(stage()).hasAttribute("data-step", step);
        click(button);
        assertThat(stage()).hasAttribute("data-step", following);
    }

    public void straightToTheApp() {
        click("#wizard-straight");
        assertThat(stage()).hasAttribute("data-step", "app");
    }

    public void chooseTimezone(String zone) {
        Locator input = browser.page().locator("#wizard-timezone input");
        input.fill(zone);
        input.press("Enter");
        typed++;
    }

    /** A name for the first app, with a certificate that the box signs itself. */
    public void chooseDomain(String domain) {
        type("wizard-domain", domain);
        browser.page().locator("#wizard-issuer vaadin-radio-button").nth(3).click();
        clicks++;
    }

    public void putLive() {
        click("#wizard-live");
    }

    /** The change waits for whoever can still see it. */
    public void keep() {
        Locator keep = browser.page().locator("#confirm-keep");
        assertThat(keep).isVisible(soon());
        keep.click();
        clicks++;
    }

    /** Where the first app is live. */
    public String live() {
        Locator live = browser.page().locator("#wizard-url");
        assertThat(live).isVisible(soon());
        return live.getAttribute("href");
    }

    public Locator stage() {
        return browser.page().locator("#wizard-stage");
    }

    public Locator waiting() {
        return browser.page().locator("#wizard-waiting");
    }

    /** Everything that waited is on the box. */
    public void awaitApplied() {
        assertThat(waiting())
                .containsText("Nothing yet", new LocatorAssertions.ContainsTextOptions().setTimeout(OPERATION_MILLIS));
    }

    private void type(String id, String value) {
        browser.fill(id, value);
        typed++;
    }

    private void click(String selector) {
        browser.click(selector);
        clicks++;
    }

    private static LocatorAssertions.IsVisibleOptions soon() {
        return new LocatorAssertions.IsVisibleOptions().setTimeout(OPERATION_MILLIS);
    }
}
