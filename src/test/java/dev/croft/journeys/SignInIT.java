package dev.croft.journeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.PlaywrightException;
import com.microsoft.playwright.options.RequestOptions;
import dev.croft.access.Passkeys;
import dev.croft.access.Providers;
import dev.croft.access.Providers.Rule;
import dev.croft.access.Providers.Settings;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretText;
import dev.croft.running.Api;
import dev.croft.running.Croft;
import dev.croft.running.Keycloak;
import dev.croft.support.Console;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Signing in by a real Keycloak, through its own sign-in page in a browser. The console runs in this process, so what its pages show
 * is left to other tests: here it counts who is signed in, and where the browser ends.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SignInIT {

    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    private static Path data;

    private static Console console;
    private static Keycloak keycloak;

    @BeforeAll
    static void start() {
        int port = Croft.freePort();
        console = Console.start(data, "--server.port=" + port, "--croft.access.provider-again=1s");
        keycloak = new Keycloak(URI.create("http://127.0.0.1:" + port));
        save("keycloak", keycloak.issuer());
    }

    @AfterAll
    static void stop() {
        keycloak.close();
        console.close();
    }

    private static void save(String id, String issuer) {
        console.asAnna(() -> console.get(Providers.class)
                .save(
                        new Settings(
                                id,
                                id,
                                issuer,
                                "croft",
                                "profile email",
                                true,
                                List.of(
                                        new Rule("realm_access.roles", "croft-admin", Role.ADMIN, Scope.EVERYWHERE),
                                        new Rule("realm_access.roles", "croft-viewer", Role.VIEWER, Scope.EVERYWHERE))),
                        SecretText.of("the secret of the client"),
                        null));
    }

    @Test
    @Order(1)
    void somebodySignsInWithTheRoleThatKeycloakGivesAndLeavesBoth() {
        as("alice", page -> {
            assertThat(status(page, "/api/v1/hosts")).isEqualTo(200);
            assertThat(console.asAnna(() -> console.get(Providers.class).list()))
                    .anyMatch(Providers.Provider::proved);
        });
        as("vera", page -> {
            assertThat(status(page, "/api/v1/hosts")).isEqualTo(200);
            // At Keycloak, in another tab of the same browser.
            page.navigate(keycloak.issuer() + "/protocol/openid-connect/logout");
            page.locator("#kc-logout").click();
            page.waitForLoadState();
            Api.await(SOON, () -> signedIn("vera"), still -> !still);
            page.navigate(address("/icons/favicon.svg"));
            assertThat(status(page, "/api/v1/hosts")).isEqualTo(401);
        });
    }

    @Test
    @Order(2)
    void somebodyWithoutARoleIsToldSo() {
        try (Browser browser = new Browser()) {
            Page page = browser.page();
            askKeycloak(page, "nobody");
            isRefused(page, "SIGN_IN_REFUSED", () -> page.locator("#kc-login").click());
            assertThat(signedIn("nobody")).isFalse();
        }
    }

    @Test
    @Order(3)
    void aProviderThatIsAnotherOneIsRefused() {
        save("other", keycloak.issuer().replace("127.0.0.1", "localhost"));
        try (Browser browser = new Browser()) {
            browser.page().navigate(address("/oauth2/authorization/other"));

            // In development mode it calls itself by the name that it was asked under: that one is right.
            assertThat(browser.page().url()).contains("/realms/home/");
        }
        save("none", keycloak.issuer() + "-elsewhere");
        try (Browser browser = new Browser()) {
            Page page = browser.page();
            isRefused(page, "PROVIDER_REFUSED", () -> page.navigate(address("/oauth2/authorization/none")));
        }
    }

    @Test
    @Order(4)
    void somebodyWhoseAccountIsClosedThereIsOutHere() {
        as("alice", page -> {
            page.navigate(address("/icons/favicon.svg"));
            keycloak.close("alice");
            Api.await(SOON, () -> status(page, "/api/v1/hosts"), answer -> answer == 401);
        });
    }

    @Test
    @Order(5)
    void aProviderThatIsDownIsToldOf() {
        save("down", "http://127.0.0.1:" + Croft.freePort());
        try (Browser browser = new Browser()) {
            Page page = browser.page();
            isRefused(page, "PROVIDER_UNREACHABLE", () -> page.navigate(address("/oauth2/authorization/down")));
        }
    }

    /** Each answer is good once, for what was asked last, at the console's own name, and while the passkey is there. */
    @Test
    @Order(6)
    void aPasskeyProvesNothingButWhatItWasAskedFor() {
        Passkeys passkeys = console.get(Passkeys.class);
        URI here = URI.create("http://localhost:" + console.port());
        try (Browser browser = new Browser()) {
            Authenticator authenticator = new Authenticator(browser.page());
            browser.page().navigate(here + "/icons/favicon.svg");
            Supplier<String> asked =
                    () -> console.asAnna(() -> passkeys.challenge(here)).orElseThrow();

            assertThat(refused(() -> passkeys.begin(URI.create("http://127.0.0.1:" + console.port()))))
                    .isEqualTo(ProblemCode.INVALID_INPUT);
            String made = authenticator.create(console.asAnna(() -> passkeys.begin(here)));
            assertThat(refused(() -> passkeys.finish("", made))).isEqualTo(ProblemCode.INVALID_INPUT);
            Passkeys.Passkey kept = console.asAnna(() -> passkeys.finish("Laptop", made));
            assertThat(refused(() -> passkeys.finish("Twin", made))).isEqualTo(ProblemCode.INVALID_INPUT);
            console.asAnna(() -> passkeys.begin(here));
            assertThat(refused(() -> passkeys.finish("Answer to another question", made)))
                    .isEqualTo(ProblemCode.INVALID_INPUT);
            assertThat(console.asAnna(passkeys::mine)).containsExactly(kept);

            String shown = authenticator.show(asked.get());
            console.asAnna(() -> confirmed(passkeys, shown));
            assertThat(console.asAnna(passkeys::mine).getFirst().usedAt()).isNotNull();
            assertThat(refused(() -> confirmed(passkeys, shown)))
                    .as("the same answer again")
                    .isEqualTo(ProblemCode.SIGN_IN_FAILED);
            String early = authenticator.show(asked.get());
            String latest = asked.get();
            assertThat(latest).isNotEqualTo(asked.get());
            assertThat(refused(() -> confirmed(passkeys, early)))
                    .as("an answer to what was asked before")
                    .isEqualTo(ProblemCode.SIGN_IN_FAILED);
            assertThat(asked.get()).isNotEqualTo(latest);
            assertThat(refused(() -> confirmed(passkeys, "{}"))).isEqualTo(ProblemCode.SIGN_IN_FAILED);
            assertThat(console.asAnna(() -> passkeys.challenge(URI.create("https://croft.example"))))
                    .as("at another name")
                    .isEmpty();

            String late = authenticator.show(asked.get());
            console.asAnna(() -> {
                passkeys.remove(kept.id());
                return null;
            });
            assertThat(refused(() -> confirmed(passkeys, late)))
                    .as("removed meanwhile")
                    .isEqualTo(ProblemCode.SIGN_IN_FAILED);
            assertThat(console.asAnna(() -> passkeys.challenge(here))).isEmpty();
        }
    }

    private static boolean confirmed(Passkeys passkeys, String answer) {
        passkeys.confirm(answer);
        return true;
    }

    private static ProblemCode refused(Supplier<?> useCase) {
        return catchThrowableOfType(ProblemException.class, () -> console.asAnna(useCase::get))
                .problem()
                .code();
    }

    private static void as(String username, Consumer<Page> then) {
        try (Browser browser = new Browser()) {
            Page page = browser.page();
            askKeycloak(page, username);
            page.locator("#kc-login").click();
            page.waitForURL(url -> url.startsWith(address("/")));
            then.accept(page);
        }
    }

    /** At its sign-in page, with all filled in. */
    private static void askKeycloak(Page page, String username) {
        page.navigate(address("/oauth2/authorization/keycloak"));
        page.locator("#username").fill(username);
        page.locator("#password").fill(username + "'s password");
    }

    /** The browser is sent to the sign-in page with this problem; the page itself needs the front end, which is not built here. */
    private static void isRefused(Page page, String code, Runnable act) {
        page.waitForRequest(request -> request.url().endsWith("/login?error=" + code), () -> {
            try {
                act.run();
            } catch (PlaywrightException withoutFrontEnd) {
                assertThat(withoutFrontEnd).hasMessageContaining("ERR_TOO_MANY_REDIRECTS");
            }
        });
    }

    /** As a page of the console asks, with the cookies of this browser; what is open here may be an answer whose policy lets it ask nobody. */
    private static int status(Page page, String path) {
        return page.request()
                .get(address(path), RequestOptions.create().setHeader("X-Croft-Request", "1"))
                .status();
    }

    private static boolean signedIn(String username) {
        return console.asAnna(() -> console.get(dev.croft.access.Sessions.class).all()).stream()
                .anyMatch(session -> username.equals(session.account()));
    }

    private static String address(String path) {
        return "http://127.0.0.1:" + console.port() + path;
    }
}
