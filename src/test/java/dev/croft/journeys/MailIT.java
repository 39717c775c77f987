package dev.croft.journeys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.assertions.PageAssertions;
import dev.croft.running.Api;
import dev.croft.running.ClaimedCroft;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.JsonNode;

/** A box becomes a mail server by clicks: a mailbox, its password, a test message that is read over IMAP. The steps build on each other. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MailIT {

    private static final String HOST = "/api/v1/hosts/" + ClaimedCroft.HOST;
    private static final String DOMAIN = "mail-journey.test";
    private static final String ADA = "ada@" + DOMAIN;
    private static final String ALIAS = "info@" + DOMAIN;
    private static final String SECRET = "a mailbox of one's own";
    private static final LocatorAssertions.ContainsTextOptions DELIVERED =
            new LocatorAssertions.ContainsTextOptions().setTimeout(60_000);

    private ClaimedCroft running;
    private Browser browser;

    @BeforeAll
    void start() {
        running = ClaimedCroft.shared();
        running.api.delete(HOST + "/drafts");
        browser = new Browser();
        open("services/mail");
        browser.signIn(ClaimedCroft.USERNAME, ClaimedCroft.PASSWORD);
        browser.page().waitForURL(url -> URI.create(url).getPath().equals("/services/mail"));
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
    void addsAServerAndAMailboxByClicks() {
        browser.click("#mail-add");
        browser.page().locator("#mail-sends input").uncheck();
        browser.page().locator("#mail-receives input").check();
        browser.fill("mail-hostname", "mail." + DOMAIN);
        browser.fill("mail-domains", DOMAIN);
        browser.click("#mail-tls");
        browser.page()
                .locator("vaadin-select-item")
                .getByText("Self-signed")
                .first()
                .click();
        browser.picture("mail-add");
        browser.click("#mail-save");
        assertThat(browser.page().locator("#mail-server")).containsText("mail." + DOMAIN);

        open("services/mail/mailboxes");
        browser.click("#mailbox-add");
        browser.fill("mailbox-address", "ada");
        browser.click("#mailbox-confirm");
        assertThat(mailbox()).containsText("Comes with the next change");
        browser.click("#alias-add");
        browser.fill("alias-address", "info");
        browser.page().locator("#alias-targets textarea").fill(ADA);
        browser.click("#alias-confirm");
        assertThat(browser.page().locator("[data-alias='" + ALIAS + "']")).containsText(ADA);

        ended(running.api.post(HOST + "/apply", Map.of()));
    }

    @Test
    @Order(2)
    void aTestMessageIsReadOverImap() {
        open("services/mail/mailboxes");
        mailbox().getByText("Set password").click();
        browser.fill("mailbox-password", SECRET);
        browser.click("#mailbox-password-confirm");
        assertThat(mailbox()).containsText("Has a password");
        browser.picture("mail-mailboxes");

        open("services/mail");
        browser.fill("mail-test-to", ADA);
        browser.click("#mail-test-send");
        assertThat(browser.page().locator("#mail-test-outcome")).containsText("Delivered", DELIVERED);
        browser.picture("mail");
        assertThat(read(1)).contains("To: " + ADA).contains("DKIM-Signature");

        browser.fill("mail-test-to", ALIAS);
        browser.click("#mail-test-send");
        Api.await(Duration.ofSeconds(60), this::messages, count -> count == 2);
        assertThat(read(2)).contains("To: <" + ALIAS + ">");
    }

    @Test
    @Order(3)
    void whatWaitsIsToldWithTheReasonAndTriedAgain() {
        running.croft.inBox("systemctl", "stop", "dovecot.service").orFail();
        try {
            browser.fill("mail-test-to", ADA);
            browser.click("#mail-test-send");
            assertThat(browser.page().locator("#mail-test-outcome"))
                    .containsText("it waits, and is tried again", DELIVERED);
            open("services/mail/queue");
            Locator message = browser.page().locator("#mail-queue [data-message]");
            assertThat(message).containsText("Waits for the next try", DELIVERED);
            assertThat(message.locator(".croft-row-problem")).containsText(ADA);
            browser.picture("mail-queue");
        } finally {
            running.croft.inBox("systemctl", "start", "dovecot.service").orFail();
        }
        browser.click("#queue-retry-all");
        assertThat(browser.page().locator("#mail-queue")).containsText("Nothing waits", DELIVERED);
        Api.await(Duration.ofSeconds(60), this::messages, count -> count == 3);
    }

    @Test
    @Order(4)
    void theRecordsAreTold() {

        open("services/mail/dns");
        assertThat(browser.page().locator("#mail-dns")).containsText("v=DKIM1", DELIVERED);
        assertThat(browser.page().locator("#mail-dns")).containsText("v=spf1");
        browser.picture("mail-dns");
    }

    @Test
    @Order(5)
    void theMailComesBackFromABackupAndTheRestoreIsUndone() {
        running.api
                .post(
                        HOST + "/backups/targets",
                        Map.of(
                                "name",
                                "post",
                                "target",
                                Map.of("type", "local", "path", "/var/lib/croft/backups/post")))
                .expect(201);
        ended(running.api.post(HOST + "/apply", Map.of()));
        ended(running.api.post(HOST + "/backups", Map.of("target", "post")));
        running.croft
                .inBox("doveadm", "expunge", "-u", ADA, "mailbox", "INBOX", "all")
                .orFail();
        assertThat(messages()).isZero();

        restoreMail(false);
        open("backups");
        browser.page()
                .locator("#backup-copies [data-copy=mail] [data-action=Compare]")
                .click();
        assertThat(browser.page().locator("#restore-compared")).containsText(ADA);
        assertThat(browser.page().locator("#restore-compared")).containsText("the one in use");
        browser.picture("mail-compared");
        assertThat(messages()).isZero();

        restoreMail(true);
        assertThat(read(1)).contains("To: " + ADA);

        open("backups");
        browser.picture("mail-replaced");
        browser.page()
                .locator("#backup-replaced [data-replaced=mail] [data-action='Go back']")
                .click();
        browser.click("#undo-confirm");
        awaitSuccess();
        assertThat(messages()).isZero();
    }

    private void restoreMail(boolean inPlace) {
        open("backups");
        browser.page()
                .locator("#backup-list [data-of=Mail]")
                .first()
                .getByText("Restore")
                .click();
        if (inPlace) {
            browser.page().locator("#restore-mode vaadin-radio-button").nth(1).click();
            browser.fill("restore-mailboxes", ADA);
            browser.picture("mail-restore");
        }
        browser.click("#restore-confirm");
        awaitSuccess();
    }

    /** On the page of the operation that was just started. */
    private void awaitSuccess() {
        assertThat(browser.page())
                .hasURL(Pattern.compile(".*/activity/.+"), new PageAssertions.HasURLOptions().setTimeout(30_000));
        assertThat(browser.page().locator("#content > .croft-page"))
                .hasAttribute(
                        "data-state", "SUCCEEDED", new LocatorAssertions.HasAttributeOptions().setTimeout(120_000));
    }

    private void ended(Api.Answer started) {
        assertThat(running.api
                        .ended(started.expect(202).json().get("id").stringValue())
                        .get("state")
                        .stringValue())
                .isEqualTo("SUCCEEDED");
    }

    private int messages() {
        for (JsonNode mailbox :
                running.api.get(HOST + "/mail").expect(200).json().get("mailboxes")) {
            if (mailbox.get("address").stringValue().equals(ADA)) {
                return mailbox.get("messages").intValue();
            }
        }
        throw new AssertionError("no mailbox " + ADA);
    }

    /** A message of Ada's inbox. */
    private String read(int number) {
        return running.croft
                .curl(
                        "--insecure",
                        "--user",
                        ADA + ":" + SECRET,
                        "imaps://" + running.croft.address() + "/INBOX;MAILINDEX=" + number)
                .orFail()
                .out();
    }

    private Locator mailbox() {
        return browser.page().locator("[data-mailbox='" + ADA + "']");
    }

    private void open(String path) {
        browser.page().navigate(running.croft.url().resolve("/" + path).toString());
    }
}
