package dev.croft.journeys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.assertions.LocatorAssertions;
import dev.croft.running.Api;
import dev.croft.running.ClaimedCroft;
import dev.croft.running.Command;
import dev.croft.running.ComposedCroft;
import dev.croft.running.GitServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An app gets a database, a secret and a domain with a certificate by clicks alone, on the real servers; what it was given is read from the
 * app itself, over HTTPS. The steps build on each other.
 */
@Tag(ComposedCroft.TAG)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AttachIT {

    private static final String APP = "attached";
    private static final String DOMAIN = "attached.croft.test";
    private static final int PORT = 9230;
    private static final double OPERATION_MILLIS = 180_000;
    private static final Duration SOON = Duration.ofSeconds(30);
    /** The page asks the box every five seconds. */
    private static final LocatorAssertions.ContainsTextOptions IN_A_WHILE =
            new LocatorAssertions.ContainsTextOptions().setTimeout(30_000);

    private static final JsonMapper JSON = new JsonMapper();

    private ClaimedCroft running;
    private Browser browser;

    @BeforeAll
    void start() {
        running = ClaimedCroft.shared();
        GitServer.Repository repository = running.git.create(APP);
        repository.commit("main", GitServer.hello("v1"));
        // Other journeys on this box may have left drafts; here everything that waits is applied.
        running.api.delete("/api/v1/hosts/" + ClaimedCroft.HOST + "/drafts");
        running.api
                .put(ClaimedCroft.path(APP), ClaimedCroft.python(repository.url(), PORT))
                .expect(200);
        browser = new Browser();
        open("apps/" + APP);
        browser.signIn(ClaimedCroft.USERNAME, ClaimedCroft.PASSWORD);
        browser.page().waitForURL(url -> URI.create(url).getPath().equals("/apps/" + APP));
    }

    @AfterAll
    void stop() {
        if (browser != null) {
            browser.close();
        }
    }

    @AfterEach
    void noScriptHasFailed() {
        assertThat(browser.errors()).isEmpty();
    }

    @Test
    @Order(1)
    void getsADatabaseASecretAndADomainByClicks() {
        open("apps/" + APP + "/environment");
        browser.fill("app-domain", DOMAIN);
        browser.click("#app-web-section vaadin-details-summary");
        choose("app-tls", "Self-signed");
        browser.click("#app-save");
        assertThat(browser.page().locator("#app-diff")).containsText(DOMAIN);

        browser.click("#secret-new");
        browser.fill("secret-name", "API_KEY");
        browser.fill("secret-value", "the first one");
        browser.click("#secret-save");
        assertThat(secret()).hasAttribute("data-box", "THERE");

        open("apps/" + APP + "/attachments");
        browser.click("#attach-postgresql");
        assertThat(browser.page().locator("#attachments")).containsText("DATABASE_URL");
        browser.click("#attach-review");
    }

    @Test
    @Order(2)
    void theReviewSaysWhatComesAndApplyMakesIt() {
        browser.click("#review, #review-again");
        assertThat(browser.page().locator("#review-verdict"))
                .isVisible(new LocatorAssertions.IsVisibleOptions().setTimeout(OPERATION_MILLIS));
        assertThat(browser.page().locator("#review-units")).containsText("postgresql.service");
        Locator https = browser.page().locator("#review-ports [data-port='443/tcp']");
        if (isOpen(443)) {
            // For an app with a domain that was there before.
            assertThat(https).hasCount(0);
        } else {
            assertThat(https).hasAttribute("data-kind", "opened");
        }
        browser.picture("review-attached");
        browser.click("#apply");
        awaitDrawer("SUCCEEDED");

        JsonNode given = Api.await(Duration.ofMinutes(3), () -> overHttps("env"), env -> env.has("DATABASE_URL"));
        assertThat(given.path("DATABASE_URL").stringValue("")).startsWith("postgresql:");
        assertThat(given.path("API_KEY").stringValue("")).isEqualTo("the first one");
    }

    private boolean isOpen(int port) {
        return Pattern.compile("\\b" + port + "\\b")
                .matcher(running.croft
                        .inBox("nft", "list", "table", "inet", "nixos-fw")
                        .out())
                .find();
    }

    @Test
    @Order(3)
    void theDatabaseIsThereWithItsSizeAndAnswersInTheConsole() {
        open("services/postgresql");
        Locator row = browser.page().locator("#content tr[data-database=" + APP + "]");
        assertThat(row).containsText(Pattern.compile("[0-9.]+ MB"));
        assertThat(row.locator("a")).hasText(APP);
        browser.picture("databases");

        open("services/postgresql/console");
        browser.fill("sql-text", "SELECT current_user, current_database()");
        browser.click("#sql-run");
        assertThat(browser.page().locator("#sql-result")).containsText("croft-app-" + APP);
        assertThat(browser.page().locator("#sql-said")).containsText("1 row");
    }

    @Test
    @Order(4)
    void aSecretIsRotatedAndTheAppSeesTheNewOne() {
        open("apps/" + APP + "/environment");
        secret().locator(".secret-replace").click();
        browser.fill("secret-value", "the second one");
        browser.click("#secret-save");
        assertThat(browser.page().locator("#secret-note")).containsText("croft-app-" + APP + ".service");
        browser.picture("secrets");

        Api.await(SOON, () -> overHttps("env").path("API_KEY").stringValue(""), "the second one"::equals);
    }

    @Test
    @Order(5)
    void aSecretThatIsNoTextComesFromAFile() throws IOException {
        Path store = Files.createTempFile("store", ".p12");
        Path larger = Files.createTempFile("larger", ".p12");
        byte[] content = new byte[65_536];
        new Random(4).nextBytes(content);
        Files.write(store, content);
        Files.write(larger, Arrays.copyOf(content, content.length + 1));
        open("apps/" + APP + "/environment");
        browser.click("#secret-new");
        browser.fill("secret-name", "KEY_STORE");
        Locator chooser = browser.page().locator("#secret-file-upload input[type=file]");
        chooser.setInputFiles(larger);
        assertThat(browser.page().locator("#secret-value"))
                .containsText("The file is too large: a value has at most 64 KiB.");

        chooser.setInputFiles(store);
        assertThat(browser.page().locator("#secret-value textarea"))
                .hasAttribute("placeholder", Pattern.compile("The file store.*p12, 65\\.5 kB"));
        browser.picture("secret-file");
        browser.click("#secret-save");
        assertThat(browser.page().locator("[data-secret=KEY_STORE]")).hasAttribute("data-box", "THERE");
        Files.delete(store);
        Files.delete(larger);

        long bytes = -1;
        for (JsonNode each :
                running.api.get(ClaimedCroft.path(APP) + "/secrets").expect(200).json()) {
            bytes = each.path("name").stringValue("").equals("KEY_STORE")
                    ? each.path("bytes").longValue()
                    : bytes;
        }
        assertThat(bytes).isEqualTo(65_536);
    }

    @Test
    @Order(6)
    void aFileOfTheAppIsDownloadedByteForByte() throws IOException, NoSuchAlgorithmException {
        String written = running.croft
                .inBox(
                        "sh",
                        "-c",
                        "cd /var/lib/croft/apps/" + APP
                                + " && head -c 700000 /dev/urandom >report.bin && sha256sum <report.bin")
                .orFail()
                .out();
        open("apps/" + APP + "/storage");
        Download download = browser.page()
                .waitForDownload(() ->
                        browser.page().locator("[data-file='report.bin'] a").click());

        assertThat(download.suggestedFilename()).isEqualTo("report.bin");
        byte[] content = Files.readAllBytes(download.path());
        assertThat(content).hasSize(700_000);
        assertThat(written).startsWith(sha256(content));
        // Nothing may wait for the next step.
        running.api.delete("/api/v1/hosts/" + ClaimedCroft.HOST + "/drafts");
    }

    @Test
    @Order(7)
    void aSettingOfTheServerIsInForceAfterAClick() {
        open("services/postgresql/settings");
        Locator setting = browser.page().locator("#setting-work_mem");
        assertThat(setting).containsText("In force: 4MB");
        browser.fill("setting-work_mem", "9M");
        browser.click("#service-save");
        browser.click("#settings-review");
        browser.click("#review, #review-again");
        assertThat(browser.page().locator("#review-verdict"))
                .isVisible(new LocatorAssertions.IsVisibleOptions().setTimeout(OPERATION_MILLIS));
        browser.click("#apply");
        awaitDrawer("SUCCEEDED");

        open("services/postgresql/settings");
        assertThat(setting).containsText("In force: 9MB", IN_A_WHILE);
    }

    @Test
    @Order(8)
    void theDomainIsOnTheBoardWithItsCertificate() {
        open("domains");
        Locator row = browser.page().locator("[data-domain='" + DOMAIN + "']");
        assertThat(row).containsText(APP);
        assertThat(row).hasAttribute("data-kind", "self-signed");
        browser.picture("domains");
    }

    @Test
    @Order(9)
    void aServerThatStopsNamesTheAppsThatItTakesAlong() {
        open("services");
        Locator order = browser.page().locator("#service-graph");
        assertThat(order.locator("[data-unit='postgresql.service']")).containsText("Runs");
        assertThat(order.locator("[data-unit='croft-app-" + APP + ".service']")).containsText("Runs");
        assertThat(order.locator("croft-graph-lines path.strong")).hasCount(2);
        browser.picture("services");

        running.croft.inBox("systemctl", "stop", "postgresql.service").orFail();
        assertThat(order.locator("[data-down='postgresql.service']"))
                .containsText("PostgreSQL is stopped. It takes these apps along: " + APP, IN_A_WHILE);
        assertThat(order.locator("[data-unit='croft-app-" + APP + ".service']")).containsText("Stopped", IN_A_WHILE);
        assertThat(browser.page().locator("#service-postgresql")).containsText("Not running", IN_A_WHILE);
        browser.picture("services-down");

        running.croft.inBox("systemctl", "start", "postgresql.target").orFail();
        assertThat(order.locator("[data-unit='croft-app-" + APP + ".service']")).containsText("Runs", IN_A_WHILE);
        open("apps/" + APP + "/attachments");
        assertThat(browser.page().locator("#app-order")).containsText("PostgreSQL database of " + APP, IN_A_WHILE);
    }

    private Locator secret() {
        return browser.page().locator("[data-secret=API_KEY]");
    }

    private void choose(String select, String words) {
        browser.click("#" + select);
        browser.page().locator("vaadin-select-item").getByText(words).first().click();
    }

    private void open(String path) {
        browser.page().navigate(running.croft.url().resolve("/" + path).toString());
    }

    private void awaitDrawer(String state) {
        Locator drawer = browser.page().locator("#operation-drawer");
        assertThat(drawer)
                .hasAttribute(
                        "data-state",
                        Pattern.compile("SUCCEEDED|FAILED|CANCELLED|ROLLED_BACK"),
                        new LocatorAssertions.HasAttributeOptions().setTimeout(OPERATION_MILLIS));
        assertThat(drawer).hasAttribute("data-state", state);
    }

    /** What the app was given, over HTTPS. */
    private JsonNode overHttps(String path) {
        Command.Result answer = running.croft.overHttps(DOMAIN, "/" + path);
        return answer.exit() == 0 ? JSON.readTree(answer.out()).path("env") : JSON.createObjectNode();
    }

    private static String sha256(byte[] content) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }
}
