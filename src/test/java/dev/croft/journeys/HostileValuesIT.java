package dev.croft.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.running.Api;
import dev.croft.running.ClaimedCroft;
import dev.croft.running.GitServer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Values that would hurt if any string on the way became code: carried through unharmed, or refused with words. */
class HostileValuesIT {

    private static final int PORT = 9300;
    private static final int LARGEST = 65_536;

    /** The largest values are apart: the kernel bounds an argument vector together with its environment. */
    private static final List<String> HOSTILE = List.of(
            "",
            "  blanks around  ",
            "\"double\" 'single' `backtick`",
            "$HOME ${HOME} $(id) `id` $$ !!",
            "${builtins.readFile \"/etc/shadow\"} ''${x} '' ''\\n ${",
            "%n %h %i %% % %5",
            "one line\nanother\r\n\ttabbed\n",
            "back\\slash \\n \\\\ \\x41 \\u0041 \\",
            "; rm -rf / & | > < * ? [a] {b,c} ~ # ; =",
            "-n --help",
            "\u0001\u001b[31mred\u001b[0m\u007f",
            "ñ 漢字 🌍 👩‍👩‍👧 \u202eright to left",
            "\n[Service]\nExecStart=/bin/false\n",
            "</script><script>alert(1)</script>");

    /** Tells the digests of the secrets that it was given as files. */
    private static final String DIGESTS = """
            import hashlib, json, os
            from http.server import BaseHTTPRequestHandler, HTTPServer
            from pathlib import Path

            class Handler(BaseHTTPRequestHandler):
                def do_GET(self):
                    files = Path(os.environ["CREDENTIALS_DIRECTORY"]).iterdir()
                    body = json.dumps({file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}).encode()
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
            """;

    private static ClaimedCroft running;
    private static GitServer.Repository repository;

    @BeforeAll
    static void start() {
        running = ClaimedCroft.shared();
        repository = running.git.create("hostile");
        repository.commit("main", GitServer.hello("v1"));
    }

    @Test
    void environmentReachesTheProcessAsItIs() {
        Map<String, String> env = new TreeMap<>();
        for (int i = 0; i < HOSTILE.size(); i++) {
            env.put("VALUE_" + i, HOSTILE.get(i));
        }
        env.put("LARGE", "${x}\"\\ü".repeat(LARGEST / 8).substring(0, LARGEST / 2));
        env.put("LARGEST", "x".repeat(LARGEST));

        JsonNode given = deployed(env, List.of()).get("env");

        assertThat(env)
                .allSatisfy((key, value) ->
                        assertThat(given.path(key).stringValue(null)).as(key).isEqualTo(value));
    }

    @Test
    void argumentsReachTheProcessAsTheyAre() {
        List<String> command = new ArrayList<>(List.of("python3", "-u", "main.py"));
        command.addAll(HOSTILE);
        command.add("${x}\"\\ü".repeat(1000));

        JsonNode given = deployed(Map.of(), command).get("argv");

        List<String> arguments = new ArrayList<>();
        given.forEach(argument -> arguments.add(argument.stringValue()));
        assertThat(arguments).isEqualTo(command.subList(3, command.size()));
    }

    /** The largest, bytes that are no text, line breaks at both ends: what the app has of each it tells by its digest. */
    @Test
    void secretsReachTheProcessToTheByte() throws Exception {
        byte[] random = new byte[LARGEST];
        new Random(20260504).nextBytes(random);
        Map<String, byte[]> values = new TreeMap<>(Map.of(
                "ALL_BYTES", "\n\r\n\0\u00ff and more\n\n".getBytes(StandardCharsets.ISO_8859_1),
                "LARGEST", random,
                "LINES", "-----BEGIN X-----\nabc\n-----END X-----\n".getBytes(StandardCharsets.UTF_8)));
        GitServer.Repository digests = running.git.create("digests");
        digests.commit("main", Map.of("main.py", DIGESTS));
        Map<String, Object> spec = ClaimedCroft.python(digests.url(), PORT + 1);
        Map<String, Object> run = ClaimedCroft.run(PORT + 1, Map.of(), List.of());
        run.put(
                "secrets",
                Map.of(
                        "ALL_BYTES",
                        Map.of("as", "file"),
                        "LARGEST",
                        Map.of("as", "file"),
                        "LINES",
                        Map.of("as", "file")));
        spec.put("run", run);
        running.api.put(ClaimedCroft.path("digests"), spec).expect(200);
        running.api.put(secret("ALL_BYTES"), values.get("ALL_BYTES")).expect(200);
        running.api.put(secret("LINES"), values.get("LINES")).expect(200);
        byte[] encoded = Base64.getMimeEncoder().encode(values.get("LARGEST"));
        running.api.put(secret("LARGEST") + "?encoding=base64", encoded).expect(200);
        assertThat(running.api
                        .put(secret("LARGEST"), new byte[LARGEST + 1])
                        .json()
                        .path("code")
                        .stringValue(""))
                .isEqualTo("INVALID_INPUT");

        JsonNode operation = running.api.deploy(ClaimedCroft.HOST, "digests", spec);

        assertThat(operation.get("state").stringValue())
                .as(operation.toPrettyString())
                .isEqualTo("SUCCEEDED");
        JsonNode given = JsonMapper.shared()
                .readTree(
                        running.croft.ask(running.urlOf("digests")).expect(200).text());
        for (Map.Entry<String, byte[]> each : values.entrySet()) {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(each.getValue());
            assertThat(given.path(each.getKey()).stringValue(""))
                    .as(each.getKey())
                    .isEqualTo(HexFormat.of().formatHex(digest));
        }
    }

    private static String secret(String name) {
        return ClaimedCroft.path("digests") + "/secrets/" + name;
    }

    @Test
    void refusesAValueWithNul() {
        assertRefused("nul", Map.of("run", ClaimedCroft.run(PORT, Map.of("KEY", "a\0b"), List.of())));
        assertRefused("nul", Map.of("run", ClaimedCroft.run(PORT, Map.of(), List.of("python3", "a\0b"))));
    }

    @Test
    void refusesAValueThatIsTooLarge() {
        assertRefused(
                "large", Map.of("run", ClaimedCroft.run(PORT, Map.of("KEY", "x".repeat(LARGEST + 1)), List.of())));
        // Characters are not bytes.
        assertRefused(
                "large", Map.of("run", ClaimedCroft.run(PORT, Map.of("KEY", "ü".repeat(LARGEST / 2 + 1)), List.of())));
        assertRefused("large", Map.of("run", ClaimedCroft.run(PORT, Map.of(), List.of("x".repeat(LARGEST + 1)))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "A=B", "1KEY", "KEY NAME", "KEY\n", "${KEY}", "ключ", "KEY\0"})
    void refusesAnEnvironmentNameThatIsNone(String key) {
        assertRefused("env-name", Map.of("run", ClaimedCroft.run(PORT, Map.of(key, "value"), List.of())));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Upper",
                "1st",
                "-dash",
                "a_b",
                "a.b",
                "a%20b",
                "a%0Ab",
                "a%22b",
                "a%24%7Bx%7D",
                "a%3Bid",
                "%2E%2E",
                "a%2Fb",
                "%F0%9F%8C%8D",
                "a%00b",
                "abcdefghijklmnopqrstuvwxyzabcdef"
            })
    void refusesAnAppNameThatIsNone(String name) {
        Api.Answer answer = running.api.put(ClaimedCroft.path(name), ClaimedCroft.python(repository.url(), PORT));

        assertThat(answer.status()).as(answer.text()).isBetween(400, 499);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a b.example",
                "a\".example",
                "${x}.example",
                "a;b.example",
                "a.example\n",
                "*",
                "-a.example",
                "a..example",
                "{.example",
                "🌍.example",
                "a\0.example",
                ""
            })
    void refusesADomainThatIsNone(String domain) {
        assertRefused("domain", Map.of("domains", List.of(domain)));
    }

    @Test
    void refusesADomainThatIsTooLong() {
        assertRefused("domain", Map.of("domains", List.of("a.".repeat(130) + "example")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:///etc",
                "/etc",
                "ext::sh -c id",
                "--upload-pack=id",
                "ftp://example.org/x.git",
                "http://example.org/x.git",
                "https://u:secret@example.org/x.git",
                "https://example.org/x.git\n--config",
                "git@-oProxyCommand=id:x",
                "https://exa mple.org/${x}",
                ""
            })
    void refusesASourceThatIsNotFetched(String url) {
        assertRefused("source", Map.of("source", Map.of("type", "git", "url", url, "ref", "main")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--upload-pack=id", "a b", "a..b", "a\nb", "a:b", "refs/heads/*", "\0"})
    void refusesARefThatIsNone(String ref) {
        assertRefused("ref", Map.of("source", Map.of("type", "git", "url", repository.url(), "ref", ref)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"healthz", "/a b", "/a\r\nHost: b", "/\0", ""})
    void refusesAHealthPathThatIsNone(String path) {
        assertRefused("health", Map.of("health", Map.of("path", path, "timeoutSeconds", 5)));
    }

    /** A refusal says which problem it is, what happened, why and what next, and keeps nothing. */
    private static void assertRefused(String app, Map<String, Object> change) {
        Map<String, Object> spec = new LinkedHashMap<>(ClaimedCroft.python(repository.url(), PORT));
        spec.putAll(change);

        Api.Answer answer = running.api.put(ClaimedCroft.path(app), spec);

        assertThat(answer.status()).as(answer.text()).isBetween(400, 499);
        assertThat(answer.json().path("code").stringValue("")).isIn("INVALID_INPUT", "SOURCE_REFUSED", "BAD_REQUEST");
        assertThat(answer.text()).doesNotContain("secret@");
        assertThat(running.api.get(ClaimedCroft.path(app)).status()).isEqualTo(404);
    }

    /** What the process says it was given. */
    private static JsonNode deployed(Map<String, String> env, List<String> command) {
        Map<String, Object> spec = ClaimedCroft.python(repository.url(), PORT);
        spec.put("run", ClaimedCroft.run(PORT, env, command));
        JsonNode operation = running.api.deploy(ClaimedCroft.HOST, "hostile", spec);
        assertThat(operation.get("state").stringValue())
                .as(operation.toPrettyString())
                .isEqualTo("SUCCEEDED");
        return JsonMapper.shared()
                .readTree(running.croft
                        .ask(running.urlOf("hostile") + "/env")
                        .expect(200)
                        .text());
    }
}
