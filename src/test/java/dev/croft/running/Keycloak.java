package dev.croft.running;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A real Keycloak with the realm "home", for tests: one that Maven brings and that keeps nothing, or the one of docker-compose.test.yml. */
public final class Keycloak implements AutoCloseable {

    private static final Path HOME = Path.of("target", "keycloak").toAbsolutePath();
    private static final String ADMIN = "admin";
    private static final String ADMIN_WORD = "the word of the admin";
    private static final Duration START = Duration.ofMinutes(10);

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI address;
    private final String issuer;
    /** Null: whoever started it ends it. */
    private final Process process;

    private final Path data;
    private String removedMapper = "";

    /** The one that a console can ask: where that is in Docker, the one beside it. */
    public static Keycloak of(Croft croft) {
        return croft instanceof ComposedCroft ? new Keycloak() : new Keycloak(croft.url());
    }

    private Keycloak() {
        address = URI.create("http://127.0.0.1:8081");
        issuer = ComposedCroft.ISSUER;
        process = null;
        data = null;
    }

    /** @param console where it is told of people who leave */
    private Keycloak(URI console) {
        Path program = unpacked();
        int port = Croft.freePort();
        address = URI.create("http://127.0.0.1:" + port);
        issuer = address + "/realms/home";
        try {
            data = Files.createTempDirectory("croft-keycloak");
            Path realms = Files.createDirectories(program.resolve("data/import"));
            Files.copy(
                    Path.of("src/test/resources/keycloak/home-realm.json"),
                    realms.resolve("home-realm.json"),
                    StandardCopyOption.REPLACE_EXISTING);
            var start = new ProcessBuilder(
                            program.resolve("bin/kc.sh").toString(),
                            "start-dev",
                            "--db=dev-mem",
                            "--http-host=127.0.0.1",
                            // Behind a proxy it calls itself as the proxy says (Between); without one, as it was asked.
                            "--proxy-headers=xforwarded",
                            "--http-port=" + port,
                            "--http-management-port=" + Croft.freePort(),
                            "--import-realm",
                            "--cache=local")
                    .redirectErrorStream(true)
                    .redirectOutput(data.resolve("log").toFile());
            start.environment()
                    .putAll(Map.of(
                            "CROFT_CONSOLE",
                            console.toString().replaceAll("/$", ""),
                            "KC_BOOTSTRAP_ADMIN_USERNAME",
                            ADMIN,
                            "KC_BOOTSTRAP_ADMIN_PASSWORD",
                            ADMIN_WORD,
                            "JAVA_OPTS_KC_HEAP",
                            "-Xms64m -Xmx400m",
                            "JAVA_HOME",
                            System.getProperty("java.home")));
            process = start.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(this::kill));
        Api.await(START, () -> Api.fetch(issuer() + "/.well-known/openid-configuration"), answer -> {
            if (!process.isAlive()) {
                throw new AssertionError("Keycloak ended: " + log());
            }
            return answer.status() == 200;
        });
    }

    private static Path unpacked() {
        if (!Files.isDirectory(HOME)) {
            Command.run(START, "mvn", "-B", "-ntp", "-q", "dependency:unpack@keycloak")
                    .orFail();
        }
        try (Stream<Path> inside = Files.list(HOME)) {
            return inside.filter(each -> Files.isExecutable(each.resolve("bin/kc.sh")))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("No Keycloak in " + HOME));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String issuer() {
        return issuer;
    }

    /** Where it listens, whatever stands in front. */
    public URI address() {
        return address;
    }

    /** Closes an account and ends its sessions, as the administrator of a company does when somebody leaves it. */
    public void close(String username) {
        JsonNode found = administer("GET", "/users?exact=true&username=" + username, "");
        administer("PUT", "/users/" + found.get(0).get("id").stringValue(), "{\"enabled\":false}");
    }

    /** What makes the claim "realm_access.roles" of people's roles. */
    public void removeTheMapperOfRoles() {
        String client = "/clients/"
                + administer("GET", "/clients?clientId=croft", "")
                        .get(0)
                        .get("id")
                        .stringValue()
                + "/protocol-mappers/models";
        for (JsonNode mapper : administer("GET", client, "")) {
            if ("roles".equals(mapper.get("name").stringValue())) {
                removedMapper = mapper.toString();
                administer("DELETE", client + "/" + mapper.get("id").stringValue(), "");
            }
        }
    }

    public void putTheMapperOfRolesBack() {
        String client = administer("GET", "/clients?clientId=croft", "")
                .get(0)
                .get("id")
                .stringValue();
        administer("POST", "/clients/" + client + "/protocol-mappers/models", removedMapper);
    }

    /** How long tokens are good that it gives from now on. */
    public void letTokensLast(Duration life) {
        administer("PUT", "", "{\"accessTokenLifespan\":" + life.toSeconds() + "}");
    }

    private JsonNode administer(String method, String path, String body) {
        String token = send(
                        "/realms/master/protocol/openid-connect/token",
                        "POST",
                        "grant_type=password&client_id=admin-cli&username=" + ADMIN + "&password="
                                + URLEncoder.encode(ADMIN_WORD, StandardCharsets.UTF_8),
                        "application/x-www-form-urlencoded",
                        "")
                .get("access_token")
                .stringValue();
        return send("/admin/realms/home" + path, method, body, "application/json", token);
    }

    private JsonNode send(String path, String method, String body, String type, String token) {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(address().resolve(path))
                    .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                    .header("Content-Type", type);
            if (!token.isEmpty()) {
                request.header("Authorization", "Bearer " + token);
            }
            HttpResponse<String> answer = http.send(request.build(), BodyHandlers.ofString());
            if (answer.statusCode() / 100 != 2) {
                throw new AssertionError(path + ": " + answer.statusCode() + " " + answer.body());
            }
            return answer.body().isEmpty()
                    ? JsonMapper.shared().createObjectNode()
                    : JsonMapper.shared().readTree(answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private String log() {
        try {
            List<String> lines = Files.readAllLines(data.resolve("log"));
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    @Override
    public void close() {
        if (process == null) {
            return;
        }
        kill();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        Command.run(Duration.ofMinutes(1), "rm", "-rf", data.toString()).orFail();
    }
}
