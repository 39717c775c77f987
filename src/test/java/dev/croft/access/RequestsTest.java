package dev.croft.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.audit.Audit;
import dev.croft.audit.AuditEntry;
import dev.croft.support.Console;
import dev.croft.support.Http;
import dev.croft.support.Visitor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that no browser and no honest client sends, byte by byte over a socket of their own. */
class RequestsTest {

    private static final int PATIENCE_MILLIS = 20_000;
    private static final String SIGN_IN =
            "username=anna&password=" + Console.PASSWORD.reveal().replace(" ", "+");

    @TempDir
    private static Path data;

    private static Console console;
    private static String token;

    /** Of its own: without a front end every address of a page is a failure inside, which nobody wants to read. */
    @BeforeAll
    static void start() {
        console = Console.start(data, "--logging.level.root=off");
        token = console.asAnna(() -> console.get(Tokens.class).create("wire", Role.VIEWER, Scope.EVERYWHERE, null))
                .secret()
                .reveal();
    }

    @AfterAll
    static void stop() {
        console.close();
    }

    /** Two parties that see different ends of one request let somebody hide a second one in it. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "two lengths,            'Content-Length: 3|Content-Length: 30'",
        "two in one,             'Content-Length: 3, 30'",
        "no number,              'Content-Length: 3x'",
        "less than nothing,      'Content-Length: -3'",
        "an unknown coding,      'Transfer-Encoding: chunkd'",
        "chunked in the middle,  'Transfer-Encoding: chunked, gzip'",
    })
    void aRequestWhoseEndIsInDoubtIsRefused(String what, String headers) throws IOException {
        List<String> answers = statuses("POST /api/v1/setup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + headers.replace("|", "\r\n")
                + "\r\n\r\n{}\nGET /api/v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        assertThat(answers).as(what).hasSize(1).first().asString().containsPattern(" (400|501)$");
    }

    /** With both, the length counts for nothing, and the connection is not used again. */
    @Test
    void whereALengthStandsBesideChunksTheChunksCount() throws IOException {
        List<String> answers = statuses("POST /api/v1/setup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                + "GET /api/v1/status HTTP/1.1\r\nHost: x\r\n\r\n");

        assertThat(answers).hasSize(1).first().asString().endsWith(" 400");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"TRACE", "TRACK", "CONNECT", "DEBUG"})
    void whatIsNoMethodOfPagesIsRefused(String method) throws IOException {
        String answer =
                raw(method + " /api/v1/status HTTP/1.1\r\nHost: x\r\nX-Echo: back\r\nConnection: close\r\n\r\n");

        assertThat(answer)
                .doesNotContainPattern("^HTTP/1.1 2")
                .doesNotContain("X-Echo")
                .doesNotContainPattern("Allow: .*" + method);
    }

    /** What lies beside programs: none of it is in this one, and no directory tells what is in it. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "/.git/HEAD",
                "/.git/config",
                "/.svn/entries",
                "/.hg/",
                "/.env",
                "/pom.xml",
                "/WEB-INF/web.xml",
                "/META-INF/MANIFEST.MF",
                "/styles/",
                "/styles",
                "/icons/",
                "/images/",
                "/VAADIN/",
                "/VAADIN/build/",
                "/enrol/",
                "/frontend/",
                "/VAADIN/config/stats.json",
                "/VAADIN/dynamic/",
                "/h2-console",
                "/actuator",
                "/actuator/env",
                "/actuator/heapdump",
                "/swagger-ui.html",
                "/styles/..;/..;/application.yaml",
                "/styles/%2e%2e/application.yaml",
                "/application.yaml"
            })
    void whatLiesBesideTheProgramIsNotServed(String path) throws IOException {
        Visitor visitor = new Visitor(console.port());
        visitor.signIn("anna", Console.PASSWORD.reveal());
        String cookies =
                "croft-signin=" + visitor.cookie("croft-signin").orElseThrow().getValue();
        String answer =
                raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nCookie: " + cookies + "\r\nConnection: close\r\n\r\n");

        // An address that is a page's is answered by the screens; these have no front end in this test and say 500 or
        // redirect.
        assertThat(answer)
                .doesNotContain(
                        "ref: refs",
                        "[core]",
                        "spring:",
                        "<dependency>",
                        "Manifest-Version",
                        "Parent Directory",
                        "Index of")
                .doesNotContainPattern("^HTTP/1.1 200 [\\s\\S]*(\\.css|\\.svg|\\.js|\\.gz)\\b");
    }

    /** Addresses are kept by logs, and by the browser. */
    @Test
    void nobodySignsInByAnAddress() {
        Visitor visitor = new Visitor(console.port());

        assertThat(visitor.post("/login?" + SIGN_IN, Map.of()).statusCode()).isEqualTo(400);
        assertThat(visitor.post("/login?username=eve", form("anna")).statusCode())
                .as("a name in the address beside one in the body")
                .isEqualTo(400);
        assertThat(visitor.post("/login/code?code=123456", Map.of()).statusCode())
                .isEqualTo(400);
        assertThat(visitor.post("/login/passkey?answer=x", Map.of()).statusCode())
                .isEqualTo(400);
        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(401);

        Http anybody = Http.anonymous(console.port());
        assertThat(anybody.get("/api/v1/hosts?access_token=" + token).status()).isEqualTo(401);
        assertThat(anybody.with(token).get("/api/v1/hosts").status()).isEqualTo(200);
    }

    /** Who is counted, who is audited and who is signed in is the same one. */
    @Test
    void ofTwoNamesInOneFormOneCountsEverywhere() throws IOException {
        String body = "username=anna&username=eve&password=wrong";
        raw("POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
                + body.length() + "\r\nConnection: close\r\n\r\n" + body);

        AuditEntry row = console.asAnna(() -> console.get(Audit.class)
                        .list(new Audit.Filter(null, "sign-in", null, null, null, null, null), null, 1))
                .getFirst();
        assertThat(row.who()).isEqualTo("anna");
    }

    /** Of two in the address the first counts, for everybody who looks; what stands in a body is no parameter. */
    @Test
    void aParameterOfTheApiIsTakenFromItsPlaceAndOnce() {
        Http anna = Http.anonymous(console.port())
                .with(console.asAnna(() -> console.get(Tokens.class).create("all", Role.ADMIN, Scope.EVERYWHERE, null))
                        .secret()
                        .reveal());

        assertThat(anna.get("/api/v1/audit?limit=1").json().size()).isEqualTo(1);
        assertThat(anna.get("/api/v1/audit?limit=1&limit=2").json().size()).isEqualTo(1);
        assertThat(anna.get("/api/v1/audit?limit=2&limit=1").json().size()).isEqualTo(2);
        // In a form's body instead of the address.
        assertThat(anna.send("GET", "/api/v1/audit", "limit=1", "application/x-www-form-urlencoded")
                        .json()
                        .size())
                .isNotEqualTo(1);
        assertThat(anna.post("/api/v1/hosts?name=attic", "{}").status()).isEqualTo(400);
    }

    /** Any page may open a WebSocket, cookies and all: whose it is has to be looked at. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "'Origin: http://evil.example',                              403",
        "'Origin: null',                                             403",
        "'X-None: x',                                                403",
        "'Origin: http://x|Sec-Fetch-Site: cross-site',              403",
        "'Origin: http://x|Sec-Fetch-Site: same-site',               403",
        "'Origin: http://x:81',                                      403",
        "'Origin: http://x',                                         101",
        "'Origin: https://x|Sec-Fetch-Site: same-origin',            101",
    })
    void thePushChannelIsOpenedByOurOwnPagesAlone(String headers, int status) throws IOException {
        try (Socket socket = open()) {
            socket.getOutputStream()
                    .write(("GET /VAADIN/push?v-r=push&v-uiId=0&v-pushId=none HTTP/1.1\r\nHost: x\r\n"
                                    + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                    + headers.replace("|", "\r\n") + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String line = line(socket);

            assertThat(line).contains(" " + status);
        }
    }

    /** Where something on the way lets no WebSocket through, the same channel is an ordinary request. */
    @Test
    void norByAnotherPagesOrdinaryRequest() throws IOException {
        assertThat(raw("POST /?v-r=push&v-uiId=0 HTTP/1.1\r\nHost: x\r\nOrigin: http://evil.example\r\n"
                        + "Content-Length: 0\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 403 ");
    }

    private static Map<String, String> form(String name) {
        return Map.of("username", name, "password", Console.PASSWORD.reveal());
    }

    // ---- the wire

    private Socket open() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), console.port());
        socket.setSoTimeout(PATIENCE_MILLIS);
        return socket;
    }

    /** All that comes back until the console ends the connection. */
    private String raw(String request) throws IOException {
        try (Socket socket = open()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private List<String> statuses(String request) throws IOException {
        return raw(request)
                .lines()
                .filter(line -> line.startsWith("HTTP/1.1 "))
                .map(line -> line.substring(0, "HTTP/1.1 200".length()))
                .toList();
    }

    private static String line(Socket socket) throws IOException {
        var line = new StringBuilder();
        for (int next = socket.getInputStream().read();
                next >= 0 && next != '\n';
                next = socket.getInputStream().read()) {
            line.append((char) next);
        }
        return line.toString();
    }
}
