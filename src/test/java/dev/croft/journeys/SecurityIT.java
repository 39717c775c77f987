package dev.croft.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import dev.croft.running.ClaimedCroft;
import dev.croft.running.ComposedCroft;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
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

    /** A password manager fills by these words, and a person by pasting; nobody who looks over a shoulder reads it. */
    @Test
    void passwordFieldsHideWhatIsTypedAndLetPasswordManagersFillThem() {
        try (Browser browser = new Browser()) {
            Page page = browser.page();
            page.navigate(address("login"));
            page.locator("#login-password input").waitFor();

            assertThat(page.evaluate("""
                    () => {
                        const paste = (field) => field.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true }));
                        return ['login-username', 'login-password'].map((id) => {
                            const field = document.querySelector(`#${id} input`);
                            return [field.type, field.autocomplete, field.name, field.maxLength, paste(field)].join(' ');
                        });
                    }
                    """))
                    .isEqualTo(List.of("text username username -1 true", "password current-password password -1 true"));
            browser.fill("login-password", "somebody typed this");
            page.locator("#login-password [slot=reveal]").click();
            assertThat(page.locator("#login-password input").getAttribute("type"))
                    .isEqualTo("text");
        }
    }

    /** What is left in a browser when its window is shut, or somebody else sits down before it. */
    @Test
    void theBrowserKeepsNothingOfWhatPagesShowed() {
        try (Browser browser = new Browser()) {
            Page page = browser.page();
            var answers = new CopyOnWriteArrayList<Response>();
            page.onResponse(answers::add);
            page.navigate(address("login"));
            browser.signIn(ClaimedCroft.USERNAME, ClaimedCroft.PASSWORD);
            page.waitForURL(url -> !url.endsWith("/login"));
            for (String each : PAGES) {
                page.navigate(address(each));
                page.locator("main, vaadin-app-layout, .croft-door").first().waitFor();
                browser.settle();
            }
            assertThat(toldToClear(answers)).isEmpty();

            page.navigate(address("settings"));
            page.locator("#user-menu vaadin-menu-bar-button").first().click();
            page.locator("#sign-out").click();
            page.waitForURL("**/login");

            assertThat(toldToClear(answers)).containsExactly("\"cache\"");
            assertThat(page.evaluate("""
                    async () => [
                        ...Object.keys(localStorage),
                        ...Object.keys(sessionStorage),
                        ...(await indexedDB.databases()).map(({ name }) => `database ${name}`),
                        ...(await caches.keys()).map((name) => `cache ${name}`),
                        ...(await navigator.serviceWorker.getRegistrations()).map(({ scope }) => `worker ${scope}`),
                        ...document.cookie.split(';').filter(Boolean).map((each) => `cookie ${each}`),
                    ].filter((each) => !['croft-theme'].includes(each))
                    """)).isEqualTo(List.of());
            assertThat(page.context().cookies())
                    .allMatch(cookie -> cookie.httpOnly)
                    .extracting(cookie -> cookie.name)
                    .isSubsetOf("croft-browser", "croft-session");
        }
    }

    /** Chromium tells of some headers only when it is asked for all of them. */
    private static List<String> toldToClear(List<Response> answers) {
        List<String> told = answers.stream()
                .map(Response::allHeaders)
                .map(headers -> headers.get("clear-site-data"))
                .filter(Objects::nonNull)
                .toList();
        answers.clear();
        return told;
    }

    /** No tools of developers, no maps of the sources, and nothing of the tests. */
    @Test
    void theProgramIsBuiltForProduction() throws Exception {
        try (Browser browser = new Browser()) {
            browser.page().navigate(address("login"));
            browser.page().locator("#login-username").waitFor();
            assertThat(browser.page().evaluate("""
                            () => Object.values(window.Vaadin.Flow.clients)
                                .filter((client) => 'productionMode' in client)
                                .map((client) => client.productionMode)
                            """)).isEqualTo(List.of(true));
        }
        HttpResponse<String> page = get("login");

        assertThat(page.body()).doesNotContainPattern("(?i)vaadin-dev|devtools|copilot|livereload|@vite");
        Matcher script = Pattern.compile("VAADIN/build/[\\w./-]+\\.js").matcher(page.body());
        assertThat(script.find()).isTrue();
        HttpResponse<String> bundle = get(script.group());
        assertThat(bundle.statusCode()).isEqualTo(200);
        assertThat(bundle.body()).doesNotContain("sourceMappingURL");
        assertThat(get(script.group() + ".map").statusCode()).isNotEqualTo(200);
        for (String path : List.of(
                "VAADIN/build/.git/HEAD",
                ".git/HEAD",
                "VAADIN/build/",
                "h2-console",
                "actuator/env",
                "VAADIN/config/stats.json")) {
            HttpResponse<String> answer = get(path);
            assertThat(answer.statusCode()).as(path).isNotEqualTo(200);
        }
        // Where files are for everybody, what is no file is the program's own page, and no list of them.
        for (String directory : List.of("styles/", "icons/")) {
            assertThat(get(directory).body()).as(directory).contains("window.Vaadin");
        }
    }

    /** And without this {@link #everyPageWorksWithinItsPolicy} would show nothing. */
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
