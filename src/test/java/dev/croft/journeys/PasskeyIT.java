package dev.croft.journeys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.RequestOptions;
import dev.croft.running.ClaimedCroft;
import dev.croft.running.ComposedCroft;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A local account's passkey, from Settings to the sign-in page and away again, in a browser that has an authenticator. */
@Tag(ComposedCroft.TAG)
class PasskeyIT {

    private final ClaimedCroft croft = ClaimedCroft.shared();

    @Test
    void somebodySignsInWithAPasskeyUntilItIsRemoved() {
        try (Browser browser = new Browser()) {
            Page page = browser.page();
            new Authenticator(page);
            page.navigate(address("login"));
            assertThat(page.locator("#login-submit")).isVisible();
            assertThat(page.locator("#login-passkey")).hasCount(0);
            browser.signIn(ClaimedCroft.USERNAME, ClaimedCroft.PASSWORD);
            page.waitForURL(url -> !url.contains("/login"));

            page.navigate(address("settings/account"));
            browser.click("#passkey-add");
            browser.fill("passkey-name", "Laptop");
            browser.click("#passkey-make");
            assertThat(passkey(page, "Laptop")).containsText("not used yet");
            browser.picture("my-account");

            leave(page);
            browser.picture("login-passkey");
            browser.click("#login-passkey");
            page.waitForURL(url -> !url.contains("/login"));
            Assertions.assertThat(status(page)).isEqualTo(200);
            Assertions.assertThat(
                            croft.api.get("/api/v1/audit?limit=20").expect(200).text())
                    .contains("by passkey");

            page.navigate(address("settings/account"));
            assertThat(passkey(page, "Laptop")).containsText("last used");
            passkey(page, "Laptop").getByText("Rename").click();
            browser.fill("passkey-name", "Old laptop");
            browser.click("#passkey-rename");
            assertThat(passkey(page, "Old laptop")).isVisible();
            passkey(page, "Old laptop").getByText("Remove").click();
            browser.click("#passkey-remove");
            assertThat(passkey(page, "Old laptop")).hasCount(0);
            leave(page);
            assertThat(page.locator("#login-passkey")).hasCount(0);
        }
    }

    private static Locator passkey(Page page, String name) {
        return page.locator("[data-passkey='" + name + "']");
    }

    private void leave(Page page) {
        page.context().clearCookies();
        page.navigate(address("login"));
        assertThat(page.locator("#login-submit")).isVisible();
    }

    private int status(Page page) {
        return page.request()
                .get(address("api/v1/hosts"), RequestOptions.create().setHeader("X-Croft-Request", "1"))
                .status();
    }

    /** By a name: browsers have no passkeys for addresses of numbers. */
    private String address(String path) {
        return "http://localhost:" + croft.croft.port() + "/" + path;
    }
}
