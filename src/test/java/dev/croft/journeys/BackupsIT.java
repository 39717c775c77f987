package dev.croft.journeys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.assertions.PageAssertions;
import dev.croft.running.Api;
import dev.croft.running.ClaimedCroft;
import dev.croft.running.ComposedCroft;
import dev.croft.running.GitServer;
import dev.croft.running.S3Server;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
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
import tools.jackson.databind.node.ObjectNode;

/**
 * An app with a database and files is backed up over SFTP and to a bucket by clicks, restored beside and in place, and what the restore
 * replaced comes back; a damaged place is told. The steps build on each other.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BackupsIT {

    private static final String APP = "kept";
    private static final String HOST = "/api/v1/hosts/" + ClaimedCroft.HOST;
    private static final double OPERATION_MILLIS = 240_000;
    private static final LocatorAssertions.ContainsTextOptions IN_A_WHILE =
            new LocatorAssertions.ContainsTextOptions().setTimeout(60_000);

    /** A server of its own on the box, with an account of its own, that nobody has a key of yet. */
    private static final String SERVER = """
            set -e
            systemctl stop depot-sshd.service 2>/dev/null || true
            rm -rf /srv/depot /srv/depot-keys
            id depot >/dev/null 2>&1 || useradd --system --password '*' --home-dir /srv/depot --shell /usr/sbin/nologin depot
            mkdir -m 0755 /srv/depot /srv/depot-keys
            install -d -o depot -m 0700 /srv/depot/data
            cd /srv/depot-keys
            ssh-keygen -q -t ed25519 -N '' -f host
            touch authorized
            printf '%s\\n' 'Port 2227' 'ListenAddress 127.0.0.1' 'HostKey /srv/depot-keys/host' \\
              'AuthorizedKeysFile /srv/depot-keys/authorized' 'PasswordAuthentication no' 'StrictModes no' 'PidFile none' \\
              'Subsystem sftp internal-sftp' 'ForceCommand internal-sftp' 'ChrootDirectory /srv/depot' 'AllowUsers depot' > config
            systemd-run --quiet --unit=depot-sshd --property=RuntimeDirectory=sshd --property=RuntimeDirectoryPreserve=yes /usr/sbin/sshd -D -e -f /srv/depot-keys/config
            for i in $(seq 100); do ss -ltn | grep -q 127.0.0.1:2227 && break; sleep 0.1; done
            ssh-keygen -lf host.pub | cut -d' ' -f2
            """;

    /** Names, kinds, modes, owners, sizes, times, links and contents of all files, and the rows. */
    private static final String DIGEST = """
            set -e
            cd /var/lib/croft/apps/kept
            { find . -mindepth 1 -printf '%p %y %m %U %G %s %l %T@\\n'; find . -type f -exec sha256sum {} +; } | LC_ALL=C sort | sha256sum
            cd / && runuser -u croft-app-kept -- psql -qAtd kept -c 'select * from orders order by id'
            """;

    private ClaimedCroft running;
    private S3Server bucket;
    private Browser browser;
    private JsonNode services;
    private String before;
    private String changed;

    @BeforeAll
    void start() {
        running = ClaimedCroft.shared();
        GitServer.Repository repository = running.git.create(APP);
        repository.commit("main", GitServer.hello("v1"));
        running.api.delete(HOST + "/drafts");
        services = running.api.get(HOST + "/settings").expect(200).json().path("services");
        running.api
                .put(ClaimedCroft.path(APP), ClaimedCroft.python(repository.url(), 9270))
                .expect(200);
        browser = new Browser();
        open("apps/" + APP + "/attachments");
        browser.signIn(ClaimedCroft.USERNAME, ClaimedCroft.PASSWORD);
        browser.page().waitForURL(url -> URI.create(url).getPath().equals("/apps/" + APP + "/attachments"));
        browser.click("#attach-postgresql");
        assertThat(browser.page().locator("#attachments")).containsText("DATABASE_URL");
        apply();
        inBox("cd /var/lib/croft/apps/kept && echo one > orders && ln -s orders newest && mkdir -p deep/er"
                + " && head -c 300000 /dev/urandom > deep/er/blob && chmod 0640 orders"
                + " && touch -d 2001-02-03T04:05:06.789 orders && chown -hR croft-app-kept: .");
        sql("create table orders (id int primary key, what text); insert into orders values (1, 'one'), (2, 'two')");
        before = inBox(DIGEST);
    }

    /** The box and the console are those of other journeys as well: nobody should ask places that are away. */
    @AfterAll
    void stop() {
        if (browser != null) {
            browser.close();
        }
        Api.Answer settings = running.api.get(HOST + "/settings").expect(200);
        ObjectNode without = (ObjectNode) settings.json();
        without.remove("backups");
        // The next journey may be about a box without PostgreSQL.
        running.api.delete(ClaimedCroft.path(APP)).expect(204);
        without.remove("services");
        if (!services.isMissingNode()) {
            without.set("services", services);
        }
        running.api.put(HOST + "/settings", without).expect(200);
        apply();
        inBox("systemctl stop depot-sshd.service; rm -rf /srv/depot /srv/depot-keys");
        if (bucket != null) {
            bucket.close();
        }
    }

    @AfterEach
    void noScriptHasFailed() {
        assertThat(browser.errors()).isEmpty();
    }

    @Test
    @Order(1)
    @Tag(ComposedCroft.TAG)
    void addsAPlaceWhoseKeyIsComparedInsteadOfPasted() {
        String fingerprint = inBox(SERVER).strip();
        open("backups");
        browser.click("#backup-add");
        browser.fill("target-name", "depot");
        browser.fill("target-host", "127.0.0.1");
        browser.fill("target-port", "2227");
        browser.fill("target-user", "depot");
        browser.fill("target-remote-path", "data/attic");
        browser.click("#target-fetch-key");
        assertThat(browser.page().locator("#target-fingerprints")).containsText(fingerprint);
        browser.picture("backup-add");
        browser.page().locator("#target-key-same input").check();
        browser.click("#target-add");
        String key = browser.page().locator("#target-public-key").textContent().strip();
        browser.picture("backup-key");
        assertThat(key).startsWith("ssh-ed25519 ").contains("croft-backup");
        inBox("echo '" + key + "' > /srv/depot-keys/authorized");
        browser.click("#target-told");
        browser.page().waitForURL(url -> URI.create(url).getPath().equals("/changes"));
        apply();
    }

    @Test
    @Order(2)
    @Tag(ComposedCroft.TAG)
    void backsUpAndShowsWhatIsKept() {
        open("backups");
        browser.click("#backup-now");
        awaitOperation("SUCCEEDED");
        open("backups");
        assertThat(backup()).isVisible(new LocatorAssertions.IsVisibleOptions().setTimeout(60_000));
        assertThat(place()).containsText("Up to date", IN_A_WHILE);
        browser.picture("backups");
    }

    @Test
    @Order(3)
    @Tag(ComposedCroft.TAG)
    void aCopyBesideTellsWhatIsDifferentAndTouchesNothing() {
        inBox(
                "cd /var/lib/croft/apps/kept && echo two > orders && rm newest && echo more > new && chown -h croft-app-kept: new");
        sql("insert into orders values (3, 'three'); delete from orders where id = 1");
        changed = inBox(DIGEST);
        assertThat(changed).isNotEqualTo(before);

        restore(false);
        open("backups");
        browser.page()
                .locator("#backup-copies [data-copy=" + APP + "] [data-action=Compare]")
                .click();
        Locator found = browser.page().locator("#restore-compared");
        assertThat(found).containsText("orders");
        assertThat(found).containsText("changed since");
        assertThat(found).containsText("new since");
        assertThat(found).containsText("deleted since");
        assertThat(found).containsText("public.orders");
        browser.picture("backup-compared");
        assertThat(inBox(DIGEST)).isEqualTo(changed);
    }

    @Test
    @Order(4)
    @Tag(ComposedCroft.TAG)
    void inItsPlaceItIsWhatItWasToTheByte() {
        restore(true);
        assertThat(inBox(DIGEST)).isEqualTo(before);
        assertThat(running.croft.ask(running.urlOf(APP)).status()).isEqualTo(200);
    }

    @Test
    @Order(5)
    @Tag(ComposedCroft.TAG)
    void theRestoreIsUndoneAndWhatItLeftIsDeletedByName() {
        open("backups");
        Locator replaced = browser.page().locator("#backup-replaced [data-replaced=" + APP + "]");
        assertThat(replaced).hasCount(1);
        browser.picture("backup-replaced");
        replaced.locator("[data-action='Go back']").click();
        browser.click("#undo-confirm");
        awaitOperation("SUCCEEDED");
        assertThat(inBox(DIGEST)).isEqualTo(changed);

        open("apps/" + APP + "/storage");
        Locator own = browser.page().locator("#app-backups [data-replaced=" + APP + "]");
        assertThat(own).hasCount(1);
        own.locator("[data-action=Delete]").click();
        browser.fill("replaced-name", "another");
        browser.click("#replaced-confirm");
        assertThat(browser.page().locator("vaadin-dialog").last()).containsText("not the name of the app");
        browser.fill("replaced-name", APP);
        browser.click("#replaced-confirm");
        // Each place is asked again for that.
        assertThat(own).isHidden(new LocatorAssertions.IsHiddenOptions().setTimeout(60_000));
        assertThat(inBox("ls /var/lib/croft/snapshots/" + APP + " 2>/dev/null | wc -l")
                        .strip())
                .isEqualTo("0");
    }

    @Test
    @Order(6)
    void aRestoreTestHasAReport() {
        open("backups");
        place().locator("[data-action='Try to restore']").click();
        awaitOperation("SUCCEEDED");
        open("backups");
        place().locator("[data-action=Report]").click();
        Locator row = browser.page().locator("#test-report tr", new Page.LocatorOptions().setHasText(APP));
        assertThat(row).containsText("1 table, 2 rows");
        browser.picture("backup-test");
    }

    @Test
    @Order(7)
    @Tag(ComposedCroft.TAG)
    void theKitIsDownloadedAndHasWhatOpensThePlace() throws IOException {
        open("backups");
        browser.click("#backup-kit");
        browser.click("#kit-make");
        assertThat(browser.page().locator("#kit-download")).isVisible();
        browser.picture("backup-kit");
        Download download = browser.page().waitForDownload(() -> browser.click("#kit-download"));
        assertThat(Files.readString(download.path()))
                .contains("sftp:depot@127.0.0.1:data/attic", "BEGIN OPENSSH PRIVATE KEY");
    }

    @Test
    @Order(8)
    void whatTheTimerStartsIsInTheActivity() {
        inBox("systemctl start croft-backup-depot.service");
        open("activity");
        Locator row = browser.page()
                .locator(
                        "[data-operation]",
                        new Page.LocatorOptions()
                                .setHasText(Pattern.compile("Back up to depot[\\s\\S]*Croft[\\s\\S]*of it new")));
        assertThat(row).hasCount(1, new LocatorAssertions.HasCountOptions().setTimeout(OPERATION_MILLIS));
        assertThat(row).hasAttribute("data-state", "SUCCEEDED");
        browser.picture("activity-by-itself");
    }

    @Test
    @Order(9)
    void aBucketIsAPlaceAsWell() {
        bucket = new S3Server(Path.of("target", "backups-s3"), running.croft.gateway(), "attic-backups");
        open("backups");
        browser.click("#backup-add");
        browser.page().locator("#target-type vaadin-radio-button").nth(1).click();
        browser.fill("target-name", "cloud");
        browser.fill("target-endpoint", bucket.endpoint());
        browser.fill("target-bucket", "attic-backups");
        browser.fill("target-prefix", "box");
        browser.fill("target-key-id", S3Server.KEY_ID);
        browser.fill("target-secret-key", S3Server.SECRET_KEY);
        browser.picture("backup-add-s3");
        browser.click("#target-add");
        assertThat(cloud()).containsText("Not in use yet", IN_A_WHILE);
        apply();

        backUpToTheCloud("SUCCEEDED");
    }

    @Test
    @Order(10)
    void whatABucketKeptComesBackToTheByte() {
        String kept = inBox(DIGEST);
        inBox("echo lost > /var/lib/croft/apps/kept/orders");
        open("backups");
        browser.click("#backup-list-target");
        browser.page().locator("vaadin-select-item").getByText("cloud").first().click();
        restoreShown(true);
        assertThat(inBox(DIGEST)).isEqualTo(kept);
        assertThat(inBox("grep -rlF '" + S3Server.SECRET_KEY + "' /var/lib/croft /etc /var/log /tmp || true"))
                .isEmpty();
    }

    /** restic itself would try again for a quarter of an hour. */
    @Test
    @Order(11)
    void aKeyThatTheBucketDoesNotTakeIsToldSoon() {
        otherKeyForTheCloud("a-key-that-is-wrong");
        long begun = System.nanoTime();
        backUpToTheCloud("FAILED");
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(60));
        assertThat(browser.page().locator("#content > .croft-page")).containsText("cloud refuses the box");
        browser.picture("backup-key-refused");
        open("backups");
        assertThat(cloud()).containsText("refuses the box", IN_A_WHILE);
        browser.picture("backups-key-refused");

        otherKeyForTheCloud(S3Server.SECRET_KEY);
        backUpToTheCloud("SUCCEEDED");
    }

    private void otherKeyForTheCloud(String key) {
        open("backups");
        cloud().locator("[data-action='Other keys']").click();
        browser.fill("target-key-id", S3Server.KEY_ID);
        browser.fill("target-secret-key", key);
        browser.click("#target-keys-confirm");
        assertThat(browser.page().locator("#target-keys-confirm")).hasCount(0);
    }

    private void backUpToTheCloud(String state) {
        open("backups");
        cloud().locator("[data-action='Back up']").click();
        awaitOperation(state);
    }

    private Locator cloud() {
        return browser.page().locator("[data-target=cloud]");
    }

    @Test
    @Order(12)
    void aDamagedRepositoryIsNoticedAndShownEverywhere() {
        inBox("rm \"$(ls -S $(find /srv/depot/data/attic/data -type f) | head -n 1)\"");
        open("backups");
        place().locator("[data-action='Back up']").click();
        awaitOperation("FAILED");

        open("backups");
        assertThat(place()).containsText("The last run failed", IN_A_WHILE);
        assertThat(place().locator(".croft-row-problem").first()).containsText("are damaged");
        browser.picture("backup-damaged");
        open("");
        assertThat(browser.page().locator("#home-backups-failed")).containsText("Back up to depot");
        browser.picture("home-backup-failed");
        open("apps/" + APP + "/storage");
        assertThat(browser.page().locator("#app-backup-failed")).containsText("depot failed", IN_A_WHILE);
    }

    // ---- words of this test

    private Locator place() {
        return browser.page().locator("[data-target=depot]");
    }

    private Locator backup() {
        return browser.page().locator("#backup-list [data-of=" + APP + "]").first();
    }

    private void restore(boolean inPlace) {
        open("backups");
        restoreShown(inPlace);
    }

    private void restoreShown(boolean inPlace) {
        backup().getByText("Restore").click();
        if (inPlace) {
            browser.page().locator("#restore-mode vaadin-radio-button").nth(1).click();
        }
        browser.picture(inPlace ? "backup-restore-in-place" : "backup-restore");
        browser.click("#restore-confirm");
        awaitOperation("SUCCEEDED");
    }

    /** On the page of the operation that was just started. */
    private void awaitOperation(String state) {
        assertThat(browser.page())
                .hasURL(Pattern.compile(".*/activity/.+"), new PageAssertions.HasURLOptions().setTimeout(30_000));
        Locator page = browser.page().locator("#content > .croft-page");
        assertThat(page)
                .hasAttribute(
                        "data-state",
                        Pattern.compile("SUCCEEDED|FAILED|CANCELLED|ROLLED_BACK"),
                        new LocatorAssertions.HasAttributeOptions().setTimeout(OPERATION_MILLIS));
        assertThat(page).hasAttribute("data-state", state);
    }

    private void apply() {
        Api.Answer applied = running.api.post(HOST + "/apply", Map.of());
        assertThat(running.api
                        .ended(applied.expect(202).json().get("id").stringValue())
                        .get("state")
                        .stringValue())
                .isEqualTo("SUCCEEDED");
    }

    private void sql(String statements) {
        running.croft
                .inBox("runuser", "-u", "croft-app-" + APP, "--", "psql", "-qd", APP, "-c", statements)
                .orFail();
    }

    private String inBox(String script) {
        return running.croft.inBox("sh", "-c", script).orFail().out();
    }

    private void open(String path) {
        browser.page().navigate(running.croft.url().resolve("/" + path).toString());
    }
}
