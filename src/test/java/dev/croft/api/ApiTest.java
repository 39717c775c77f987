package dev.croft.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Tokens;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.kernel.HostName;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import dev.croft.support.FakeUpkeep;
import dev.croft.support.Http;
import dev.croft.support.Http.Answer;
import dev.croft.support.Visitor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The HTTP API from outside. */
class ApiTest {

    private static final String ENTRY =
            "{\"source\":{\"type\":\"git\",\"url\":\"https://git.example/blog.git\",\"ref\":\"v1\"},"
                    + "\"build\":{\"builder\":\"static\"},\"run\":{\"port\":8080}}";
    private static final String SOME_OPERATION = "01jd0000000000000000000000";

    /**
     * What can be asked, and the least role for it. {@code {host}} may be any, also one that does not exist.
     *
     * @param role null: nobody needs to sign in
     */
    private record Endpoint(
            String method,
            String path,
            @Nullable String body,
            @Nullable Role role) {

        /** Without the parameters that it cannot do without. */
        String mapped() {
            return path.replaceFirst("\\?.*", "");
        }

        @Override
        public String toString() {
            return method + " " + mapped();
        }
    }

    private static final List<Endpoint> ENDPOINTS = List.of(
            new Endpoint("POST", "/api/v1/setup", "{\"claim\":\"x\",\"username\":\"x\",\"password\":\"x\"}", null),
            new Endpoint("GET", "/api/v1/status", null, null),
            new Endpoint("GET", "/api/v1/hosts", null, Role.VIEWER),
            new Endpoint(
                    "POST", "/api/v1/hosts", "{\"name\":\"x\",\"address\":\"x\",\"fingerprint\":\"x\"}", Role.ADMIN),
            new Endpoint("GET", "/api/v1/hosts/{host}", null, Role.VIEWER),
            new Endpoint(
                    "PUT", "/api/v1/hosts/{host}/endpoint", "{\"address\":\"x\",\"fingerprint\":\"x\"}", Role.ADMIN),
            new Endpoint("GET", "/api/v1/hosts/{host}/contract", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/generations", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/generations/compare?to=1", null, Role.VIEWER),
            new Endpoint("PATCH", "/api/v1/hosts/{host}/generations/{number}", "{\"pinned\":true}", Role.OPERATOR),
            new Endpoint("GET", "/api/v1/hosts/{host}/settings", null, Role.VIEWER),
            new Endpoint("PUT", "/api/v1/hosts/{host}/settings", "{\"timezone\":\"UTC\"}", Role.ADMIN),
            new Endpoint("DELETE", "/api/v1/hosts/{host}/settings", null, Role.ADMIN),
            new Endpoint("GET", "/api/v1/hosts/{host}/drafts", null, Role.VIEWER),
            new Endpoint("DELETE", "/api/v1/hosts/{host}/drafts", null, Role.OPERATOR),
            new Endpoint("GET", "/api/v1/hosts/{host}/disk", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/metrics", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/metrics", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/logs", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/metrics/stream", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/apps/{app}/metrics", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/apps/{app}/metrics/stream", null, Role.VIEWER),
            new Endpoint("POST", "/api/v1/hosts/{host}/gc/plan", "{}", Role.VIEWER),
            new Endpoint(
                    "POST", "/api/v1/hosts/{host}/gc", "{\"digest\":\"" + FakeUpkeep.DIGEST + "\"}", Role.OPERATOR),
            new Endpoint("GET", "/api/v1/hosts/{host}/backups", null, Role.VIEWER),
            new Endpoint("POST", "/api/v1/hosts/{host}/backups", null, Role.OPERATOR),
            new Endpoint(
                    "POST",
                    "/api/v1/hosts/{host}/backups/targets",
                    "{\"name\":\"cellar\",\"target\":{\"type\":\"local\",\"path\":\"/mnt/cellar\"}}",
                    Role.ADMIN),
            new Endpoint("GET", "/api/v1/hosts/{host}/backups/targets/{target}/snapshots", null, Role.VIEWER),
            new Endpoint("POST", "/api/v1/hosts/{host}/backups/targets/{target}/test", null, Role.OPERATOR),
            new Endpoint(
                    "POST",
                    "/api/v1/hosts/{host}/backups/targets/{target}/restore-copy",
                    "{\"snapshot\":\"x\",\"app\":\"blog\"}",
                    Role.OPERATOR),
            new Endpoint(
                    "POST",
                    "/api/v1/hosts/{host}/backups/targets/{target}/restore",
                    "{\"snapshot\":\"x\",\"app\":\"blog\"}",
                    Role.ADMIN),
            new Endpoint("GET", "/api/v1/hosts/{host}/apps/{app}/restores/{snapshot}", null, Role.OPERATOR),
            new Endpoint("POST", "/api/v1/hosts/{host}/apps/{app}/restores/{snapshot}/discard", null, Role.ADMIN),
            new Endpoint("POST", "/api/v1/hosts/{host}/apps/{app}/replaced/{snapshot}/undo", null, Role.ADMIN),
            new Endpoint(
                    "POST",
                    "/api/v1/hosts/{host}/apps/{app}/replaced/{snapshot}/drop",
                    "{\"confirm\":\"x\"}",
                    Role.ADMIN),
            new Endpoint(
                    "POST", "/api/v1/hosts/{host}/backups/targets/{target}/keys", "{\"credentials\":{}}", Role.ADMIN),
            new Endpoint("GET", "/api/v1/hosts/{host}/mail/restores/{copy}", null, Role.OPERATOR),
            new Endpoint("POST", "/api/v1/hosts/{host}/mail/restores/{copy}/discard", null, Role.ADMIN),
            new Endpoint("POST", "/api/v1/hosts/{host}/mail/replaced/{copy}/undo", null, Role.ADMIN),
            new Endpoint("POST", "/api/v1/hosts/{host}/mail/replaced/{copy}/drop", "{\"confirm\":\"x\"}", Role.ADMIN),
            new Endpoint(
                    "POST", "/api/v1/hosts/{host}/backups/server-keys", "{\"server\":\"depot.example\"}", Role.ADMIN),
            new Endpoint("GET", "/api/v1/hosts/{host}/databases", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/services", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/leftovers", null, Role.VIEWER),
            new Endpoint("DELETE", "/api/v1/hosts/{host}/leftovers/{app}/{kind}?confirm=x", null, Role.ADMIN),
            new Endpoint("DELETE", "/api/v1/hosts/{host}/leftovers/{app}/volume/{volume}?confirm=x", null, Role.ADMIN),
            new Endpoint(
                    "POST",
                    "/api/v1/hosts/{host}/databases/{engine}/{database}/sql",
                    "{\"text\":\"SELECT 1\"}",
                    Role.ADMIN),
            new Endpoint("DELETE", "/api/v1/hosts/{host}/databases/{engine}/{database}?confirm=x", null, Role.ADMIN),
            new Endpoint(
                    "POST", "/api/v1/hosts/{host}/apps/{app}/databases/{engine}/password/renew", null, Role.OPERATOR),
            new Endpoint("POST", "/api/v1/hosts/{host}/databases/upgrade", "{\"major\":18}", Role.ADMIN),
            new Endpoint("DELETE", "/api/v1/hosts/{host}/databases/{engine}/clusters/{major}", null, Role.ADMIN),
            new Endpoint("GET", "/api/v1/hosts/{host}/mail", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/mail/dns", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/mail/queue", null, Role.VIEWER),
            new Endpoint("POST", "/api/v1/hosts/{host}/mail/queue/retry", null, Role.OPERATOR),
            new Endpoint("POST", "/api/v1/hosts/{host}/mail/queue/{id}/retry", null, Role.OPERATOR),
            new Endpoint("DELETE", "/api/v1/hosts/{host}/mail/queue/{id}", null, Role.OPERATOR),
            new Endpoint("POST", "/api/v1/hosts/{host}/mail/test", "{\"to\":\"ada@attic.example\"}", Role.OPERATOR),
            new Endpoint("PUT", "/api/v1/hosts/{host}/mail/mailboxes/{mailbox}/password", "x", Role.ADMIN),
            new Endpoint("DELETE", "/api/v1/hosts/{host}/mail/mailboxes/{mailbox}?confirm=x", null, Role.ADMIN),
            new Endpoint("GET", "/api/v1/hosts/{host}/jobs", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/apps/{app}/jobs", null, Role.VIEWER),
            new Endpoint("POST", "/api/v1/hosts/{host}/apps/{app}/jobs/{job}/run", null, Role.OPERATOR),
            new Endpoint("POST", "/api/v1/hosts/{host}/apps/{app}/exec", "{\"command\":[\"true\"]}", Role.OPERATOR),
            new Endpoint("GET", "/api/v1/hosts/{host}/apps/{app}/storage", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/apps/{app}/files", null, Role.OPERATOR),
            new Endpoint("GET", "/api/v1/hosts/{host}/apps/{app}/files/content?path=x", null, Role.OPERATOR),
            new Endpoint("GET", "/api/v1/hosts/{host}/secrets", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/apps/{app}/secrets", null, Role.VIEWER),
            new Endpoint("PUT", "/api/v1/hosts/{host}/apps/{app}/secrets/{name}", "value", Role.OPERATOR),
            new Endpoint("DELETE", "/api/v1/hosts/{host}/apps/{app}/secrets/{name}", null, Role.OPERATOR),
            new Endpoint("PUT", "/api/v1/hosts/{host}/services/{service}/secrets/{name}", "value", Role.OPERATOR),
            new Endpoint("DELETE", "/api/v1/hosts/{host}/services/{service}/secrets/{name}", null, Role.OPERATOR),
            new Endpoint("GET", "/api/v1/hosts/{host}/certificates", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/certificates/check?domain=x.example", null, Role.VIEWER),
            new Endpoint("POST", "/api/v1/hosts/{host}/certificates/{name}/renew", null, Role.OPERATOR),
            new Endpoint(
                    "PUT",
                    "/api/v1/hosts/{host}/certificates/{name}",
                    "{\"chain\":\"x\",\"key\":\"x\"}",
                    Role.OPERATOR),
            new Endpoint("DELETE", "/api/v1/hosts/{host}/certificates/{name}", null, Role.OPERATOR),
            new Endpoint("GET", "/api/v1/hosts/{host}/ports", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/closure", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/apps/{app}/closure", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/closure/ways?path=x", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/apps/{app}/closure/ways?path=x", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/sbom", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/apps/{app}/sbom?format=spdx", null, Role.VIEWER),
            new Endpoint("POST", "/api/v1/hosts/{host}/verify", null, Role.OPERATOR),
            new Endpoint("POST", "/api/v1/hosts/{host}/apps/{app}/verify", null, Role.OPERATOR),
            new Endpoint("GET", "/api/v1/hosts/{host}/verification", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/apps/{app}/verification", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/drift", null, Role.VIEWER),
            new Endpoint("POST", "/api/v1/hosts/{host}/drift", "{\"what\":\"flake\",\"action\":\"adopt\"}", Role.ADMIN),
            new Endpoint("POST", "/api/v1/hosts/{host}/rollback", "{\"generation\":1}", Role.OPERATOR),
            new Endpoint("POST", "/api/v1/hosts/{host}/plan", null, Role.OPERATOR),
            new Endpoint("POST", "/api/v1/hosts/{host}/apply", "{}", Role.OPERATOR),
            new Endpoint(
                    "POST", "/api/v1/hosts/{host}/inspect", "{\"url\":\"https://git.example/b.git\"}", Role.OPERATOR),
            new Endpoint("GET", "/api/v1/hosts/{host}/apps", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/apps/{app}", null, Role.VIEWER),
            new Endpoint("PUT", "/api/v1/hosts/{host}/apps/{app}", ENTRY, Role.OPERATOR),
            new Endpoint("DELETE", "/api/v1/hosts/{host}/apps/{app}", null, Role.OPERATOR),
            new Endpoint("POST", "/api/v1/hosts/{host}/apps/{app}/deploy", "{}", Role.OPERATOR),
            new Endpoint("POST", "/api/v1/hosts/{host}/apps/{app}/rollback", "{}", Role.OPERATOR),
            new Endpoint("POST", "/api/v1/hosts/{host}/apps/{app}/remove", null, Role.OPERATOR),
            new Endpoint("POST", "/api/v1/hosts/{host}/apps/{app}/start", null, Role.OPERATOR),
            new Endpoint("POST", "/api/v1/hosts/{host}/apps/{app}/stop", null, Role.OPERATOR),
            new Endpoint("POST", "/api/v1/hosts/{host}/apps/{app}/restart", null, Role.OPERATOR),
            new Endpoint("GET", "/api/v1/hosts/{host}/apps/{app}/logs", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/apps/{app}/deployments", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/apps/{app}/snapshots", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/operations", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/operations/{id}", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/operations/{id}/events", null, Role.VIEWER),
            new Endpoint("POST", "/api/v1/operations/{id}/confirm", null, Role.OPERATOR),
            new Endpoint("POST", "/api/v1/operations/{id}/cancel", null, Role.OPERATOR),
            new Endpoint("GET", "/api/v1/alerts", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/alerts/{id}", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/alerts/{id}/deliveries", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/troubles", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/apps/{app}/troubles", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/hosts/{host}/units", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/alerts/rules", null, Role.VIEWER),
            new Endpoint("PUT", "/api/v1/alerts/rules/{kind}", "{}", Role.ADMIN),
            new Endpoint("GET", "/api/v1/alerts/silences", null, Role.VIEWER),
            new Endpoint("POST", "/api/v1/alerts/silences", "{\"until\":\"2099-01-01T00:00:00Z\"}", Role.OPERATOR),
            new Endpoint("DELETE", "/api/v1/alerts/silences/{id}", null, Role.OPERATOR),
            new Endpoint("GET", "/api/v1/alerts/channels", null, Role.VIEWER),
            new Endpoint("PUT", "/api/v1/alerts/channels/{channel}", "{\"type\":\"webhook\"}", Role.ADMIN),
            new Endpoint("DELETE", "/api/v1/alerts/channels/{channel}", null, Role.ADMIN),
            new Endpoint("POST", "/api/v1/alerts/channels/{channel}/test", null, Role.ADMIN),
            new Endpoint("POST", "/api/v1/alerts/channels/{channel}/retry", null, Role.ADMIN),
            new Endpoint("GET", "/api/v1/audit", null, Role.ADMIN),
            new Endpoint("GET", "/api/v1/audit/export", null, Role.ADMIN),
            new Endpoint("GET", "/api/v1/audit/verification", null, Role.ADMIN),
            new Endpoint("GET", "/api/v1/people", null, Role.ADMIN),
            new Endpoint("POST", "/api/v1/people", "{}", Role.ADMIN),
            new Endpoint("PUT", "/api/v1/people/{person}", "{\"disabled\":true}", Role.ADMIN),
            new Endpoint("DELETE", "/api/v1/people/{person}", null, Role.ADMIN),
            new Endpoint("POST", "/api/v1/people/{person}/invitation", null, Role.ADMIN),
            new Endpoint("GET", "/api/v1/account", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/sessions", null, Role.VIEWER),
            new Endpoint("DELETE", "/api/v1/sessions", null, Role.VIEWER),
            new Endpoint("DELETE", "/api/v1/sessions/{session}", null, Role.VIEWER),
            new Endpoint("GET", "/api/v1/sign-in/providers", null, Role.ADMIN),
            new Endpoint("PUT", "/api/v1/sign-in/providers/{provider}", "{}", Role.ADMIN),
            new Endpoint("DELETE", "/api/v1/sign-in/providers/{provider}", null, Role.ADMIN),
            new Endpoint("GET", "/api/v1/sign-in/passwords", null, Role.VIEWER),
            new Endpoint("PUT", "/api/v1/sign-in/passwords", "{\"enabled\":true}", Role.ADMIN),
            new Endpoint("GET", "/api/v1/tokens", null, Role.VIEWER),
            new Endpoint("POST", "/api/v1/tokens", "{\"name\":\"x\",\"role\":\"viewer\"}", Role.VIEWER),
            new Endpoint("DELETE", "/api/v1/tokens/{id}", null, Role.VIEWER));

    private static final Map<Role, String> TOKENS = new EnumMap<>(Role.class);

    private final Console console = Console.shared();
    private final FakeBox box = Console.newBox();
    private HostName attic;
    private Http anna;
    private String apps;

    @BeforeEach
    void enrolABox() {
        attic = console.enrol(box);
        anna = as(Role.ADMIN);
        apps = "/api/v1/hosts/" + attic + "/apps";
    }

    // ---- who may

    @Test
    void theTableNamesEveryEndpoint() {
        var mapped = console
                .context()
                .getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
                .getHandlerMethods()
                .keySet()
                .stream()
                .flatMap(info -> info.getMethodsCondition().getMethods().stream()
                        .flatMap(method -> info.getPatternValues().stream().map(path -> method + " " + path)))
                .filter(endpoint -> endpoint.contains(" /api/"))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(mapped)
                .isEqualTo(ENDPOINTS.stream().map(Endpoint::toString).collect(Collectors.toCollection(TreeSet::new)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("guarded")
    void anonymousIsToldNothing(Endpoint endpoint) {
        Http nobody = Http.anonymous(console.port());

        Answer existing = ask(nobody, endpoint, attic.value());
        Answer missing = ask(nobody, endpoint, "no-such-box");

        assertThat(existing.status()).isEqualTo(401);
        assertThat(existing.header("WWW-Authenticate")).hasValue("Bearer");
        assertThat(existing.header("Content-Type").orElse("")).startsWith("application/problem+json");
        assertThat(missing.text()).isEqualTo(existing.text());
    }

    @ParameterizedTest(name = "{0} as {1}")
    @MethodSource("tooLow")
    void aLowerRoleIsToldNothing(Endpoint endpoint, Role role) {
        Answer existing = ask(as(role), endpoint, attic.value());
        Answer missing = ask(as(role), endpoint, "no-such-box");

        assertThat(existing.status()).as(existing.text()).isEqualTo(403);
        assertThat(existing.code()).isEqualTo("NOT_ALLOWED");
        assertThat(missing.text()).isEqualTo(existing.text());
    }

    @ParameterizedTest(name = "{0} as {1}")
    @MethodSource("highEnough")
    void theRoleIsEnough(Endpoint endpoint, Role role) {
        Answer answer = ask(as(role), endpoint, "no-such-box");

        assertThat(answer.status()).as(answer.text()).isNotIn(401, 403).isLessThan(500);
    }

    static Stream<Endpoint> guarded() {
        return ENDPOINTS.stream().filter(endpoint -> endpoint.role() != null);
    }

    static Stream<Arguments> tooLow() {
        return guarded()
                .flatMap(endpoint -> Arrays.stream(Role.values())
                        .filter(role -> role.compareTo(endpoint.role()) < 0)
                        .map(role -> Arguments.of(endpoint, role)));
    }

    /** To make and to revoke a token a person is needed, whom this test is not. */
    private static boolean isForPeople(Endpoint endpoint) {
        return endpoint.path().startsWith("/api/v1/tokens") && !"GET".equals(endpoint.method());
    }

    static Stream<Arguments> highEnough() {
        return guarded()
                .filter(endpoint -> !isForPeople(endpoint))
                .flatMap(endpoint -> Arrays.stream(Role.values())
                        .filter(role -> role.compareTo(endpoint.role()) >= 0)
                        .map(role -> Arguments.of(endpoint, role)));
    }

    @Test
    void aWrongTokenIsRefusedEvenWhereNoneIsNeeded() {
        assertThat(Http.anonymous(console.port())
                        .with("croft_wrong")
                        .get("/api/v1/status")
                        .status())
                .isEqualTo(401);
        assertThat(Http.anonymous(console.port()).get("/api/v1/status").status())
                .isEqualTo(200);
        assertThat(Http.anonymous(console.port()).get("/api/v1/status").json().has("hosts"))
                .isFalse();
    }

    @Test
    void answersTellBrowsersToBeCareful() {
        Answer answer = anna.get("/api/v1/hosts");

        assertThat(answer.header("X-Content-Type-Options")).hasValue("nosniff");
        assertThat(answer.header("X-Frame-Options")).hasValue("DENY");
        assertThat(answer.header("Content-Security-Policy"))
                .hasValue("default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        assertThat(answer.header("Cache-Control").orElse("")).contains("no-store");
        assertThat(answer.header("Set-Cookie")).isEmpty();
    }

    // ---- who is signed in, and how

    @Test
    void tellsWhoAsksAndEndsTheirSessions() {
        Visitor browser = new Visitor(console.port());
        browser.signIn(Console.ANNA.name(), Console.PASSWORD.reveal());
        assertThat(browser.status("/api/v1/hosts")).isEqualTo(200);

        JsonNode account = anna.get("/api/v1/account").json();
        assertThat(account.path("name").asString()).isEqualTo("anna");
        assertThat(account.path("grants").path(0).path("role").asString()).isEqualTo("ADMIN");
        assertThat(account.has("provider")).isFalse();
        JsonNode newest = anna.get("/api/v1/sessions").json().path(0);
        assertThat(newest.path("account").asString()).isEqualTo("anna");
        assertThat(anna.get("/api/v1/sessions?everybody=true").json().size()).isPositive();
        assertThat(as(Role.VIEWER).get("/api/v1/sessions?everybody=true").status())
                .isEqualTo(403);

        assertThat(anna.delete("/api/v1/sessions/" + newest.path("id").asLong()).status())
                .isEqualTo(204);
        assertThat(browser.status("/api/v1/hosts")).isEqualTo(401);
    }

    @Test
    void keepsAProviderAndNeverShowsItsSecret() {
        String path = "/api/v1/sign-in/providers";
        Answer saved = anna.put(
                path + "/home",
                "{\"name\":\"Home\",\"issuer\":\"https://id.attic.example\",\"clientId\":\"croft\",\"clientSecret\":\"hunter2-hunter2\","
                        + "\"rules\":[{\"claim\":\"groups\",\"value\":\"family\",\"role\":\"viewer\",\"scope\":\"attic/blog\"}]}");
        assertThat(saved.status()).as(saved.text()).isEqualTo(200);
        assertThat(saved.text()).doesNotContain("hunter2");
        JsonNode kept = anna.get(path).json().path(0);
        assertThat(kept.path("hasSecret").asBoolean()).isTrue();
        assertThat(kept.path("rules").path(0).path("scope").asString()).isEqualTo("attic/blog");
        assertThat(anna.get("/api/v1/sign-in/passwords").json().path("enabled").asBoolean())
                .isTrue();
        // Nobody could administer this console then.
        assertThat(anna.put("/api/v1/sign-in/passwords", "{\"enabled\":false}").code())
                .isEqualTo("WOULD_LOCK_OUT");

        assertThat(anna.delete(path + "/home").status()).isEqualTo(204);
        assertThat(anna.get(path).json().size()).isZero();
    }

    // ---- backups

    @Test
    void aPlaceIsAddedAppliedAndUsed() {
        String backups = "/api/v1/hosts/" + attic + "/backups";
        Answer added = anna.post(
                backups + "/targets", "{\"name\":\"cellar\",\"target\":{\"type\":\"local\",\"path\":\"/mnt/cellar\"}}");
        assertThat(added.status()).as(added.text()).isEqualTo(201);
        assertThat(anna.get("/api/v1/hosts/" + attic + "/settings")
                        .json()
                        .path("backups")
                        .path("targets")
                        .path("cellar")
                        .path("path")
                        .asString())
                .isEqualTo("/mnt/cellar");
        assertThat(ended(anna.post("/api/v1/hosts/" + attic + "/apply", "{}"))
                        .path("state")
                        .asString())
                .isEqualTo("SUCCEEDED");

        JsonNode backup = ended(anna.post(backups, "{\"target\":\"cellar\"}"));

        assertThat(backup.path("kind").asString()).isEqualTo("backup");
        assertThat(ended(anna.post(backups + "/targets/cellar/test", null))
                        .path("kind")
                        .asString())
                .isEqualTo("restore-test");
        Answer refused =
                anna.post(backups + "/targets", "{\"name\":\"x\",\"target\":{\"type\":\"local\",\"bucket\":\"b\"}}");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.text()).contains("backups.targets.x.bucket");
    }

    // ---- the main job

    @Test
    void deploysAndRollsBack() {
        assertThat(anna.put(apps + "/blog", ENTRY).json().path("pending").asBoolean())
                .isTrue();
        JsonNode first = ended(anna.post(apps + "/blog/deploy", null));
        assertThat(first.path("state").asString()).isEqualTo("SUCCEEDED");
        assertThat(first.path("kind").asString()).isEqualTo("deploy");
        assertThat(first.path("generation").asInt()).isEqualTo(2);
        JsonNode second = ended(anna.post(apps + "/blog/deploy", "{\"ref\":\"v2\"}"));
        assertThat(second.path("result").path("apps").path("blog").path("rev").asString())
                .isEqualTo(FakeBox.REV_2);

        JsonNode back = ended(anna.post("/api/v1/hosts/" + attic + "/rollback", "{\"generation\":2}"));

        assertThat(back.path("generation").asInt()).isEqualTo(2);
        JsonNode blog = anna.get(apps + "/blog").json();
        assertThat(blog.path("source").path("rev").asString()).isEqualTo(FakeBox.REV_1);
        assertThat(blog.path("observed").path("state").asString()).isEqualTo("running");
        assertThat(blog.path("observed").path("url").asString()).endsWith(":8080");
        JsonNode generations =
                anna.get("/api/v1/hosts/" + attic + "/generations").json();
        assertThat(generations.get(0).path("number").asInt()).isEqualTo(3);
        assertThat(generations.get(1).path("current").asBoolean()).isTrue();
        assertThat(generations.get(0).path("operation").asString())
                .isEqualTo(second.path("id").asString());
    }

    @Test
    void whatIsReadCanBeSentBack() {
        anna.put(apps + "/blog", ENTRY);
        ended(anna.post(apps + "/blog/deploy", null));
        String read = anna.get(apps + "/blog").text();

        Answer put = anna.put(apps + "/blog", read);

        assertThat(put.status()).as(put.text()).isEqualTo(200);
        assertThat(put.json().path("pending").asBoolean()).isFalse();
    }

    @Test
    void removesAnApp() {
        anna.put(apps + "/blog", ENTRY);
        ended(anna.post(apps + "/blog/deploy", null));

        assertThat(anna.delete(apps + "/blog").status()).isEqualTo(204);
        assertThat(anna.get(apps + "/blog").json().path("pending").asBoolean()).isTrue();
        ended(anna.post("/api/v1/hosts/" + attic + "/apply", null));

        assertThat(anna.get(apps + "/blog").status()).isEqualTo(404);
        assertThat(anna.get(apps).json().size()).isZero();
    }

    @Test
    void stopsAndStarts() {
        anna.put(apps + "/blog", ENTRY);
        ended(anna.post(apps + "/blog/deploy", null));

        assertThat(anna.post(apps + "/blog/stop", null)
                        .json()
                        .path("observed")
                        .path("state")
                        .asString())
                .isEqualTo("stopped");
        assertThat(anna.post(apps + "/blog/start", null)
                        .json()
                        .path("observed")
                        .path("state")
                        .asString())
                .isEqualTo("running");
    }

    @Test
    void streamsAnOperationToItsEnd() {
        box.stepsPerOperation(1);
        anna.put(apps + "/blog", ENTRY);
        String id = anna.post(apps + "/blog/deploy", null).json().path("id").asString();

        List<String> lines;
        try (Stream<String> stream = anna.lines("/api/v1/operations/" + id + "/events")) {
            lines = stream.toList(); // ends because the operation does
        }

        assertThat(lines).contains("event:line", "event:progress", "event:step", "event:operation");
        String last = lines.stream()
                .filter(line -> line.startsWith("data:") && line.contains("\"state\""))
                .reduce((earlier, later) -> later)
                .orElseThrow();
        assertThat(last).contains("\"SUCCEEDED\"");
    }

    @Test
    void aStreamEndsWithTheTokenThatAskedForIt() {
        anna.put(apps + "/blog", ENTRY);
        Tokens.Created lent =
                console.asAnna(() -> console.get(Tokens.class).create("lent", Role.VIEWER, Scope.EVERYWHERE, null));
        String id = anna.post(
                        "/api/v1/hosts/" + attic + "/apply", "{\"confirm\":\"manual\",\"confirmWithinSeconds\":300}")
                .json()
                .path("id")
                .asString();

        try (Stream<String> stream = Http.anonymous(console.port())
                .with(lent.secret().reveal())
                .lines("/api/v1/operations/" + id + "/events")) {
            console.asAnna(() -> {
                console.get(Tokens.class).revoke(lent.token().id());
                return null;
            });

            assertThat(assertTimeoutPreemptively(Duration.ofSeconds(20), stream::toList))
                    .noneMatch(line -> line.contains("\"SUCCEEDED\"") || line.contains("\"ROLLED_BACK\""));
        }
        box.letTheTimeToConfirmPass();
        Await.until(
                () -> anna.get("/api/v1/operations/" + id).json().path("state").asString(), "ROLLED_BACK"::equals);
    }

    @Test
    void takesHowAChangeIsToBeConfirmed() {
        anna.put(apps + "/blog", ENTRY);
        String apply = "/api/v1/hosts/" + attic + "/apply";

        String id = anna.post(apply, "{\"confirm\":\"manual\",\"confirmWithinSeconds\":300}")
                .json()
                .path("id")
                .asString();
        JsonNode waiting = Await.until(
                () -> anna.get("/api/v1/operations/" + id).json(),
                operation -> "AWAITING_CONFIRM".equals(operation.path("state").asString()));

        assertThat(waiting.path("confirm").path("secondsLeft").asInt()).isBetween(280, 300);
        assertThat(waiting.path("confirm").path("level").asString()).isEqualTo("app");
        assertThat(waiting.path("phases").get(0).path("phase").asString()).isEqualTo("resolve");
        assertThat(anna.post(apply, "{\"confirm\":\"never\"}").code()).isEqualTo("INVALID_INPUT");
        assertThat(anna.post(apply, "{\"confirmWithinSeconds\":5}").code()).isEqualTo("INVALID_INPUT");
        box.letTheTimeToConfirmPass();
        Await.until(
                () -> anna.get("/api/v1/operations/" + id).json().path("state").asString(), "ROLLED_BACK"::equals);
    }

    @Test
    void removesAnAppAndRollsOneBack() {
        anna.put(apps + "/blog", ENTRY);
        ended(anna.post(apps + "/blog/deploy", "{\"ref\":\"v1\"}"));
        ended(anna.post(apps + "/blog/deploy", "{\"ref\":\"v2\"}"));

        ended(anna.post(apps + "/blog/rollback", "{\"data\":true}"));
        assertThat(box.state()).contains(FakeBox.REV_1).doesNotContain(FakeBox.REV_2);
        ended(anna.post(apps + "/blog/remove", null));
        assertThat(box.state()).doesNotContain("blog");
    }

    @Test
    void givesLogsAsJsonLinesAndAsAStream() {
        anna.put(apps + "/blog", ENTRY);
        box.writeToJournal("blog", "one");
        box.writeToJournal("other", "not this one");
        box.writeToJournal("blog", "two \"quoted\"");

        Answer logs = anna.get(apps + "/blog/logs?lines=10");
        assertThat(logs.header("Content-Type").orElse("")).startsWith("application/x-ndjson");
        assertThat(logs.text().lines().count()).isEqualTo(2);
        assertThat(logs.text()).contains("two \\\"quoted\\\"");

        List<String> seen = new ArrayList<>();
        try (Stream<String> stream = anna.lines(apps + "/blog/logs?follow=true&lines=1")) {
            var lines = stream.iterator();
            while (seen.stream().noneMatch(line -> line.contains("three"))) {
                String line = lines.next();
                seen.add(line);
                if (line.contains("quoted")) {
                    box.writeToJournal("blog", "three");
                }
            }
        }
        assertThat(seen).noneMatch(line -> line.contains("\"one\""));
        assertThat(seen).anyMatch(line -> line.startsWith("id:j"));
    }

    @Test
    void searchesTheLogOfTheBoxAndGoesOnAfterAnEvent() {
        anna.put(apps + "/blog", ENTRY);
        box.writeToJournal("blog", "Out of memory");
        box.writeToJournal("other", "out of x");
        box.writeToJournal("blog", "fine");
        String logs = "/api/v1/hosts/" + attic + "/logs";

        Answer found = anna.get(logs + "?search=OUT%20OF");
        assertThat(found.header("Croft-Log-Complete")).hasValue("true");
        assertThat(found.text().lines()).hasSize(2);
        assertThat(anna.get(logs + "?follow=false&search=memory").text()).contains("croft-app-blog.service");

        List<String> seen = new ArrayList<>();
        try (Stream<String> stream = anna.lines(logs + "?follow=true&after=j2")) {
            var lines = stream.iterator();
            while (seen.stream().noneMatch(line -> line.contains("fine"))) {
                seen.add(lines.next());
            }
        }
        assertThat(seen).contains("event:line", "id:j3").noneMatch(line -> line.contains("out of x"));

        for (String wrong : List.of(
                "lines=0",
                "lines=10001",
                "priority=8",
                "boot=1",
                "search=",
                "after=a&before=b",
                "deployment=" + "0".repeat(26),
                "follow=true&before=j1",
                "follow=true&until=2026-05-04T12:00:00Z",
                "search=" + "x".repeat(201))) {
            Answer refused = anna.get(logs + "?" + wrong);
            assertThat(refused.status()).as(wrong).isEqualTo(400);
            assertThat(refused.text()).as(wrong).contains("INVALID_INPUT");
        }
        assertThat(anna.get(apps + "/nobody/logs").status()).isEqualTo(404);
    }

    @Test
    void aMetricThatThereIsNotIsRefusedByItsName() {
        Answer answer = anna.get("/api/v1/hosts/" + attic + "/metrics?series=cpu,wind");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("INVALID_INPUT");
        assertThat(answer.text()).contains("wind");
    }

    @Test
    void pagesOperationsWithLinks() {
        for (int i = 0; i < 3; i++) {
            ended(anna.post("/api/v1/hosts/" + attic + "/plan", null));
        }

        Answer first = anna.get("/api/v1/operations?host=" + attic + "&limit=2");
        String link = first.header("Link").orElseThrow();
        Answer second = anna.get(link.substring(link.indexOf("/api/"), link.indexOf('>')));

        assertThat(link).endsWith("rel=\"next\"");
        assertThat(first.json().size()).isEqualTo(2);
        assertThat(second.json().size()).isEqualTo(1);
        assertThat(second.header("Link")).isEmpty();
    }

    @Test
    void settingsAreDraftedReadBackAndDiscarded() {
        String settings = "/api/v1/hosts/" + attic + "/settings";
        Answer before = anna.get(settings);
        assertThat(before.json().path("draft").asBoolean()).isFalse();
        assertThat(before.json().path("timezone").asString()).isEqualTo("UTC");

        Answer put = anna.put(settings, "{\"timezone\":\"Europe/Paris\",\"firewall\":{\"tcp\":[9000]}}");

        assertThat(put.status()).as(put.text()).isEqualTo(200);
        JsonNode drafted = anna.get(settings).json();
        assertThat(drafted.path("draft").asBoolean()).isTrue();
        assertThat(drafted.path("name").asString()).isEqualTo("attic");
        assertThat(drafted.path("firewall").path("tcp").get(0).asInt()).isEqualTo(9000);
        assertThat(drafted.path("inForce").path("timezone").asString()).isEqualTo("UTC");
        assertThat(anna.put(settings, anna.get(settings).text()).status())
                .as("what is read can be sent back")
                .isEqualTo(200);
        JsonNode drafts = anna.get("/api/v1/hosts/" + attic + "/drafts").json();
        assertThat(drafts.size()).isEqualTo(1);
        assertThat(drafts.get(0).has("app")).isFalse();
        assertThat(drafts.get(0).path("savedBy").asString()).isEqualTo("anna");
        assertThat(drafts.get(0).path("edits").get(1).path("words").asString())
                .isEqualTo("port 9000 is opened in the firewall");
        assertThat(anna.delete(settings).status()).isEqualTo(204);
        assertThat(anna.get(settings).json()).isEqualTo(before.json());
    }

    @Test
    void aReviewTellsAllThatTheBoxFound() {
        var found = new HashMap<String, Object>();
        found.put("toplevel", "/nix/store/x-system");
        found.put("level", "host");
        found.put("reasons", List.of("firewall"));
        found.put(
                "units",
                Map.of("start", List.of(), "stop", List.of(), "restart", List.of("a.service"), "reload", List.of()));
        found.put("closure", List.of(Map.of("name", "curl", "from", List.of("8"), "to", List.of("9"), "bytes", 12)));
        found.put("bytesNeeded", 5_000_000_000L);
        found.put("bytesFree", 41_200_000_000L);
        found.put("boot", Map.of("bytesNeeded", 1, "bytesFree", 2));
        found.put(
                "ports",
                Map.of("opened", List.of(Map.of("protocol", "tcp", "from", 80, "to", 81)), "closed", List.of()));
        found.put("users", Map.of("added", List.of("ben"), "removed", List.of(), "changed", List.of()));
        found.put("reboot", Map.of("needed", true, "why", List.of("kernel")));
        found.put("postgresql", Map.of("from", 15, "to", 17));
        found.put(
                "data",
                List.of(Map.of(
                        "app",
                        "blog",
                        "bytes",
                        30,
                        "method",
                        "copy",
                        "databases",
                        List.of(Map.of("engine", "postgresql", "database", "shop", "bytes", 20)))));
        found.put("migrations", List.of("blog"));
        found.put("missingSecrets", List.of(Map.of("app", "blog", "name", "API_KEY")));
        box.reviewAs(found);

        JsonNode result =
                ended(anna.post("/api/v1/hosts/" + attic + "/plan", null)).path("result");
        assertThat(result.toString()).isNotEqualTo("{}");
        var json = new JsonMapper();
        assertThat(result).isEqualTo(json.readTree(json.writeValueAsString(found)));
    }

    @Test
    void anOperatorIsToldWhichEditNeedsAnAdministrator() {
        anna.put("/api/v1/hosts/" + attic + "/settings", "{\"timezone\":\"UTC\",\"firewall\":{\"tcp\":[9000]}}");

        Answer refused = as(Role.OPERATOR).post("/api/v1/hosts/" + attic + "/apply", "{}");

        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.code()).isEqualTo("NOT_ALLOWED");
        assertThat(refused.text()).contains("port 9000 is opened in the firewall");
    }

    @Test
    void nobodysEditIsOverwrittenUnseen() {
        String settings = "/api/v1/hosts/" + attic + "/settings";
        String read = anna.get(settings).header("ETag").orElseThrow();
        anna.put(settings, "{\"timezone\":\"Europe/Paris\"}");
        Answer late = anna.with("If-Match", read).put(settings, "{\"timezone\":\"Asia/Tokyo\"}");
        assertThat(late.status()).isEqualTo(409);
        assertThat(late.code()).isEqualTo("CONFLICT");

        assertThat(anna.with("If-None-Match", "*").put(apps + "/blog", ENTRY).status())
                .isEqualTo(200);
        assertThat(anna.with("If-None-Match", "*")
                        .put(apps + "/blog", ENTRY.replace("v1", "v2"))
                        .status())
                .isEqualTo(409);
        String tag = anna.get(apps + "/blog").header("ETag").orElseThrow();
        Answer second = anna.with("If-Match", tag).put(apps + "/blog", ENTRY.replace("v1", "v2"));
        assertThat(second.status()).as(second.text()).isEqualTo(200);
        assertThat(second.header("ETag")).isNotEqualTo(java.util.Optional.of(tag));
        assertThat(anna.with("If-Match", tag)
                        .put(apps + "/blog", ENTRY.replace("v1", "main"))
                        .status())
                .isEqualTo(409);
        assertThat(anna.with("If-Match", "*").put(apps + "/blog", ENTRY).status())
                .isEqualTo(400);
    }

    @Test
    void draftsAreListedAndDiscarded() {
        String drafts = "/api/v1/hosts/" + attic + "/drafts";
        anna.put(apps + "/blog", ENTRY);
        anna.put(apps + "/shop", ENTRY.replace("8080", "8081"));
        assertThat(anna.get(drafts).json().get(0).path("app").asString()).isEqualTo("blog");
        assertThat(anna.get(drafts)
                        .json()
                        .get(0)
                        .path("edits")
                        .get(0)
                        .path("words")
                        .asString())
                .startsWith("new app from https://git.example/blog.git (v1)");

        assertThat(anna.delete(drafts + "?app=blog").status()).isEqualTo(204);
        assertThat(anna.get(drafts).json().size()).isEqualTo(1);
        assertThat(anna.delete(drafts).status()).isEqualTo(204);
        assertThat(anna.get(drafts).json().size()).isZero();
    }

    @Test
    void generationsAreComparedPinnedAndLabelled() {
        String generations = "/api/v1/hosts/" + attic + "/generations";
        JsonNode marked = anna.send(
                        "PATCH", generations + "/1", "{\"pinned\":true,\"label\":\"the first\"}", "application/json")
                .json();
        assertThat(marked.path("pinned").asBoolean()).isTrue();
        assertThat(anna.get(generations).json().get(0).path("label").asString()).isEqualTo("the first");
        assertThat(anna.get(generations + "/compare?to=1")
                        .json()
                        .path("ports")
                        .path("opened")
                        .get(0)
                        .path("from")
                        .asInt())
                .isEqualTo(8080);
        assertThat(anna.get(generations + "/compare?from=1&to=99").status()).isEqualTo(404);
    }

    @Test
    void tellsWhatRunsIsMadeOfAndWhetherItComesOutTheSame() {
        String host = "/api/v1/hosts/" + attic;
        JsonNode closure = anna.get(host + "/closure").json();
        assertThat(closure.path("parts").size()).isEqualTo(2);
        assertThat(closure.path("parts").get(0).path("closureBytes").asLong()).isEqualTo(300);
        assertThat(closure.path("parts").get(0).path("sha256").asString()).isEqualTo("0".repeat(64));
        String glibc = closure.path("parts").get(1).path("path").asString();
        JsonNode ways = anna.get(host + "/closure/ways?path=" + glibc).json();
        assertThat(ways.size()).isEqualTo(1);
        assertThat(ways.get(0).get(0).path("name").asString()).isEqualTo("croft-app-shop");
        assertThat(anna.get(host + "/closure/ways?path=nothing").status()).isEqualTo(404);

        Answer bill = anna.get(host + "/sbom");
        assertThat(bill.header("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/vnd.cyclonedx+json"));
        assertThat(bill.header("Content-Disposition"))
                .hasValueSatisfying(told -> assertThat(told).contains(attic + ".cdx.json"));
        assertThat(bill.json().path("components").size()).isEqualTo(2);
        assertThat(anna.get(host + "/sbom?format=spdx")
                        .json()
                        .path("spdxVersion")
                        .asString())
                .isEqualTo("SPDX-2.3");
        assertThat(anna.get(host + "/sbom?format=pdf").code()).isEqualTo("INVALID_INPUT");

        assertThat(anna.get(host + "/verification").status()).isEqualTo(404);
        JsonNode verified = ended(anna.post(host + "/verify", null));
        assertThat(verified.path("kind").asString()).isEqualTo("verify");
        JsonNode standing = anna.get(host + "/verification").json();
        assertThat(standing.path("current").asBoolean()).isTrue();
        assertThat(standing.path("verification").path("verdict").asString()).isEqualTo("DIFFERS");
        assertThat(standing.path("verification")
                        .path("outputs")
                        .get(0)
                        .path("files")
                        .get(0)
                        .path("file")
                        .asString())
                .isEqualTo("share/built");
        box.contentsAre("d".repeat(64));
        assertThat(anna.get(host + "/verification").json().path("current").asBoolean(true))
                .isFalse();
    }

    @Test
    void tellsOfDisksGarbageAndDrift() {
        String host = "/api/v1/hosts/" + attic;
        JsonNode disk = anna.get(host + "/disk").json();
        assertThat(disk.path("pressure").path("level").asString()).isEqualTo("ok");
        assertThat(disk.path("policy").path("minFree").asLong()).isEqualTo(2L << 30);
        String digest = anna.post(host + "/gc/plan", null).json().path("digest").asString();
        JsonNode collected = ended(anna.post(host + "/gc", "{\"digest\":\"" + digest + "\"}"));
        assertThat(collected.path("kind").asString()).isEqualTo("gc");

        assertThat(anna.get(host + "/drift").json().has("configured")).isFalse();
        assertThat(anna.get(host + "/drift?evaluate=true").json().path("inSync").asBoolean())
                .isTrue();
        JsonNode returned = ended(anna.post(host + "/drift", "{\"what\":\"system\",\"action\":\"return\"}"));
        assertThat(returned.path("kind").asString()).isEqualTo("reconcile");
    }

    @Test
    void tellsTheVersionsOfAnAppAndTheCopiesOfItsData() {
        anna.put(apps + "/blog", ENTRY);
        ended(anna.post(apps + "/blog/deploy", null));
        JsonNode second = ended(anna.post(apps + "/blog/deploy", "{\"ref\":\"v2\"}"));

        JsonNode deployments = anna.get(apps + "/blog/deployments").json();
        assertThat(deployments.size()).isEqualTo(2);
        assertThat(deployments.get(0).path("current").asBoolean()).isTrue();
        assertThat(deployments.get(1).path("snapshot").path("operation").asString())
                .isEqualTo(second.path("id").asString());
        assertThat(anna.get(apps + "/blog/snapshots").json().get(0).path("rev").asString())
                .isEqualTo(FakeBox.REV_1);
    }

    // ---- bad input

    /** What a careless or hostile client sends to the endpoints of a whole box. */
    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("badInput")
    void refusesNamingWhatIsWrong(String method, String path, @Nullable String body, String named) {
        Answer answer = anna.send(method, "/api/v1/hosts/" + attic + path, body, "application/json");

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.text()).contains(named);
    }

    static Stream<Arguments> badInput() {
        return Stream.of(
                Arguments.of("PUT", "/settings", "{\"timezone\":7}", "timezone: a string is expected"),
                Arguments.of("PUT", "/settings", "{\"timzone\":\"UTC\"}", "timzone: unknown field"),
                Arguments.of("PUT", "/settings", "{\"name\":\"cellar\"}", "name: it is"),
                Arguments.of("PUT", "/settings", "[]", "an object is expected"),
                Arguments.of("PUT", "/settings", "not json", "it is not JSON"),
                Arguments.of("PUT", "/settings", "{\"users\":{\"root\":{}}}", "users.root: "),
                Arguments.of("PUT", "/settings", "{\"users\":{\"ada\":{\"keys\":[\"x\"]}}}", "users.ada.keys[0]: "),
                Arguments.of("PUT", "/settings", "{\"firewall\":{\"tcp\":[0]}}", "firewall.tcp: "),
                Arguments.of("PUT", "/settings", "{\"gc\":{\"keepGenerations\":1}}", "gc.keepGenerations: "),
                Arguments.of("DELETE", "/drafts?app=Not%20a%20name", null, "app name"),
                Arguments.of("GET", "/generations/compare", null, "to"),
                Arguments.of("GET", "/generations/compare?to=first", null, "to: the value"),
                Arguments.of("GET", "/generations/compare?to=0", null, "numbered from 1"),
                Arguments.of("PATCH", "/generations/1", "{}", "pinned or label"),
                Arguments.of("PATCH", "/generations/0", "{\"pinned\":true}", "numbered from 1"),
                Arguments.of("PATCH", "/generations/1", "{\"label\":\"a\\nb\"}", "label: "),
                Arguments.of("POST", "/gc/plan", "{\"keepGenerations\":1}", "keepGenerations: "),
                Arguments.of("POST", "/gc/plan", "{\"deleteGenerations\":[null]}", "deleteGenerations: "),
                Arguments.of("POST", "/gc", "{}", "digest: the field is missing"),
                Arguments.of("POST", "/gc", "{\"digest\":\"../../etc\"}", "digest: "),
                Arguments.of("GET", "/drift?evaluate=perhaps", null, "evaluate: the value"),
                Arguments.of("POST", "/drift", "{\"what\":\"flake\"}", "action: the field is missing"),
                Arguments.of("POST", "/drift", "{\"what\":\"FLAKE\",\"action\":\"adopt\"}", "what: it is one of"));
    }

    @Test
    void aProblemDocumentSaysWhatWhyAndNext() {
        Answer answer = anna.get("/api/v1/hosts/no-such-box");

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.header("Content-Type").orElse("")).startsWith("application/problem+json");
        JsonNode problem = answer.json();
        for (String member : List.of("type", "title", "status", "detail", "code", "what", "why", "next")) {
            assertThat(problem.has(member)).as(member).isTrue();
        }
        assertThat(problem.path("code").asString()).isEqualTo("NOT_FOUND");
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        assertThat(anna.put(apps + "/blog", ENTRY.replace("\"run\"", "\"runn\""))
                        .text())
                .contains("runn: unknown field");
        assertThat(anna.post("/api/v1/tokens", "{\"nam\":\"x\"}").text()).contains("nam: unknown field");
        assertThat(anna.get("/api/v1/nothing").status()).isEqualTo(404);
        assertThat(anna.get("/api/v1/nothing").code()).isEqualTo("NOT_FOUND");
        assertThat(anna.delete("/api/v1/hosts").status()).isIn(404, 405);
        assertThat(anna.put(apps + "/blog", "{").code()).isEqualTo("INVALID_INPUT");
        assertThat(anna.post("/api/v1/tokens", "[1").code()).isEqualTo("INVALID_INPUT");
        assertThat(anna.post(apps + "/My%20App/deploy", null).code()).isEqualTo("INVALID_INPUT");
        assertThat(anna.get("/api/v1/operations/x").code()).isEqualTo("INVALID_INPUT");
        assertThat(anna.get("/api/v1/operations/" + SOME_OPERATION).status()).isEqualTo(404);
        assertThat(anna.get("/api/v1/operations?limit=0").code()).isEqualTo("INVALID_INPUT");
        assertThat(anna.get("/api/v1/operations?limit=x").status()).isEqualTo(400);
    }

    @Test
    void refusesABodyThatIsTooLarge() {
        String large = "{\"name\":\"" + "x".repeat(5 * 1024 * 1024) + "\"}";

        assertThat(anna.put(apps + "/blog", large).status()).isEqualTo(413);
        assertThat(anna.post("/api/v1/tokens", large).status()).isEqualTo(413);
    }

    @Test
    void refusesAPortThatAnotherAppHas() {
        anna.put(apps + "/blog", ENTRY);

        Answer answer = anna.put(apps + "/shop", ENTRY);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("INVALID_INPUT");
        assertThat(answer.text()).contains("apps.shop.run.port").contains("apps.blog.run.port");
    }

    @Test
    void enrolsABoxThatAnswersAndOnlyOnce() {
        FakeBox other = Console.newBox();
        HostEndpoint endpoint = Console.place(other);
        String body = "{\"name\":\"%s\",\"address\":\"%s\",\"fingerprint\":\"%s\"}"
                .formatted(
                        "second-" + endpoint.address().replace(".", "-"), endpoint.address(), endpoint.fingerprint());
        other.cutLink();
        assertThat(anna.post("/api/v1/hosts", body).status()).isEqualTo(503);
        other.mendLink();

        assertThat(anna.post("/api/v1/hosts", body).status()).isEqualTo(201);
        Answer again = anna.post("/api/v1/hosts", body);
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.code()).isEqualTo("CONFLICT");
    }

    @Test
    void describesItself() {
        JsonNode description =
                Http.anonymous(console.port()).get("/v3/api-docs").json();

        for (Endpoint endpoint : ENDPOINTS) {
            assertThat(description
                            .path("paths")
                            .path(endpoint.mapped())
                            .has(endpoint.method().toLowerCase(java.util.Locale.ROOT)))
                    .as(endpoint.toString())
                    .isTrue();
        }
        assertThat(description.path("components").path("securitySchemes").has("token"))
                .isTrue();
    }

    // ---- words of this test

    private Answer ask(Http http, Endpoint endpoint, String host) {
        String path = endpoint.path()
                .replace("{host}", host)
                .replace("/rules/{kind}", "/rules/disk")
                .replace("{channel}", "x")
                .replace("/alerts/{id}", "/alerts/0")
                .replace("/silences/{id}", "/silences/0")
                .replace("{app}", "no-such-app")
                .replace("{number}", "1")
                .replace("{person}", "999999")
                .replace("{session}", "999999")
                .replace("{provider}", "nobody")
                .replace("{engine}", "postgresql")
                .replace("{database}", "x")
                .replace("{job}", "x")
                .replace("{target}", "x")
                .replace("{snapshot}", "x")
                .replace("{copy}", "x")
                .replace("{kind}", "redis")
                .replace("{volume}", "x")
                .replace("{major}", "15")
                .replace("{mailbox}", "ada@attic.example")
                .replace("{service}", "no-such-service")
                .replace("{name}", "x.example")
                .replace("/tokens/{id}", "/tokens/0")
                .replace("{id}", SOME_OPERATION);
        return http.send(endpoint.method(), path, endpoint.body(), "application/json");
    }

    private Http as(Role role) {
        String token = TOKENS.computeIfAbsent(
                role,
                unused -> console.asAnna(() -> console.get(Tokens.class)
                        .create("test", role, Scope.EVERYWHERE, null)
                        .secret()
                        .reveal()));
        return Http.anonymous(console.port()).with(token);
    }

    private JsonNode ended(Answer accepted) {
        assertThat(accepted.status()).as(accepted.text()).isEqualTo(202);
        return ended(accepted.json().path("id").asString());
    }

    private JsonNode ended(String id) {
        return Await.until(
                () -> anna.get("/api/v1/operations/" + id).json(),
                operation -> List.of("SUCCEEDED", "FAILED", "CANCELLED", "ROLLED_BACK")
                        .contains(operation.path("state").asString()));
    }
}
