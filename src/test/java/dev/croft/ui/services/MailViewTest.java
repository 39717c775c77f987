package dev.croft.ui.services;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.NativeTableRow;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.textfield.EmailField;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState.Mail;
import dev.croft.desired.HostState.MailRelay;
import dev.croft.desired.HostState.MailServer;
import dev.croft.desired.HostState.Mailbox;
import dev.croft.hostlink.HostCommand.MailOutcome;
import dev.croft.ui.demo.DemoMail;
import dev.croft.ui.demo.DemoSecrets;
import dev.croft.ui.demo.DemoWorld;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.ScreenTest;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.test.context.support.WithMockUser;

class MailViewTest extends ScreenTest {

    @Autowired
    private DemoMail mail;

    @Autowired
    private DemoSecrets secrets;

    @Autowired
    private DesiredStates desired;

    @BeforeEach
    void furnish() {
        mail.restart();
    }

    private void open(String path, String panel) {
        navigate(path, Component.class);
        eventually(() -> assertThat(words(find(Panel.class).id(panel))).isNotBlank());
    }

    private Mail drafted() {
        return desired.draft(DemoWorld.BOX).host().services().mail();
    }

    private MailServer server() {
        return drafted().server();
    }

    // ---- overview

    @Test
    void tellsHowMailLeavesAndComes() {
        open("services/mail", "mail-relay");

        eventually(() -> assertThat(words(find(Panel.class).id("mail-relay")))
                .contains("Through a relay", "smtp.example.net:587", "attic@example.net", "stored"));
        assertThat(words(find(Panel.class).id("mail-server"))).contains("Receives mail", "mail.attic.example");
        assertThat(words(find(Panel.class).id("mail-senders")))
                .contains("bookmarks@attic.example", "100 an hour", "42", "3");
    }

    @Test
    void theServicesPageHasACardOfIt() {
        navigate("services", Component.class);

        eventually(() -> assertThat(words(find(Panel.class).id("service-mail")))
                .contains("Running", "through smtp.example.net", "attic.example", "2 messages"));
    }

    @Test
    void anotherRelayIsADraftAndItsPasswordASecret() {
        open("services/mail", "mail-relay");
        eventually(
                () -> assertThat(find(Button.class).withId("mail-relay-change").exists())
                        .isTrue());
        press("mail-relay-change");
        find(TextField.class).id("relay-host").setValue("smtp.other.example");
        find(TextField.class).id("relay-user").setValue("attic");
        find(PasswordField.class).id("relay-password").setValue("a new one");

        press("mail-save");

        eventually(() ->
                assertThat(drafted().relay()).isEqualTo(new MailRelay("smtp.other.example", null, null, "attic")));
        eventually(() -> assertThat(secrets.wasSetForAService("a new one")).isTrue());
        assertThat(server().mailboxes()).hasSize(2);
        eventually(() -> assertThat(words(find(Panel.class).id("mail-relay")))
                .contains("Comes with the next change that is applied", "smtp.other.example:587"));
        assertThat(words(find(Div.class).id("settings-pending"))).contains("Saved as a pending change");
    }

    @Test
    void aRefusedRelayKeepsWhatWasTyped() {
        open("services/mail", "mail-relay");
        eventually(
                () -> assertThat(find(Button.class).withId("mail-relay-change").exists())
                        .isTrue());
        press("mail-relay-change");
        find(TextField.class).id("relay-host").setValue("smtp other");
        find(PasswordField.class).id("relay-password").setValue("never stored");

        press("mail-save");

        eventually(() -> assertThat(find(TextField.class).id("relay-host").getErrorMessage())
                .startsWith("It is the name of a server"));
        assertThat(find(TextField.class).id("relay-host").getValue()).isEqualTo("smtp other");
        assertThat(secrets.wasSetForAService("never stored")).isFalse();
        assertThat(drafted().relay().host()).isEqualTo("smtp.example.net");
    }

    @Test
    void mailIsAddedInOneDialog() {
        world.withoutMail();
        navigate("services/mail", Component.class);
        eventually(
                () -> assertThat(find(Button.class).withId("mail-add").exists()).isTrue());
        press("mail-add");
        find(TextField.class).id("relay-host").setValue("smtp.example.net");
        find(TextField.class).id("relay-user").setValue("attic@example.net");
        find(PasswordField.class).id("relay-password").setValue("first one");
        test(find(Checkbox.class).id("mail-receives")).click();
        find(TextField.class).id("mail-hostname").setValue("mail.new.example");
        find(TextArea.class).id("mail-domains").setValue("new.example\nold.example");

        press("mail-save");

        eventually(() -> assertThat(drafted()).isNotNull());
        eventually(() -> assertThat(secrets.wasSetForAService("first one")).isTrue());
        assertThat(drafted().relay()).isEqualTo(new MailRelay("smtp.example.net", null, null, "attic@example.net"));
        assertThat(server().hostname()).isEqualTo("mail.new.example");
        assertThat(server().domains()).isEqualTo(List.of("new.example", "old.example"));
        eventually(() -> assertThat(words(find(Panel.class).id("mail-server")))
                .contains("Comes with the next change that is applied"));
    }

    @Test
    void neitherRelayNorServerIsNoMail() {
        world.withoutMail();
        navigate("services/mail", Component.class);
        eventually(
                () -> assertThat(find(Button.class).withId("mail-add").exists()).isTrue());
        press("mail-add");
        test(find(Checkbox.class).id("mail-sends")).click();

        press("mail-save");

        assertThat(words(find(Dialog.class).single())).contains("a relay, a server or both");
        assertThat(drafted()).isNull();
    }

    @Test
    void removingTheRelaySaysWhatFollows() {
        open("services/mail", "mail-relay");
        eventually(
                () -> assertThat(find(Button.class).withId("mail-relay-remove").exists())
                        .isTrue());

        press("mail-relay-remove");
        assertThat(words(find(Dialog.class).single())).contains("straight to the receivers' own servers");
        press("mail-remove-confirm");

        eventually(() -> assertThat(drafted().relay()).isNull());
        eventually(() -> assertThat(words(find(Panel.class).id("mail-relay")))
                .contains("Still through smtp.example.net, until the change is applied"));
    }

    @Test
    void aTestMessageShowsWhatTheOtherServerSaid() {
        mail.testsEnd(new MailOutcome(
                "4cQ9", "bounced", "535 5.7.8 Error: authentication failed", "smtp.example.net[192.0.2.9]:587", 0.8));
        open("services/mail", "mail-test");
        eventually(
                () -> assertThat(find(Panel.class).id("mail-test").isVisible()).isTrue());
        find(EmailField.class).id("mail-test-to").setValue("reader@elsewhere.example");

        press("mail-test-send");

        eventually(() -> assertThat(words(find(Div.class).id("mail-test-outcome")))
                .contains("Refused for good", "535 5.7.8 Error: authentication failed", "0.8 s"));
    }

    @Test
    void aTestThatWasTakenPromisesNoInbox() {
        open("services/mail", "mail-test");
        eventually(
                () -> assertThat(find(Panel.class).id("mail-test").isVisible()).isTrue());
        find(EmailField.class).id("mail-test-to").setValue("reader@elsewhere.example");

        press("mail-test-send");

        eventually(() -> assertThat(words(find(Div.class).id("mail-test-outcome")))
                .contains("the other server took it", "250 2.0.0 Ok", "only its reader sees"));
    }

    // ---- mailboxes

    @Test
    void mailboxesAreDraftsAndPasswordsCountAtOnce() {
        open("services/mail/mailboxes", "mailboxes");
        eventually(() -> assertThat(words(mailbox("ada@attic.example")))
                .contains("14,812 messages", "nearly full", "2G", "Has a password"));
        assertThat(words(mailbox("bob@attic.example"))).contains("No password yet");

        press("mailbox-add");
        find(TextField.class).id("mailbox-address").setValue("carl");
        find(TextField.class).id("mailbox-quota").setValue("500M");
        press("mailbox-confirm");

        eventually(() -> assertThat(server().mailboxes()).containsEntry("carl@attic.example", new Mailbox("500M")));
        eventually(() -> assertThat(words(mailbox("carl@attic.example"))).contains("Comes with the next change"));

        test(find(Button.class, mailbox("bob@attic.example"))
                        .withCondition(button -> button.getText().equals("Set password"))
                        .single())
                .click();
        find(PasswordField.class).id("mailbox-password").setValue("short");
        press("mailbox-password-confirm");
        eventually(() -> assertThat(words(find(Dialog.class).single())).contains("8 to 256 bytes"));
        find(PasswordField.class).id("mailbox-password").setValue("long enough");
        press("mailbox-password-confirm");

        eventually(() ->
                assertThat(mail.hasPassword("bob@attic.example", "long enough")).isTrue());
        eventually(() -> assertThat(words(mailbox("bob@attic.example"))).contains("Has a password"));
    }

    private NativeTableRow mailbox(String address) {
        return find(NativeTableRow.class).withAttribute("data-mailbox", address).single();
    }

    @Test
    void aRemovedMailboxLeavesItsMail() {
        open("services/mail/mailboxes", "mailboxes");
        eventually(() -> assertThat(words(mailbox("bob@attic.example"))).contains("812 messages"));

        test(find(Button.class, mailbox("bob@attic.example"))
                        .withCondition(button -> button.getText().equals("Remove"))
                        .single())
                .click();
        press("mailbox-remove-confirm");

        eventually(() -> assertThat(server().mailboxes()).containsOnlyKeys("ada@attic.example"));
        eventually(() ->
                assertThat(words(mailbox("bob@attic.example"))).contains("Goes with the next change; its mail stays"));
    }

    @Test
    void keptMailIsDeletedOnlyWhenTheAddressWasTyped() {
        open("services/mail/mailboxes", "kept-mail");
        eventually(() -> assertThat(words(find(Panel.class).id("kept-mail"))).contains("eve@attic.example", "7.2 MB"));
        var row = find(NativeTableRow.class)
                .withAttribute("data-kept", "eve@attic.example")
                .single();

        test(find(Button.class, row).single()).click();
        find(TextField.class).id("mail-drop-address").setValue("eve");
        press("mail-drop-confirm");
        eventually(() -> assertThat(find(ProblemPanel.class).all().stream().map(ScreenTest::words))
                .anyMatch(words -> words.contains("no mail of this mailbox")));
        find(TextField.class).id("mail-drop-address").setValue("eve@attic.example");
        press("mail-drop-confirm");

        eventually(() -> assertThat(find(NativeTableRow.class)
                        .withAttribute("data-kept", "eve@attic.example")
                        .exists())
                .isFalse());
    }

    @Test
    void anAliasLeadsToSeveral() {
        open("services/mail/mailboxes", "aliases");
        eventually(() -> assertThat(words(find(Panel.class).id("aliases")))
                .contains("all others at attic.example", "bob@elsewhere.example"));

        press("alias-add");
        find(TextField.class).id("alias-address").setValue("post@attic.example");
        find(TextArea.class).id("alias-targets").setValue("ada@attic.example\nbob@attic.example");
        press("alias-confirm");

        eventually(() -> assertThat(server().aliases())
                .containsEntry("post@attic.example", List.of("ada@attic.example", "bob@attic.example")));
    }

    @Test
    void anAliasOfAMailboxIsRefusedInTheDialog() {
        open("services/mail/mailboxes", "aliases");
        eventually(() ->
                assertThat(find(Button.class).withId("alias-add").exists()).isTrue());
        press("alias-add");
        find(TextField.class).id("alias-address").setValue("ada@attic.example");
        find(TextArea.class).id("alias-targets").setValue("bob@attic.example");
        press("alias-confirm");

        eventually(() -> assertThat(words(find(Dialog.class).single())).contains("there is a mailbox of this address"));
        assertThat(server().aliases()).hasSize(2);
    }

    // ---- queue

    @Test
    void theQueueSaysWhyAMessageWaits() {
        open("services/mail/queue", "mail-queue");
        eventually(() -> assertThat(words(message("4cQ7Xk2hZz9v1p")))
                .contains(
                        "bookmarks@attic.example", "Waits for the next try", "Greylisted", "other@elsewhere.example"));
        assertThat(words(message("4cQ7Xm0QmTz1x2"))).contains("a notice of non-delivery", "On its way");

        press("queue-retry-all");
        eventually(
                () -> assertThat(words(find(Paragraph.class).id("queue-said"))).contains("2 messages will be tried"));

        test(find(Button.class, message("4cQ7Xk2hZz9v1p"))
                        .withCondition(button -> button.getText().equals("Delete"))
                        .single())
                .click();
        assertThat(words(find(Dialog.class).single())).contains("bookmarks@attic.example is not told");
        press("queue-delete-confirm");

        eventually(() -> assertThat(find(ListItem.class)
                        .withAttribute("data-message", "4cQ7Xk2hZz9v1p")
                        .exists())
                .isFalse());
    }

    private ListItem message(String id) {
        return find(ListItem.class).withAttribute("data-message", id).single();
    }

    // ---- DNS

    @Test
    void recordsSayWhatToPublishAndWhatIsNotKnown() {
        navigate("services/mail/dns", Component.class);
        eventually(() -> assertThat(words(find(Div.class).id("mail-dns")))
                .contains("1 of 4 are as they should be; 1 could not be asked for."));

        assertThat(words(record("spf")))
                .contains("something else is there", "v=spf1 mx include:relay.example.net -all", "v=spf1 -all");
        assertThat(words(record("dkim"))).contains("missing", "croft._domainkey.attic.example", "nothing");
        assertThat(words(record("ptr"))).contains("could not be asked for", "not known");
        assertThat(find(Button.class, record("dkim"))
                        .withCondition(button -> button.getAriaLabel()
                                .filter("Copy: Value"::equals)
                                .isPresent())
                        .exists())
                .isTrue();
    }

    private Div record(String purpose) {
        return find(Div.class).withAttribute("data-purpose", purpose).single();
    }

    // ---- who may, and what is not known

    @Test
    @WithMockUser(username = "vera", roles = "VIEWER")
    void whoOnlyLooksChangesNothing() {
        open("services/mail", "mail-relay");
        eventually(() -> assertThat(words(find(Panel.class).id("mail-relay"))).contains("smtp.example.net"));
        assertThat(find(Button.class).withId("mail-relay-change").exists()).isFalse();
        assertThat(find(Panel.class).withId("mail-test").exists()).isFalse();

        open("services/mail/mailboxes", "mailboxes");
        eventually(() -> assertThat(words(mailbox("bob@attic.example"))).contains("812 messages"));
        assertThat(find(Button.class, mailbox("bob@attic.example")).exists()).isFalse();
        assertThat(find(Button.class).withId("mailbox-add").exists()).isFalse();

        open("services/mail/queue", "mail-queue");
        eventually(() -> assertThat(words(message("4cQ7Xk2hZz9v1p"))).contains("Greylisted"));
        assertThat(find(Button.class, message("4cQ7Xk2hZz9v1p")).exists()).isFalse();
        assertThat(find(Button.class).withId("queue-retry-all").exists()).isFalse();
    }

    @Test
    void aBoxThatIsAwayIsSaidToBeAway() {
        world.reachable(false);
        open("services/mail", "mail-relay");

        eventually(() -> assertThat(words(find(Panel.class).id("mail-relay")))
                .contains("smtp.example.net:587")
                .doesNotContain("Through a relay"));
        assertThat(find(ProblemPanel.class).all().stream().map(ScreenTest::words))
                .anyMatch(words -> words.contains("HOST_UNREACHABLE"));
        open("services/mail/mailboxes", "mailboxes");
        eventually(() -> assertThat(words(mailbox("ada@attic.example"))).contains("Not known"));
        navigate("services/mail/dns", Component.class);
        eventually(() -> assertThat(words(find(Div.class).id("mail-dns"))).contains("The box was not asked"));
    }
}
