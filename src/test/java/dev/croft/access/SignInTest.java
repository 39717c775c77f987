package dev.croft.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.access.Tokens.Created;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretText;
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
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.mock.web.MockHttpSession;
import org.springframework.security.core.context.SecurityContextHolder;

/** Passwords, sessions and tokens. */
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
        Created created = console.asAnna(() -> console.get(Tokens.class).create("ci", Role.VIEWER, null));
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
                        Role.OPERATOR, () -> console.get(Tokens.class).create("x", Role.ADMIN, null)))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("role");
    }

    @Test
    void refusesATokenThatWouldBeOverAtOnce() {
        Instant past = Instant.now(java.time.Clock.systemUTC()).minus(1, ChronoUnit.HOURS);

        assertThatThrownBy(() -> console.asAnna(() -> console.get(Tokens.class).create("x", Role.VIEWER, past)))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("expires");
    }

    @Test
    void givesASignedInSessionANewId() {
        MockHttpServletRequest request = new MockHttpServletRequest();
        request.setSession(new MockHttpSession(null, "known-to-somebody-else"));

        try {
            Operator operator =
                    console.get(SignIn.class).signIn(request, new MockHttpServletResponse(), "anna", Console.PASSWORD);

            assertThat(operator.role()).isEqualTo(Role.ADMIN);
            assertThat(request.getSession().getId()).isNotEqualTo("known-to-somebody-else");
        } finally {
            SecurityContextHolder.clearContext();
        }
    }

    @Test
    void slowsDownWhoGuessesButNotTheOthers() {
        for (int i = 0; i < 10; i++) {
            assertThat(signInFrom("192.0.2.7", "nobody-there", "wrong password " + i))
                    .isEqualTo(ProblemCode.SIGN_IN_FAILED);
        }

        assertThat(signInFrom("192.0.2.7", "nobody-there", "one more")).isEqualTo(ProblemCode.TOO_MANY_ATTEMPTS);
        assertThat(signInFrom("192.0.2.8", "nobody-there", "one more")).isEqualTo(ProblemCode.SIGN_IN_FAILED);
    }

    @Test
    void theSignInPageOpensASessionBehindASafeCookie() throws Exception {
        CookieManager cookies = new CookieManager(null, CookiePolicy.ACCEPT_ALL);
        HttpClient browser = HttpClient.newBuilder().cookieHandler(cookies).build();
        URI login = URI.create("http://127.0.0.1:" + console.port() + "/login");
        String form = "username=anna&password=" + URLEncoder.encode(Console.PASSWORD.reveal(), StandardCharsets.UTF_8);

        HttpResponse<String> answer = browser.send(
                HttpRequest.newBuilder(login)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(form))
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(302);
        assertThat(answer.headers().firstValue("Location").orElse("")).doesNotContain("error");
        String cookie = answer.headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(cookie).startsWith("croft-session=").contains("HttpOnly").contains("SameSite=Lax");
        Optional<HttpCookie> kept =
                cookies.getCookieStore().getCookies().stream().findFirst();
        assertThat(kept).isPresent();
    }

    @Test
    void theSessionOfABrowserDoesNotOpenTheApi() {
        assertThat(Http.anonymous(console.port()).get("/api/v1/hosts").status()).isEqualTo(401);
    }

    private ProblemCode signInFrom(String address, String username, String password) {
        MockHttpServletRequest request = new MockHttpServletRequest();
        request.setRemoteAddr(address);
        try {
            console.get(SignIn.class).signIn(request, new MockHttpServletResponse(), username, SecretText.of(password));
            throw new AssertionError("signed in");
        } catch (ProblemException refused) {
            return refused.problem().code();
        }
    }
}
