package dev.croft.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.support.Console;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What every kind of answer tells browsers; what pages say beside that needs the front end: {@code journeys.SecurityIT}. */
class AnswerHeadersTest {

    private static final String PROOF = "0123456789abcdef0123456789abcdef";

    @TempDir
    private static Path data;

    private static Console console;
    private static String token;

    @BeforeAll
    static void start() throws IOException {
        Path secret = Files.writeString(data.resolve("proxy-secret"), PROOF);
        console = Console.start(data.resolve("console"), "--croft.access.proxy-secret-file=" + secret);
        token = console.asAnna(() -> console.get(Tokens.class).create("test", Role.ADMIN, Scope.EVERYWHERE, null))
                .secret()
                .reveal();
    }

    @AfterAll
    static void stop() {
        console.close();
    }

    @ParameterizedTest(name = "{0} {1}: {2}")
    @CsvSource({
        // the API: an answer, what is not allowed, what is not there, what is no request
        "GET,    /api/v1/status,             200, no-store",
        "GET,    /api/v1/hosts,              200, no-store",
        "GET,    /api/v1/nothing,            404, no-store",
        "GET,    /api/v1/hosts/none/apps/x,  404, no-store",
        "DELETE, /api/v1/status,             404, no-store",
        "GET,    /api/v1/hosts;x=1,          400, no-store",
        "GET,    /v3/api-docs,               200, no-store",
        "GET,    /api/v1/audit/export?format=csv, 200, no-store",
        // what boxes and pages load
        "GET,    /enrol/croft.tar.gz,        200, 'max-age=0, must-revalidate'",
        "GET,    /styles.css,                200, max-age=3600",
        "GET,    /icons/favicon.svg,         200, max-age=3600",
        // what sends people on
        "GET,    /,                          302, no-store",
        "GET,    /settings/people,           302, no-store",
        "GET,    /error,                     302, no-store",
        "GET,    /oauth2/authorization/none, 302, no-store",
        "GET,    /login/oauth2/code/none,    302, no-store",
        "POST,   /login,                     302, no-store",
        "POST,   /login/code,                302, no-store",
        "POST,   /logout,                    302, no-store",
    })
    void everyAnswerTellsBrowsersToBeCareful(String method, String path, int status, String cache) throws Exception {
        HttpResponse<Void> answer = send(method, path);

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(only(answer, "Content-Security-Policy"))
                .isEqualTo("default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        assertThat(only(answer, "X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(only(answer, "X-Frame-Options")).isEqualTo("DENY");
        assertThat(only(answer, "Referrer-Policy")).isEqualTo("same-origin");
        assertThat(only(answer, "Permissions-Policy")).contains("camera=()", "microphone=()", "geolocation=()");
        assertThat(only(answer, "Cross-Origin-Opener-Policy")).isEqualTo("same-origin");
        assertThat(only(answer, "Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
        assertThat(only(answer, "Cache-Control")).isEqualTo(cache);
        assertThat(answer.headers().allValues("Server")).isEmpty();
        assertThat(answer.headers().allValues("X-Powered-By")).isEmpty();
        assertThat(answer.headers().allValues("Access-Control-Allow-Origin")).isEmpty();
    }

    @Test
    void whatIsRefusedWithoutASignInSaysSoToo() throws Exception {
        HttpResponse<Void> answer = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(address("/api/v1/hosts")).build(), BodyHandlers.discarding());

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(only(answer, "X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(only(answer, "Cache-Control")).isEqualTo("no-store");
    }

    @Test
    void overTlsBrowsersStayWithTlsAndKeepTheCookiesToIt() throws Exception {
        HttpResponse<Void> answer = signIn("X-Croft-Proxy", PROOF);

        assertThat(only(answer, "Strict-Transport-Security")).isEqualTo("max-age=31536000; includeSubDomains");
        assertThat(answer.headers().allValues("Set-Cookie"))
                .hasSize(3)
                .allMatch(cookie -> cookie.contains("; Secure") && cookie.contains("; HttpOnly"))
                .allMatch(cookie -> cookie.contains("; SameSite=Lax") || cookie.contains("; SameSite=Strict"));
        assertThat(answer.headers().firstValue("Location")).hasValue("https://croft.attic.example/");
    }

    @Test
    void aProxyThatDoesNotProveItselfIsNotBelieved() throws Exception {
        HttpResponse<Void> answer = signIn("X-Croft-Proxy", "0".repeat(32));

        assertThat(answer.headers().allValues("Strict-Transport-Security")).isEmpty();
        assertThat(answer.headers().allValues("Set-Cookie")).hasSize(3).noneMatch(cookie -> cookie.contains("Secure"));
        assertThat(answer.headers().firstValue("Location").orElse("")).doesNotContain("croft.attic.example");
    }

    /** What is tried against one name, from one address, does not slow down others behind the same proxy. */
    @Test
    void whereSomebodyComesFromIsWhatTheProxySaw() throws Exception {
        signIn("X-Croft-Proxy", PROOF);

        assertThat(console.asAnna(() -> console.get(Sessions.class).all()))
                .extracting(Sessions.Session::address)
                .contains("203.0.113.7");
        assertThat(console.get(org.springframework.jdbc.core.simple.JdbcClient.class)
                        .sql("select address from audit_entry where verb = 'sign-in'")
                        .query(String.class)
                        .list())
                .contains("203.0.113.7");
    }

    private static HttpResponse<Void> signIn(String... proof) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(address("/login"))
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .headers(proof)
                                .header("X-Forwarded-For", "198.51.100.9, 203.0.113.7")
                                .header("X-Forwarded-Proto", "https")
                                .header("X-Forwarded-Host", "croft.attic.example")
                                .header("X-Forwarded-Port", "443")
                                .POST(BodyPublishers.ofString("username=anna&password="
                                        + Console.PASSWORD.reveal().replace(" ", "+")))
                                .build(),
                        BodyHandlers.discarding());
    }

    private static HttpResponse<Void> send(String method, String path) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(address(path));
        if (path.startsWith("/api")) {
            request.header("Authorization", "Bearer " + token);
        }
        return HttpClient.newHttpClient()
                .send(request.method(method, BodyPublishers.noBody()).build(), BodyHandlers.discarding());
    }

    /** Twice the same header is two policies, or none. */
    private static String only(HttpResponse<?> answer, String header) {
        List<String> values = answer.headers().allValues(header);
        assertThat(values).as(header).hasSize(1);
        return values.getFirst();
    }

    private static URI address(String path) {
        return URI.create("http://127.0.0.1:" + console.port() + path);
    }
}
