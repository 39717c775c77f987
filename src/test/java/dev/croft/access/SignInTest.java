package dev.croft.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.access.Tokens.Created;
import dev.croft.kernel.ProblemException;
import dev.croft.support.Console;
import dev.croft.support.Http;
import java.net.CookieManager;
import java.net.CookiePolicy;
import java.net.HttpCookie;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Passwords, sessions and tokens. */
@Tag("stores")
class SignInTest {

    private final Console console = Console.shared();

    @Test
    void keepsPasswordsAsArgon2idOnly() {
        String kept = console.get(JdbcClient.class)
                .sql("select password_hash from access_account where username = 'anna'")
                .query(String.class)
                .single();

        assertThat(kept).startsWith("$argon2id$v=19$m=19456,t=2,p=1$").doesNotContain(Console.PASSWORD.reveal());
    }

    @Test
    void keepsTokensAsHashesOnlyAndForgetsRevokedOnes() {
        Created created =
                console.asAnna(() -> console.get(Tokens.class).create("ci", Role.VIEWER, Scope.EVERYWHERE, null));
        Http http = Http.anonymous(console.port()).with(created.secret().reveal());

        assertThat(created.secret().reveal()).startsWith("croft_");
        assertThat(console.get(JdbcClient.class)
                        .sql("select hash from access_token")
                        .query(String.class)
                        .list())
                .noneMatch(hash -> hash.contains(created.secret().reveal()));
        assertThat(http.get("/api/v1/tokens").status()).isEqualTo(200);
        assertThat(console.asAnna(() -> console.get(Tokens.class).list()))
                .filteredOn(token -> token.id() == created.token().id())
                .allMatch(token -> token.lastUsedAt() != null);
        console.asAnna(() -> {
            console.get(Tokens.class).revoke(created.token().id());
            return null;
        });
        assertThat(http.get("/api/v1/tokens").status()).isEqualTo(401);
    }

    @Test
    void aTokenIsNeverMoreThanItsMaker() {
        assertThatThrownBy(() -> console.as(
                        Role.OPERATOR, () -> console.get(Tokens.class).create("x", Role.ADMIN, Scope.EVERYWHERE, null)))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("role");
    }

    /** Or one that is good for an hour would be good for ever, and what was taken back would live on in others. */
    @Test
    void aTokenMakesNoTokensAndRevokesNone() {
        Instant soon = Instant.now(java.time.Clock.systemUTC()).plus(1, ChronoUnit.HOURS);
        Created created =
                console.asAnna(() -> console.get(Tokens.class).create("ci", Role.ADMIN, Scope.EVERYWHERE, soon));
        Http http = Http.anonymous(console.port()).with(created.secret().reveal());

        Http.Answer made = http.post("/api/v1/tokens", "{\"name\":\"for ever\",\"role\":\"viewer\"}");
        assertThat(made.status()).as(made.text()).isEqualTo(403);
        assertThat(made.code()).isEqualTo("NOT_ALLOWED");
        assertThat(http.delete("/api/v1/tokens/" + created.token().id()).status())
                .isEqualTo(403);
        assertThat(http.get("/api/v1/tokens").text()).doesNotContain("for ever").contains("\"ci\"");
    }

    @Test
    void refusesATokenThatWouldBeOverAtOnce() {
        Instant past = Instant.now(java.time.Clock.systemUTC()).minus(1, ChronoUnit.HOURS);

        assertThatThrownBy(() -> console.asAnna(
                        () -> console.get(Tokens.class).create("x", Role.VIEWER, Scope.EVERYWHERE, past)))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("expires");
    }

    @Test
    void slowsDownWhoGuessesAName() throws Exception {
        for (int i = 0; i < 10; i++) {
            assertThat(outcome("nobody-there", "wrong password " + i)).endsWith("error=SIGN_IN_FAILED");
        }

        assertThat(outcome("nobody-there", "one more")).endsWith("error=TOO_MANY_ATTEMPTS");
        assertThat(outcome("somebody-else", "wrong")).endsWith("error=SIGN_IN_FAILED");
        assertThat(outcome("anna", Console.PASSWORD.reveal())).doesNotContain("error");
    }

    @Test
    void slowsDownWhoGuessesManyAtOnce() throws Exception {
        int looked = 0;
        try (ExecutorService together = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> answers = IntStream.range(0, 30)
                    .mapToObj(number -> together.submit(() -> outcome("all-at-once", "wrong " + number)))
                    .toList();
            for (Future<String> answer : answers) {
                looked += answer.get().endsWith("error=SIGN_IN_FAILED") ? 1 : 0;
            }
        }

        assertThat(looked).as("passwords that were looked at").isEqualTo(10);
    }

    /** It can be nobody's, so it takes up no room among those that are counted. */
    @Test
    void aNameThatIsTooLongIsNotCounted() throws Exception {
        for (int i = 0; i < 11; i++) {
            assertThat(outcome("a".repeat(65), "wrong")).endsWith("error=SIGN_IN_FAILED");
        }
    }

    @Test
    void theSignInPageOpensASessionBehindASafeCookie() throws Exception {
        CookieManager cookies = new CookieManager(null, CookiePolicy.ACCEPT_ALL);
        HttpClient browser = HttpClient.newBuilder().cookieHandler(cookies).build();
        browser.send(HttpRequest.newBuilder(address("/")).build(), HttpResponse.BodyHandlers.discarding());
        String before = session(cookies);

        HttpResponse<Void> answer = signIn(browser, "anna", Console.PASSWORD.reveal());

        assertThat(answer.statusCode()).isEqualTo(302);
        assertThat(answer.headers().firstValue("Location").orElse("")).doesNotContain("error");
        assertThat(answer.headers().allValues("Set-Cookie"))
                .anySatisfy(cookie -> assertThat(cookie)
                        .startsWith("croft-session=")
                        .contains("HttpOnly")
                        .contains("SameSite=Lax"))
                .anySatisfy(cookie -> assertThat(cookie)
                        .startsWith("croft-browser=")
                        .contains("HttpOnly")
                        .contains("SameSite=Strict"));
        assertThat(session(cookies))
                .as("an id that somebody else may know does not become a signed-in one")
                .isNotEqualTo(before);
    }

    @Test
    void nobodyReachesTheApiWithoutASignIn() {
        assertThat(Http.anonymous(console.port()).get("/api/v1/hosts").status()).isEqualTo(401);
    }

    private String outcome(String username, String password) throws Exception {
        return signIn(HttpClient.newHttpClient(), username, password)
                .headers()
                .firstValue("Location")
                .orElse("");
    }

    private HttpResponse<Void> signIn(HttpClient browser, String username, String password) throws Exception {
        String form = "username=" + username + "&password=" + URLEncoder.encode(password, StandardCharsets.UTF_8);
        return browser.send(
                HttpRequest.newBuilder(address("/login"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(form))
                        .build(),
                HttpResponse.BodyHandlers.discarding());
    }

    private URI address(String path) {
        return URI.create("http://127.0.0.1:" + console.port() + path);
    }

    private static String session(CookieManager cookies) {
        return cookies.getCookieStore().getCookies().stream()
                .filter(cookie -> "croft-session".equals(cookie.getName()))
                .map(HttpCookie::getValue)
                .findFirst()
                .orElse("none");
    }
}
