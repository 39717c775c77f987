package dev.croft.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.apps.Apps;
import dev.croft.fleet.Hosts;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import java.net.CookieManager;
import java.net.CookiePolicy;
import java.net.HttpCookie;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Who may keep a change, and over which connection: through real HTTP, as a browser or a script does it. */
class OperatorPathTest {

    private static final String NO_BODY = "";
    private static final Map<String, String> FROM_A_PAGE =
            Map.of("X-Croft-Request", "1", "Sec-Fetch-Site", "same-origin");

    private final FakeBox box = Console.newBox();
    private Console console = Console.shared();
    private HostName attic;

    @AfterEach
    void letTheBoxGoOn() {
        box.letTheTimeToConfirmPass();
    }

    @Test
    void aTokenConfirmsWhatItStartedButNotOverTheConnectionItHadBefore() {
        enrol();
        Client script = new Client().with("Authorization", "Bearer " + token());
        String id = startAndWait(script);

        Answer old = script.post(confirm(id), NO_BODY, Map.of());
        assertThat(old.status()).isEqualTo(409);
        assertThat(old.code()).isEqualTo("CONFIRM_REFUSED");
        assertThat(old.json().path("why").asString()).contains("connection from before the change");
        assertThat(old.header("Connection")).isEqualTo("close");

        Answer again = script.post(confirm(id), NO_BODY, Map.of());
        assertThat(again.status()).as(again.text()).isEqualTo(200);
        assertThat(endOf(script, id)).isEqualTo("SUCCEEDED");
    }

    @Test
    void anotherTokenOfTheSamePersonDoesNot() {
        enrol();
        Client script = new Client().with("Authorization", "Bearer " + token());
        String id = startAndWait(script);

        Answer other = new Client().with("Authorization", "Bearer " + token()).post(confirm(id), NO_BODY, Map.of());

        assertThat(other.code()).isEqualTo("CONFIRM_REFUSED");
        assertThat(other.json().path("why").asString()).contains("another browser, or with another token");
    }

    @Test
    void aBrowserConfirmsWhatItStarted() {
        enrol();
        Client browser = new Client().signedIn();
        String id = startAndWait(browser.with(FROM_A_PAGE));

        Answer kept = browser.overANewConnection().post(confirm(id), NO_BODY, FROM_A_PAGE);

        assertThat(kept.status()).as(kept.text()).isEqualTo(200);
        assertThat(endOf(browser, id)).isEqualTo("SUCCEEDED");
    }

    @Test
    void anotherBrowserOfTheSamePersonDoesNot() {
        enrol();
        Client browser = new Client().signedIn();
        String id = startAndWait(browser.with(FROM_A_PAGE));

        Answer other = new Client().signedIn().post(confirm(id), NO_BODY, FROM_A_PAGE);

        assertThat(other.code()).isEqualTo("CONFIRM_REFUSED");
        assertThat(other.json().path("why").asString()).contains("another browser");
    }

    @Test
    void aSessionThatWasCarriedToAnotherBrowserDoesNot() {
        enrol();
        Client browser = new Client().signedIn();
        String id = startAndWait(browser.with(FROM_A_PAGE));

        Answer thief = browser.overANewConnection().without("croft-browser").post(confirm(id), NO_BODY, FROM_A_PAGE);

        assertThat(thief.code()).isEqualTo("CONFIRM_REFUSED");
    }

    @Test
    void aForeignPageCannotRideOnTheSession() {
        enrol();
        Client browser = new Client().signedIn();
        String path = "/api/v1/hosts/" + attic + "/apply";

        for (Map<String, String> foreign : java.util.List.of(
                Map.<String, String>of(),
                Map.of("Sec-Fetch-Site", "same-origin"),
                Map.of("X-Croft-Request", "1", "Sec-Fetch-Site", "cross-site"),
                Map.of("X-Croft-Request", "1", "Sec-Fetch-Site", "same-site"))) {
            Answer refused = browser.post(path, NO_BODY, foreign);
            assertThat(refused.status()).as("%s", foreign).isEqualTo(403);
            assertThat(refused.code()).isEqualTo("NOT_ALLOWED");
        }
        assertThat(browser.get("/api/v1/hosts", Map.of("Sec-Fetch-Site", "cross-site"))
                        .status())
                .isEqualTo(403);
        assertThat(browser.get("/api/v1/hosts", Map.of("Sec-Fetch-Site", "same-origin"))
                        .status())
                .isEqualTo(200);
        assertThat(box.runs("apply")).isZero();
    }

    @Test
    void aBrowserIsKnownAgainAfterTheConsoleWasRestarted(@TempDir Path data) {
        console = Console.start(data);
        try {
            enrol();
            Client browser = new Client().signedIn();
            String id = startAndWait(browser.with(FROM_A_PAGE));
            console.close();
            console = Console.start(data);

            browser.signedIn();
            Await.until(() -> stateOf(browser, id), "AWAITING_CONFIRM"::equals);
            Answer kept = browser.overANewConnection().post(confirm(id), NO_BODY, FROM_A_PAGE);

            assertThat(kept.status()).as(kept.text()).isEqualTo(200);
            assertThat(endOf(browser, id)).isEqualTo("SUCCEEDED");
        } finally {
            console.close();
        }
    }

    @Test
    void whenTheConsoleRunsOnTheBoxLoopbackProvesNothingAndOnlyItsProxyIsBelieved(@TempDir Path data) throws Exception {
        String secret = "0123456789abcdef0123456789abcdef";
        Path file = Files.writeString(data.resolve("proxy-secret"), secret + "\n");
        console = Console.start(data.resolve("console"), "--croft.access.proxy-secret-file=" + file);
        try {
            attic = new HostName("self");
            console.asAnna(() -> console.get(Hosts.class).enrol(attic, Console.place(box, "127.0.0.78")));
            prepare();
            Client script = new Client().with("Authorization", "Bearer " + token());
            String id = startAndWait(script);

            assertFromTheBoxItself(script, id, Map.of());
            assertFromTheBoxItself(script, id, Map.of("X-Forwarded-For", "203.0.113.7"));
            assertFromTheBoxItself(
                    script,
                    id,
                    Map.of(
                            "X-Forwarded-For",
                            "203.0.113.7",
                            "X-Croft-Proxy",
                            "0".repeat(32),
                            "X-Croft-Connection-Age",
                            "0"));
            assertFromTheBoxItself(
                    script,
                    id,
                    Map.of(
                            "X-Forwarded-For",
                            "203.0.113.7, 127.0.0.1",
                            "X-Croft-Proxy",
                            secret,
                            "X-Croft-Connection-Age",
                            "0"));
            Answer old = script.overANewConnection()
                    .post(confirm(id), NO_BODY, Map.of("X-Forwarded-For", "203.0.113.7", "X-Croft-Proxy", secret));
            assertThat(old.json().path("why").asString()).contains("connection from before the change");

            Answer kept = script.overANewConnection()
                    .post(
                            confirm(id),
                            NO_BODY,
                            Map.of(
                                    "X-Forwarded-For",
                                    "10.0.0.1, 203.0.113.7",
                                    "X-Croft-Proxy",
                                    secret,
                                    "X-Croft-Connection-Age",
                                    "0.001"));
            assertThat(kept.status()).as(kept.text()).isEqualTo(200);
        } finally {
            console.close();
        }
    }

    private void assertFromTheBoxItself(Client script, String id, Map<String, String> headers) {
        Answer refused = script.overANewConnection().post(confirm(id), NO_BODY, headers);
        assertThat(refused.code()).as("%s", headers).isEqualTo("CONFIRM_REFUSED");
        assertThat(refused.json().path("why").asString()).as("%s", headers).contains("runs on the box");
    }

    // ---- words of this test

    private void enrol() {
        attic = console.enrol(box);
        prepare();
    }

    private void prepare() {
        box.changesConcern("firewall");
        console.asAnna(() -> console.get(Apps.class).putDraft(attic, new AppName("blog"), Console.site("v1")));
    }

    private String token() {
        return console.asAnna(() -> console.get(Tokens.class).create("script", Role.OPERATOR, Scope.EVERYWHERE, null))
                .secret()
                .reveal();
    }

    private static String confirm(String id) {
        return "/api/v1/operations/" + id + "/confirm";
    }

    private String startAndWait(Client client) {
        Answer started = client.post("/api/v1/hosts/" + attic + "/apply", "{\"confirmWithinSeconds\":120}", Map.of());
        assertThat(started.status()).as(started.text()).isEqualTo(202);
        String id = started.json().path("id").asString();
        Await.until(() -> stateOf(client, id), "AWAITING_CONFIRM"::equals);
        JsonNode confirm =
                client.get("/api/v1/operations/" + id, Map.of()).json().path("confirm");
        assertThat(confirm.path("secondsLeft").asInt()).isBetween(100, 120);
        assertThat(confirm.path("level").asString()).isEqualTo("host");
        return id;
    }

    private static String stateOf(Client client, String id) {
        return client.get("/api/v1/operations/" + id, Map.of())
                .json()
                .path("state")
                .asString();
    }

    private static String endOf(Client client, String id) {
        return Await.until(
                () -> stateOf(client, id),
                state -> java.util.Set.of("SUCCEEDED", "ROLLED_BACK", "FAILED").contains(state));
    }

    private record Answer(HttpResponse<String> response) {

        int status() {
            return response.statusCode();
        }

        String text() {
            return response.body();
        }

        JsonNode json() {
            return JsonMapper.shared().readTree(text());
        }

        String code() {
            return json().path("code").asString("");
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }
    }

    /** A browser or a script with its cookies, and with connections that it keeps open. */
    private final class Client {

        private final CookieManager cookies = new CookieManager(null, CookiePolicy.ACCEPT_ALL);
        private final Map<String, String> always = new java.util.HashMap<>();
        private HttpClient http = connect();

        private HttpClient connect() {
            return HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .cookieHandler(cookies)
                    .build();
        }

        Client with(String header, String value) {
            always.put(header, value);
            return this;
        }

        Client with(Map<String, String> headers) {
            always.putAll(headers);
            return this;
        }

        Client overANewConnection() {
            http = connect();
            return this;
        }

        Client without(String cookie) {
            var store = cookies.getCookieStore();
            for (HttpCookie each : java.util.List.copyOf(store.getCookies())) {
                if (cookie.equals(each.getName())) {
                    store.remove(null, each);
                }
            }
            return this;
        }

        Client signedIn() {
            String form =
                    "username=anna&password=" + URLEncoder.encode(Console.PASSWORD.reveal(), StandardCharsets.UTF_8);
            Answer answer = send("POST", "/login", form, Map.of("Content-Type", "application/x-www-form-urlencoded"));
            assertThat(answer.header("Location")).doesNotContain("error");
            return this;
        }

        Answer get(String path, Map<String, String> headers) {
            return send("GET", path, NO_BODY, headers);
        }

        Answer post(String path, String body, Map<String, String> headers) {
            return send("POST", path, body, headers);
        }

        private Answer send(String method, String path, String body, Map<String, String> headers) {
            HttpRequest.Builder request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + console.port() + path))
                    .method(method, HttpRequest.BodyPublishers.ofString(body));
            Map<String, String> all = new java.util.HashMap<>(always);
            if (!body.isEmpty()) {
                all.putIfAbsent("Content-Type", "application/json");
            }
            all.putAll(headers);
            all.forEach(request::header);
            try {
                return new Answer(http.send(request.build(), HttpResponse.BodyHandlers.ofString()));
            } catch (Exception e) {
                throw new AssertionError(method + " " + path + " got no answer", e);
            }
        }
    }
}
