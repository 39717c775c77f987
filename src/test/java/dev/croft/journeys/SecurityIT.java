package dev.croft.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.croft.running.ClaimedCroft;
import dev.croft.running.ComposedCroft;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What protects the pages: their headers, and in a browser that these hold and keep nothing from working. */
@Tag(ComposedCroft.TAG)
class SecurityIT {

    private static final List<String> PAGES = List.of(
            "",
            "apps",
            "new-app",
            "services",
            "services/mail",
            "domains",
            "backups",
            "activity",
            "activity/audit",
            "host",
            "host/contract",
            "host/generations",
            "host/disk",
            "host/network",
            "host/users",
            "host/drift",
            "changes",
            "add-box",
            "wizard",
            "settings",
            "settings/account",
            "settings/people",
            "settings/sign-in",
            "settings/new-provider",
            "there-is-no-such-page");
    private static final Pattern NONCE = Pattern.compile("'nonce-([A-Za-z0-9+/]{24})'");

    private final ClaimedCroft croft = ClaimedCroft.shared();

    @Test
    void aPageRunsItsOwnScriptsAndNoOthers() throws Exception {
        HttpResponse<String> page = get("login");
        HttpResponse<String> again = get("login");

        String policy = only(page, "Content-Security-Policy");
        assertThat(policy)
                .startsWith("default-src 'none'; script-src 'nonce-")
                .contains("'strict-dynamic' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; ")
                .contains(
                        "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'");
        assertThat(policy.replaceFirst("style-src[^;]*", "")).doesNotContain("unsafe-inline");
        Matcher nonce = NONCE.matcher(policy);
        assertThat(nonce.find()).isTrue();
        assertThat(only(again, "Content-Security-Policy")).doesNotContain(nonce.group(1));
        assertThat(page.body()).contains("nonce=\"" + nonce.group(1) + "\"");
        assertThat(Pattern.compile("<script(?![^>]*nonce=)")
                        .matcher(page.body())
                        .find())
                .as("a script without the number")
                .isFalse();
        assertThat(only(page, "X-Frame-Options")).isEqualTo("DENY");
        assertThat(only(page, "X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(only(page, "Referrer-Policy")).isEqualTo("same-origin");
        assertThat(only(page, "Permissions-Policy")).contains("camera=()");
        assertThat(only(page, "Cross-Origin-Opener-Policy")).isEqualTo("same-origin");
        assertThat(only(page, "Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
        assertThat(only(page, "Cache-Control")).isEqualTo("no-store");
    }

    /** The browser complains of what a page tries and its policy forbids, and then {@link Browser#close} fails. */
    @Test
    void everyPageWorksWithinItsPolicy() {
        try (Browser browser = new Browser()) {
            Page page = browser.page();
            page.navigate(address("login"));
            browser.signIn(ClaimedCroft.USERNAME, ClaimedCroft.PASSWORD);
            page.waitForURL(url -> !url.endsWith("/login"));
            for (String each : PAGES) {
                page.navigate(address(each));
                page.locator("main, vaadin-app-layout, .croft-door").first().waitFor();
                browser.settle();
                assertThat(browser.takeViolations()).as("/" + each).isEmpty();
            }
            assertThat(browser.errors()).isEmpty();
        }
    }

    /** And without this the test before would show nothing. */
    @Test
    void whatSomebodySmugglesIntoAPageDoesNotRun() {
        try (Browser browser = new Browser()) {
            Page page = browser.page();
            page.navigate(address("login"));
            page.locator("#login-username").waitFor();

            page.evaluate("""
                    () => {
                        const script = document.createElement('div');
                        script.innerHTML = '<img src="data:," onerror="window.smuggled = 1">';
                        document.body.append(script);
                        document.body.insertAdjacentHTML('beforeend', '<a id="link" href="javascript:window.smuggled = 2">x</a>');
                        document.getElementById('link').click();
                        const frame = document.createElement('iframe');
                        frame.src = '/login';
                        document.body.append(frame);
                    }
                    """);
            page.waitForCondition(() -> browser.violationsSoFar() >= 3);

            assertThat(page.evaluate("() => window.smuggled ?? null")).isNull();
            assertThat(browser.takeViolations())
                    .anyMatch(each -> each.contains("script-src") && each.contains("inline"))
                    .anyMatch(each -> each.contains("frame"));
        }
    }

    private HttpResponse<String> get(String path) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(address(path)))
                                .header("Accept", "text/html")
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    private static String only(HttpResponse<?> answer, String header) {
        List<String> values = answer.headers().allValues(header);
        assertThat(values).as(header).hasSize(1);
        return values.getFirst();
    }

    private String address(String path) {
        return croft.croft.url().resolve("/" + path).toString();
    }
}
