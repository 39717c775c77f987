package dev.croft.journeys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.croft.running.Command;
import dev.croft.running.ComposedCroft;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What only the console of docker-compose.test.yml has: Keycloak beside it, set up in the form as somebody would, and a restart of its
 * container. After {@link WizardIT}, which claims that console and takes its box to a first app.
 */
@Tag(ComposedCroft.TAG)
class ComposedIT {

    private static final Duration START = Duration.ofMinutes(3);

    private static final Path BACKUP = Path.of("target", "compose", "backup");

    private final ComposedCroft croft = new ComposedCroft();

    @Test
    void somebodySignsInByKeycloakAndStaysSignedInWhenTheConsoleIsRestarted() {
        addKeycloak();
        try (Browser browser = new Browser()) {
            Page page = browser.page();
            page.navigate(croft.url().toString());
            browser.click("#login-with-keycloak");
            signInAtKeycloak(page);
            page.waitForURL(url -> url.startsWith(croft.url().toString()));
            assertThat(hosts(page)).isEqualTo(200);

            croft.restart();

            page.navigate(croft.url().resolve("/apps").toString());
            assertThat(page.url()).endsWith("/apps");
            assertThat(hosts(page)).isEqualTo(200);
        }
        backUpAndRestore();
    }

    private void backUpAndRestore() {
        Command.run(START, "install", "-d", "-m", "700", "-o", "10001", BACKUP.toString())
                .orFail();
        croft.runWith(BACKUP, List.of(), "backup", "/backup/croft.backup");
        // Another console, which has not been used.
        croft.runWith(
                BACKUP,
                List.of(
                        "--env=CROFT_DATA=/backup/again",
                        "--env=SPRING_DATASOURCE_URL=jdbc:h2:file:/backup/again/db;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;CASE_INSENSITIVE_IDENTIFIERS=TRUE"),
                "restore",
                "/backup/croft.backup");
        assertThat(BACKUP.resolve("again")).isDirectoryContaining(file -> file.endsWith("vault.key"));
    }

    /** With a try from the form, which shows what the provider says and what the rule makes of it. */
    private void addKeycloak() {
        try (Browser browser = new Browser()) {
            Page page = browser.page();
            page.navigate(croft.url().resolve("/settings/new-provider").toString());
            browser.signIn(WizardIT.USERNAME, WizardIT.PASSWORD);
            browser.fill("provider-name", "Keycloak");
            browser.fill("provider-issuer", ComposedCroft.ISSUER);
            browser.fill("provider-client", "croft");
            browser.fill("provider-secret", "the secret of the client");
            browser.click("#rule-new");
            page.locator(".rule-claim input").fill("realm_access.roles");
            page.locator(".rule-value input").fill("croft-viewer");
            page.locator(".rule-value input").blur();

            Page tab = page.waitForPopup(() -> browser.click("#provider-test"));
            signInAtKeycloak(tab);
            assertThat(page.locator("#provider-becomes")).containsText("iewer");

            browser.click("#provider-save");
            assertThat(page.locator("#providers")).containsText("Keycloak");
        }
    }

    private static void signInAtKeycloak(Page page) {
        page.locator("#username").fill("vera");
        page.locator("#password").fill("vera's password");
        page.locator("#kc-login").click();
    }

    /** As a page of the console asks. */
    private static int hosts(Page page) {
        return (int) page.evaluate(
                "() => fetch('/api/v1/hosts', { headers: { 'X-Croft-Request': '1' } }).then(answer => answer.status)");
    }
}
