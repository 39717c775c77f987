package dev.croft.drills;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.journeys.Browser;
import dev.croft.journeys.WizardPages;
import dev.croft.running.Api;
import dev.croft.running.ClaimedCroft;
import dev.croft.running.Command;
import dev.croft.running.Croft;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The console runs on the box that it changes, from the module {@code services.croft}, and is reached through the box's web server: it
 * finds its box by itself, takes it to a first app by its wizard and survives its own upgrade; what comes from the box proves no path, what shuts the operator out goes back,
 * and so does what loses its console.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OwnBoxIT {

    private static final int PORT = 8080;
    private static final String DOMAIN = "hello.own.test";
    private static final String FLAKE = "/var/lib/croft/flake/";
    private static final String DATA = "/var/lib/croft-console/";
    private static final String HOST = "/api/v1/hosts/" + ClaimedCroft.HOST;
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofMinutes(3);
    /** Least time to confirm. */
    private static final int SECONDS = 15;

    private Croft croft;
    private URI address;
    private Api api;

    @BeforeAll
    void movesIntoTheBox() throws IOException {
        croft = Croft.fresh("own-box");
        croft.up();
        ProcessHandle outside = croft.console();
        Path program = Files.readSymbolicLink(Path.of("/proc", Long.toString(outside.pid()), "cwd"));
        outside.destroy();
        outside.onExit().join();
        copy(Path.of(System.getProperty("java.home")), "/opt/jdk");
        copy(program, "/opt/croft");

        address = URI.create("http://" + croft.address() + "/");
        croft.inBox("mv", FLAKE + "host/default.nix", FLAKE + "host/provisioned.nix")
                .orFail();
        write("host/default.nix", "{ imports = [ ./provisioned.nix ./console.nix ]; }\n");
        commitConsole("/opt/croft", address.getHost());
        croft.inBox("nixos-rebuild", "switch", "--flake", "git+file://" + FLAKE + "#" + ClaimedCroft.HOST)
                .orFail();
        awaitAnswer();
    }

    @AfterAll
    void stop() {
        croft.down();
    }

    /** Through nginx, whose own configuration the last click changes. */
    @Test
    @Order(0)
    void aFirstAppIsLiveByTheWizard() throws IOException {
        String claim = Files.readString(croft.inRoot(DATA + "console/claim")).strip();
        try (Browser browser = new Browser()) {
            WizardPages pages = new WizardPages(browser);
            pages.claim(address.resolve("setup#" + claim), ClaimedCroft.USERNAME, ClaimedCroft.PASSWORD);
            pages.next("box", "identity");
            pages.chooseTimezone("Asia/Tokyo");
            pages.next("identity", "domain");
            pages.chooseDomain(DOMAIN);
            pages.nextFromTheDomain();
            pages.next("sign-in", "backups");
            pages.skip("backups", "app");
            pages.putLive();
            // of the box on which it runs it does not keep by itself what could shut its operator out
            pages.keep();

            assertThat(pages.live()).isEqualTo("https://" + DOMAIN);
            assertThat(croft.overHttps(DOMAIN, "/").orFail().out()).contains("Your first app is live");
            assertThat(pages.clicks()).as("clicks from the first page").isLessThanOrEqualTo(11);
            assertThat(pages.typed()).as("typed fields").isLessThanOrEqualTo(4);
            assertThat(browser.errors()).isEmpty();
        }
        api = Api.signedIn(address, ClaimedCroft.USERNAME, ClaimedCroft.PASSWORD);
    }

    @Test
    @Order(1)
    void theConsoleIsConfinedAndHasItsBox() {
        assertThat(api.get(HOST).expect(200).json().get("address").stringValue())
                .isEqualTo("127.0.0.1");
        assertThat(console("User")).isEqualTo("User=croft-console");
        assertThat(said("stat", "--format=%U %a", DATA)).isEqualTo("croft-console 700");
        assertThat(said("ss", "-Hltn", "sport = :" + PORT).split("\\s+")[3]).contains("127.0.0.1");
        assertThat(said("cat", "/var/lib/croft-console-keys/authorized/croft-host"))
                .startsWith("restrict,command=\"/run/current-system/sw/bin/croft-host\" ssh-ed25519 ");
        Command.Result analysis =
                croft.inBox("systemd-analyze", "security", "--no-pager", "--threshold=20", "croft-console.service");
        assertThat(analysis.exit()).as(analysis.out()).isZero();
    }

    @Test
    @Order(1)
    void onlyARequestFromOutsideConfirms() {
        String operation = apply(8443, 60);
        awaitState(operation, "AWAITING_CONFIRM");

        assertThat(confirmedFromTheBox("http://127.0.0.1:" + PORT + "/", operation))
                .contains("CONFIRM_REFUSED");
        assertThat(confirmedFromTheBox(address.toString(), operation)).contains("CONFIRM_REFUSED");
        assertThat(api.operation(operation).get("state").stringValue()).isEqualTo("AWAITING_CONFIRM");

        api.postAfresh("/api/v1/operations/" + operation + "/confirm", Map.of()).expect(200);
        assertThat(api.ended(operation).get("state").stringValue()).isEqualTo("SUCCEEDED");
        assertThat(firewall()).contains("8443");
    }

    /** The owner gives the console another name, which does not lead here. */
    @Test
    @Order(2)
    void aChangeThatShutsTheOperatorOutGoesBack() throws IOException {
        commitConsole("/opt/croft", "elsewhere.example");
        try {
            String operation = apply(8444, SECONDS);
            Api.await(MINUTE, this::reachable, answers -> !answers);

            awaitAnswer(Duration.ofSeconds(SECONDS + 15));
            assertThat(api.ended(operation).get("state").stringValue()).isEqualTo("ROLLED_BACK");
        } finally {
            commitConsole("/opt/croft", address.getHost());
        }
    }

    @Test
    @Order(3)
    void aChangeWhoseConsoleDiesGoesBack() {
        String operation = apply(8444, SECONDS);
        awaitState(operation, "AWAITING_CONFIRM");
        assertThat(firewall()).contains("8444");
        String before = console("MainPID");
        croft.inBox("systemctl", "kill", "--signal=KILL", "croft-console").orFail();

        Api.await(Duration.ofSeconds(SECONDS + 15), this::firewall, rules -> !rules.contains("8444"));
        awaitAnswer();
        assertThat(console("MainPID")).isNotEqualTo(before);
        assertThat(api.ended(operation).get("state").stringValue()).isEqualTo("ROLLED_BACK");
    }

    /** The switch restarts the very console that runs the operation. */
    @Test
    @Order(4)
    void theConsoleSurvivesItsOwnUpgrade() throws IOException {
        croft.inBox("cp", "-a", "--reflink=auto", "/opt/croft", "/opt/croft-next")
                .orFail();
        commitConsole("/opt/croft-next", address.getHost());
        String before = console("MainPID");
        String operation = apply(8445, 120);
        Api.await(SHORT, () -> console("MainPID"), pid -> !pid.equals(before) && !pid.equals("MainPID=0"));
        awaitAnswer();
        awaitState(operation, "AWAITING_CONFIRM");
        assertThat(console("WorkingDirectory")).isEqualTo("WorkingDirectory=/opt/croft-next");

        api.postAfresh("/api/v1/operations/" + operation + "/confirm", Map.of()).expect(200);
        assertThat(api.ended(operation).get("state").stringValue()).isEqualTo("SUCCEEDED");
        assertThat(firewall()).contains("8445");
        assertThat(api.get("/api/v1/operations")
                        .expect(200)
                        .json()
                        .get(0)
                        .get("id")
                        .stringValue())
                .isEqualTo(operation);
    }

    private String apply(int port, int seconds) {
        api.put(HOST + "/settings", Map.of("firewall", Map.of("tcp", List.of(port))))
                .expect(200);
        return api.post(HOST + "/apply", Map.of("confirmWithinSeconds", seconds))
                .expect(202)
                .json()
                .get("id")
                .stringValue();
    }

    private void awaitState(String operation, String wanted) {
        Api.await(
                SHORT,
                () -> api.operation(operation),
                seen -> wanted.equals(seen.get("state").stringValue()));
    }

    /** With the operator's own token, from a shell on the box. */
    private String confirmedFromTheBox(String console, String operation) {
        return croft.inBox(
                        "curl",
                        "--silent",
                        "--request",
                        "POST",
                        "--header",
                        "Authorization: Bearer " + api.token(),
                        console + "api/v1/operations/" + operation + "/confirm")
                .orFail()
                .out();
    }

    /** The owner's own commit. */
    private void commitConsole(String directory, String domain) throws IOException {
        write("host/console.nix", """
                {
                  services.croft = {
                    enable = true;
                    package = "%s";
                    jdk = "/opt/jdk";
                    port = %d;
                    domain = "%s";
                    tls = "none";
                  };
                }
                """.formatted(directory, PORT, domain));
        croft.inBox("git", "-C", FLAKE, "add", "--all").orFail();
        croft.inBox(
                        "git",
                        "-C",
                        FLAKE,
                        "-c",
                        "user.name=Ada",
                        "-c",
                        "user.email=ada@example.org",
                        "commit",
                        "--quiet",
                        "--message=The console from " + directory + " at " + domain)
                .orFail();
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(croft.inRoot(FLAKE + file), text);
    }

    private String console(String property) {
        return said("systemctl", "show", "--property=" + property, "croft-console");
    }

    private String said(String... argv) {
        return croft.inBox(argv).orFail().out().strip();
    }

    private void copy(Path from, String to) throws IOException {
        Path target = croft.inRoot(to);
        Files.createDirectories(target.getParent());
        Command.run(SHORT, "cp", "-a", "--reflink=auto", from.toString(), target.toString())
                .orFail();
    }

    private void awaitAnswer() {
        awaitAnswer(SHORT);
    }

    private void awaitAnswer(Duration limit) {
        // For a tenth of a second after a reload the web server's old worker answers some connections, too.
        Api.await(limit, () -> reachable() && webServerHasSettled(), answers -> answers);
    }

    private boolean webServerHasSettled() {
        Command.Result workers = croft.inBox("pgrep", "--count", "--full", "^nginx: worker process$");
        return workers.out().strip().equals("1");
    }

    /** Over a connection that is opened for this. */
    private boolean reachable() {
        return Api.fetchAfresh(address.resolve("/api/v1/status").toString()).status() == 200;
    }

    private String firewall() {
        return said("nft", "list", "ruleset");
    }
}
