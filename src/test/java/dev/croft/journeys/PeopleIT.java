package dev.croft.journeys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.RequestOptions;
import dev.croft.running.ClaimedCroft;
import dev.croft.running.ComposedCroft;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Somebody is invited, comes in by the link, may look and no more, is shut out again; and the audit has all of it. */
@Tag(ComposedCroft.TAG)
class PeopleIT {

    private static final String NAME = "carla";
    private static final String PASSWORD = "a few unrelated words of carla";

    private final ClaimedCroft running = ClaimedCroft.shared();

    @Test
    void somebodyIsInvitedAndShutOutAgain() {
        try (Browser ada = new Browser();
                Browser carla = new Browser()) {
            ada.page().navigate(address("settings/people"));
            ada.signIn(ClaimedCroft.USERNAME, ClaimedCroft.PASSWORD);
            ada.click("#person-invite");
            ada.fill("person-name", NAME);
            ada.fill("person-email", "carla@example.org");
            ada.click("#person-create");
            String link = ada.page().locator("#person-link").textContent();
            assertThat(row(ada)).containsText("Invited until");

            carla.page().navigate(link);
            carla.fill("welcome-password", PASSWORD);
            carla.click("#welcome-submit");
            carla.page().waitForURL(url -> !url.contains("/welcome") && !url.contains("/login"));
            assertThat(ask(carla, "GET", "/api/v1/hosts")).isEqualTo(200);
            assertThat(ask(carla, "POST", "/api/v1/hosts/" + ClaimedCroft.HOST + "/apply"))
                    .isEqualTo(403);

            ada.page().reload();
            assertThat(row(ada)).containsText("Active");
            row(ada).getByText("Disable").click();
            assertThat(row(ada)).containsText("Disabled");
            carla.page().navigate(address("apps"));
            assertThat(carla.page().locator("#login-submit")).isVisible();

            ada.page().navigate(address("activity/audit"));
            ada.fill("audit-who", NAME);
            assertThat(ada.page().locator("#content table")).containsText("Operations.apply");
            ada.click("#audit-verify");
            assertThat(ada.page().locator("#audit-chain")).containsText("The chain is whole");
            assertThat(ada.errors()).isEmpty();
            assertThat(carla.errors()).isEmpty();
        }
    }

    private static Locator row(Browser browser) {
        return browser.page().locator("#content tr", new Page.LocatorOptions().setHasText(NAME));
    }

    /** As a page of the console does. */
    private int ask(Browser browser, String method, String path) {
        return browser.page()
                .request()
                .fetch(address(path), RequestOptions.create().setMethod(method).setHeader("X-Croft-Request", "1"))
                .status();
    }

    private String address(String path) {
        return running.croft.url().resolve("/" + path.replaceFirst("^/", "")).toString();
    }
}
