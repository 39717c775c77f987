package dev.croft.journeys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.RequestOptions;
import dev.croft.running.Api;
import dev.croft.running.Between;
import dev.croft.running.ComposedCroft;
import dev.croft.running.Croft;
import dev.croft.running.Keycloak;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Signing in by a real Keycloak, through its own sign-in page in a browser, at a console as a person starts it; and each way in which
 * that is refused, with the page that says so.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SignInIT {

    private static final String USERNAME = "ada";
    private static final String PASSWORD = "correct horse battery staple";
    private static final String NAME = "Keycloak at home";
    /** How far clocks may differ. */
    private static final Duration SKEW = Duration.ofSeconds(1);

    private static final Duration TOKENS_LAST = Duration.ofSeconds(4);
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Clock CLOCK = Clock.systemUTC();

    private static Croft croft;
    private static URI ready;
    private static Api api;
    private static Keycloak keycloak;
    private static Between between;

    @BeforeAll
    static void start() {
        croft = Croft.fresh("journey-sign-in")
                .with("CROFT_ACCESS_PROVIDERAGAIN", "1s")
                .with("CROFT_ACCESS_CLOCKSKEW", SKEW.toSeconds() + "s");
        ready = croft.up("--host", "none");
        keycloak = Keycloak.of(croft);
        api = Api.administrator(ready, USERNAME, PASSWORD);
        save("keycloak", NAME, keycloak.issuer());
    }

    @AfterAll
    static void stop() {
        // Of a console that others go on with, what it does not have by itself.
        api.delete("/api/v1/sign-in/providers/keycloak");
        croft.down();
        if (between != null) {
            between.close();
        }
        keycloak.close();
    }

    /** What stands before Keycloak; from the first test that wants it on. */
    private static Between between() {
        if (between == null) {
            between = new Between(keycloak.address());
            save("between", "Keycloak behind a proxy", between.issuer());
        }
        return between;
    }

    private static void save(String id, String name, String issuer) {
        api.put(
                        "/api/v1/sign-in/providers/" + id,
                        Map.of(
                                "name",
                                name,
                                "issuer",
                                issuer,
                                "clientId",
                                "croft",
                                "clientSecret",
                                "the secret of the client",
                                "rules",
                                List.of(rule("croft-admin", "ADMIN"), rule("croft-viewer", "VIEWER"))))
                .expect(200);
    }

    private static Map<String, String> rule(String value, String role) {
        return Map.of("claim", "realm_access.roles", "value", value, "role", role);
    }

    @Test
    @Order(1)
    @Tag(ComposedCroft.TAG)
    void somebodySignsInWithTheRoleThatKeycloakGivesAndLeavesBoth() {
        as("alice", browser -> {
            assertThat(status(browser.page())).isEqualTo(200);
            assertThat(api.get("/api/v1/sign-in/providers").expect(200).json())
                    .anyMatch(provider -> provider.get("proved").booleanValue());
        });
        as("vera", browser -> {
            Page page = browser.page();
            assertThat(status(page)).isEqualTo(200);
            // At Keycloak, in another tab of the same browser.
            Page tab = page.context().newPage();
            tab.navigate(keycloak.issuer() + "/protocol/openid-connect/logout");
            tab.locator("#kc-logout").click();
            Api.await(SOON, () -> signedIn("vera"), still -> !still);

            // The page finds out by itself that its session has ended, and goes where people sign in.
            isTold(page, "SESSION_ENDED", "You signed out at the provider, or were signed out there.");
            hasNoSession(page);
        });
    }

    @Test
    @Order(2)
    void theLinkOfTheFirstStartIsGoodOnce() {
        try (Browser browser = new Browser()) {
            browser.page().navigate(ready.toString());

            isRefused(browser, "claim-used", "ALREADY_SET_UP", "already has its first administrator");
        }
        assertThat(Api.tryToClaim(ready, "mallory", PASSWORD).status()).isEqualTo(409);
    }

    @Test
    @Order(2)
    @Tag(ComposedCroft.TAG)
    void somebodyWithoutARoleIsToldSo() {
        try (Browser browser = new Browser()) {
            askKeycloak(browser.page(), "keycloak", "nobody");

            isRefused(browser, "no-role", "SIGN_IN_REFUSED", "vouches for nobody");
            leftARow("nobody", "keycloak", "SIGN_IN_REFUSED");
        }
    }

    @Test
    @Order(3)
    @Tag(ComposedCroft.TAG)
    void whoeverComesWithoutTheClaimIsToldWhichIsLookedFor() {
        keycloak.removeTheMapperOfRoles();
        try (Browser browser = new Browser()) {
            askKeycloak(browser.page(), "keycloak", "vera");

            isRefused(browser, "missing-claim", "SIGN_IN_REFUSED", "vouches for vera", "\"realm_access.roles\"");
            leftARow("vera", "keycloak", "SIGN_IN_REFUSED");
        } finally {
            keycloak.putTheMapperOfRolesBack();
        }
    }

    /** Its proxy does not tell it by which name it was asked: once with its addresses rewritten, which leaves what is signed; and once without. */
    @Test
    @Order(4)
    void aProviderThatCallsItselfOtherwiseIsRefused() {
        between().rewritesAddresses();
        try (Browser browser = new Browser()) {
            askKeycloak(browser.page(), "between", "vera");

            isRefused(
                    browser,
                    "wrong-issuer",
                    "PROVIDER_REFUSED",
                    "names another issuer than " + between.issuer(),
                    "Compare issuer and client ID");
            leftARow("", "between", "PROVIDER_REFUSED");
        }
        between.isHonestAgain();
        between.tellsNoName();
        try (Browser browser = new Browser()) {
            browser.page().navigate(address("/login"));
            browser.click("#login-with-between");

            isRefused(
                    browser,
                    "another-provider",
                    "PROVIDER_REFUSED",
                    "the provider there calls itself " + keycloak.issuer());
            leftARow("", "between", "PROVIDER_REFUSED");
        }
        between.isHonestAgain();
        save("none", "No realm", keycloak.issuer() + "-elsewhere");
        try (Browser browser = new Browser()) {
            browser.page().navigate(address("/login"));
            browser.click("#login-with-none");

            isRefused(browser, "no-provider", "PROVIDER_REFUSED", "there is no provider with this issuer");
        }
        api.delete("/api/v1/sign-in/providers/none").expect(204);
    }

    /** Somebody between keeps the tokens of a sign-in and gives them once more: while they are good, and afterwards. */
    @Test
    @Order(5)
    void tokensOfAnEarlierSignInSignNobodyIn() {
        between();
        signInBehindTheProxy();
        between.givesTheSameTokensAgain();
        try (Browser browser = new Browser()) {
            askKeycloak(browser.page(), "between", "alice");
            isTold(browser.page(), "PROVIDER_REFUSED", "does not belong to this sign-in");
            hasNoSession(browser.page());
        }
        between.isHonestAgain();
        keycloak.letTokensLast(TOKENS_LAST);
        signInBehindTheProxy();
        between.givesTheSameTokensAgain();
        Instant expired = Instant.ofEpochSecond(
                        claims(between.lastTokens()).get("exp").longValue())
                .plus(SKEW);
        Api.await(SOON, CLOCK::instant, now -> now.isAfter(expired));
        try (Browser browser = new Browser()) {
            askKeycloak(browser.page(), "between", "alice");

            isRefused(browser, "expired-token", "PROVIDER_REFUSED", "had expired already", "Compare the clocks");
            leftARow("", "between", "PROVIDER_REFUSED");
        } finally {
            between.isHonestAgain();
            keycloak.letTokensLast(Duration.ofMinutes(1));
        }
    }

    private static void signInBehindTheProxy() {
        try (Browser browser = new Browser()) {
            askKeycloak(browser.page(), "between", "vera");
            browser.page().waitForURL(url -> url.startsWith(address("/")) && !url.contains("/login"));
        }
    }

    @Test
    @Order(6)
    void somebodyWhoseAccountIsClosedThereIsOutHereAndToldSo() {
        as("alice", browser -> {
            Page page = browser.page();
            page.navigate(address("/settings"));
            Locator other = page.locator("a[href='settings/account']").first();
            assertThat(other).isVisible();
            keycloak.close("alice");

            // The provider is asked again by what somebody does in an open page.
            Api.await(SOON, () -> signedIn("alice") && status(page) == 200, still -> !still);
            other.click();
            page.waitForURL(url -> url.contains("/login"));
            isTold(page, "SESSION_ENDED", NAME + " does not vouch for you any more", "The account there was closed");
            browser.picture("sign-in-revoked");
            JsonNode row = lastRow("who=alice");
            assertThat(row.get("outcome").stringValue()).isEqualTo("SESSION_ENDED");
            assertThat(row.get("object").stringValue()).contains("keycloak");
            hasNoSession(page);

            askKeycloak(page, "keycloak", "alice");
            assertThat(page.locator("#input-error, .kc-feedback-text, [class*=alert]")
                            .first())
                    .containsText("disabled");
            assertThat(page.url()).startsWith(keycloak.issuer());
            hasNoSession(page);
        });
    }

    /** Last: it does not come back. The console has asked it a moment ago, and knows where its sign-in page would be. */
    @Test
    @Order(7)
    void aProviderThatIsDownIsToldOfAndLocalAccountsGetIn() {
        keycloak.close();
        try (Browser browser = new Browser()) {
            Page page = browser.page();
            page.navigate(address("/login"));
            browser.click("#login-with-keycloak");

            isRefused(
                    browser,
                    "provider-down",
                    "PROVIDER_UNREACHABLE",
                    NAME + " cannot be asked to sign you in.",
                    "nothing listens there",
                    "sign in with a local account");
            leftARow("", "keycloak", "PROVIDER_UNREACHABLE");
            speaks(page, "de", "Der Anbieter wurde nicht erreicht.");
            speaks(page, "fr", "Le fournisseur n’a pas été joint.");
            page.setExtraHTTPHeaders(Map.of());

            page.navigate(address("/login"));
            browser.signIn(USERNAME, PASSWORD);
            page.waitForURL(url -> !url.contains("/login"));
            assertThat(status(page)).isEqualTo(200);

            // Whoever is signed in stays so, and is told the same.
            page.navigate(address("/oauth2/authorization/keycloak?confirm"));
            isTold(page, "PROVIDER_UNREACHABLE", "nothing listens there");
            browser.picture("proof-refused");
            assertThat(status(page)).isEqualTo(200);
            page.locator(".croft-door-card a").first().click();
            assertThat(page.locator("vaadin-side-nav, nav").first()).isVisible();
        }
    }

    /** The refusal's page in another language: its title, and what to do. */
    private static void speaks(Page page, String language, String title) {
        page.setExtraHTTPHeaders(Map.of("Accept-Language", language));
        page.navigate(address("/login"));
        page.locator("#login-with-keycloak").click();
        Locator problem = page.locator(".croft-problem[data-code=PROVIDER_UNREACHABLE]");
        assertThat(problem.locator(".croft-problem-what")).hasText(title);
        assertThat(problem.locator(".croft-problem-next:not([lang])")).isVisible();
    }

    private static void as(String username, Consumer<Browser> then) {
        try (Browser browser = new Browser()) {
            askKeycloak(browser.page(), "keycloak", username);
            browser.page().waitForURL(url -> url.startsWith(address("/")) && !url.contains("/login"));
            then.accept(browser);
        }
    }

    /** From Croft's sign-in page through Keycloak's. */
    private static void askKeycloak(Page page, String provider, String username) {
        page.navigate(address("/login"));
        page.locator("#login-with-" + provider).click();
        page.locator("#username").fill(username);
        page.locator("#password").fill(username + "'s password");
        page.locator("#kc-login").click();
    }

    /** The page says what did not happen, why and what to do now, offers every way to sign in again, and has let nobody in. */
    private static void isRefused(Browser browser, String picture, String code, String... words) {
        Page page = browser.page();
        isTold(page, code, words);
        assertThat(page.url()).startsWith(address("/login"));
        assertThat(page.locator("#login-with-keycloak")).isVisible();
        assertThat(page.locator("#login-submit")).isVisible();
        browser.picture("sign-in-" + picture);
        assertThat(browser.errors()).isEmpty();
        hasNoSession(page);
    }

    private static void isTold(Page page, String code, String... words) {
        Locator problem = page.locator(".croft-problem[data-code=" + code + "]");
        assertThat(problem).isVisible();
        assertThat(problem.locator(".croft-problem-what")).not().isEmpty();
        assertThat(problem.locator(".croft-problem-next")).not().isEmpty();
        for (String word : words) {
            assertThat(problem).containsText(word);
        }
    }

    private static void hasNoSession(Page page) {
        assertThat(page.context().cookies()).noneMatch(cookie -> "croft-signin".equals(cookie.name));
        assertThat(status(page)).isEqualTo(401);
        Page tab = page.context().newPage();
        tab.navigate(address("/settings/account"));
        assertThat(tab.locator("#login-submit")).isVisible();
        assertThat(tab.locator(".croft-problem")).not().isVisible();
        tab.close();
    }

    private static void leftARow(String who, String provider, String outcome) {
        JsonNode row = lastRow("verb=sign-in");
        assertThat(row.get("who").stringValue()).isEqualTo(who);
        assertThat(row.get("object").stringValue()).isEqualTo("by provider " + provider);
        assertThat(row.get("outcome").stringValue()).isEqualTo(outcome);
    }

    private static JsonNode lastRow(String filter) {
        return api.get("/api/v1/audit?limit=1&" + filter).expect(200).json().get(0);
    }

    private static JsonNode claims(byte[] tokens) {
        String token = JsonMapper.shared().readTree(tokens).get("id_token").stringValue();
        return JsonMapper.shared().readTree(Base64.getUrlDecoder().decode(token.split("\\.")[1]));
    }

    /** As a page of the console asks, with the cookies of this browser; what is open here may be an answer whose policy lets it ask nobody. */
    private static int status(Page page) {
        return page.request()
                .get(address("/api/v1/hosts"), RequestOptions.create().setHeader("X-Croft-Request", "1"))
                .status();
    }

    private static boolean signedIn(String username) {
        for (JsonNode session :
                api.get("/api/v1/sessions?everybody=true").expect(200).json()) {
            if (username.equals(session.get("account").stringValue())) {
                return true;
            }
        }
        return false;
    }

    private static String address(String path) {
        return croft.url().resolve(path).toString();
    }
}
