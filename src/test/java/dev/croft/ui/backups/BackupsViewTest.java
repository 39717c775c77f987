package dev.croft.ui.backups;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeTableRow;
import com.vaadin.flow.component.radiobutton.RadioButtonGroup;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.backups.RecoveryKit;
import dev.croft.desired.AppSpec;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.LocalTarget;
import dev.croft.desired.HostState.SftpTarget;
import dev.croft.kernel.AppName;
import dev.croft.ui.demo.DemoAccounts;
import dev.croft.ui.demo.DemoBackups;
import dev.croft.ui.demo.DemoSignIn;
import dev.croft.ui.demo.DemoWorld;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.ScreenTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.test.context.support.WithMockUser;

class BackupsViewTest extends ScreenTest {

    private static final String HOST_KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGQgxvZOPueZVBEK2hj8E7eEvgPkmQvPsCUZ235eEhlW";

    @Autowired
    private DemoBackups backups;

    @Autowired
    private DesiredStates desired;

    @Autowired
    private DemoAccounts accounts;

    @Autowired
    private DemoSignIn signIn;

    @BeforeEach
    void somebody() {
        world.claim("anna", DemoAccounts.PASSWORD);
    }

    @AfterEach
    void provedAndByPassword() {
        accounts.cameBack();
        signIn.local();
    }

    private void open() {
        navigate("backups", Component.class);
        eventually(
                () -> assertThat(words(find(Panel.class).id("backup-targets"))).doesNotContain("Asking the box, and"));
    }

    private void openFurnished() {
        backups.furnish();
        open();
        eventually(() -> assertThat(find(NativeTableRow.class).all()).hasSizeGreaterThan(8));
    }

    private HostState.Backups drafted() {
        return desired.draft(DemoWorld.BOX).host().backups();
    }

    @Test
    void withoutAPlaceItSaysSoAndOffersOne() {
        open();

        assertThat(words(find(Panel.class).id("backup-targets"))).contains("Nothing is backed up");
        press("backup-add");
        find(TextField.class).id("target-name").setValue("depot");
        find(TextField.class).id("target-host").setValue("depot.example");
        find(IntegerField.class).id("target-port").setValue(2222);
        find(TextField.class).id("target-user").setValue("attic");
        find(TextField.class).id("target-remote-path").setValue("backups/attic");
        find(TextArea.class).id("target-host-key").setValue("[depot.example]:2222 " + HOST_KEY);
        press("target-add");

        eventually(() -> assertThat(drafted().targets())
                .containsEntry("depot", new SftpTarget("depot.example", 2222, "attic", "backups/attic", HOST_KEY)));
        eventually(() -> assertThat(words(find(Panel.class).id("backup-targets")))
                .contains("depot", "Not in use yet", "Review the change"));
        assertThat(find(Dialog.class).all().stream().map(ScreenTest::words))
                .anyMatch(words -> words.contains("authorized_keys"));
    }

    @Test
    void theServersKeyIsAskedForAndComparedByAPerson() {
        open();
        press("backup-add");
        find(TextField.class).id("target-name").setValue("depot");
        find(TextField.class).id("target-host").setValue("nobody.example");
        press("target-fetch-key");
        eventually(() -> assertThat(words(find(Dialog.class).single())).contains("Connection refused"));

        find(TextField.class).id("target-host").setValue("depot.example");
        find(TextField.class).id("target-user").setValue("attic");
        find(TextField.class).id("target-remote-path").setValue("backups/attic");
        press("target-fetch-key");
        eventually(() -> assertThat(find(TextArea.class).id("target-host-key").getValue())
                .isEqualTo(DemoBackups.SERVER_KEY));
        assertThat(words(find(Dialog.class).single())).doesNotContain("Connection refused");
        press("target-add");
        assertThat(words(find(Dialog.class).single())).contains("nobody has compared it");
        assertThat(drafted().targets()).isEmpty();

        // What was shown of one server says nothing of another.
        find(TextField.class).id("target-host").setValue("depot2.example");
        assertThat(find(TextArea.class).id("target-host-key").getValue()).isEmpty();
        press("target-fetch-key");
        eventually(() -> assertThat(find(Checkbox.class).id("target-key-same").getValue())
                .isFalse());
        find(Checkbox.class).id("target-key-same").setValue(true);
        press("target-add");

        eventually(() -> assertThat(drafted().targets())
                .containsEntry(
                        "depot",
                        new SftpTarget("depot2.example", null, "attic", "backups/attic", DemoBackups.SERVER_KEY)));
    }

    @Test
    void whatARestoreReplacedComesBack() {
        backups.furnish();
        backups.replaced(new AppName("blog"));
        open();
        eventually(() ->
                assertThat(words(find(Panel.class).id("backup-replaced"))).contains("blog", "52.4 MB", "120 files"));

        action("backup-replaced", "Go back");
        press("undo-confirm");
        eventually(() -> assertThat(backups.asked()).containsExactly("undo blog"));
    }

    @Test
    void whatARestoreReplacedIsDeletedByName() {
        backups.furnish();
        backups.replaced(new AppName("blog"));
        open();
        eventually(
                () -> assertThat(words(find(Panel.class).id("backup-replaced"))).contains("blog"));
        action("backup-replaced", "Delete");
        find(TextField.class).id("replaced-name").setValue("blog");
        press("replaced-confirm");
        eventually(() ->
                assertThat(find(Panel.class).withId("backup-replaced").exists()).isFalse());
        assertThat(backups.asked()).containsExactly("drop blog as blog");
    }

    @Test
    void theReportOfARestoreTestNamesEachApp() {
        openFurnished();

        action("backup-targets", "Report");

        assertThat(words(find(Div.class).id("test-report")))
                .contains("blog", "It started, and is healthy", "bookmarks", "Not started: It has a database.")
                .contains("Mail", "2 mailboxes, 40 messages, 1 key", "Every message and every key is there");
    }

    @Test
    void anAppTellsThatItWasNotKept() {
        backups.furnish();
        backups.replaced(new AppName("blog"));
        backups.replaced(new AppName("bookmarks"));
        navigate("apps/blog/storage", Component.class);

        eventually(() -> assertThat(words(find(Div.class).id("app-backup-failed")))
                .contains("The last backup to depot failed", "The disk is full."));
        assertThat(find(Button.class, find(Panel.class).id("app-backups"))
                        .withText("Go back")
                        .all())
                .hasSize(1);
    }

    @Test
    void tellsHowEachPlaceIs() {
        openFurnished();

        String words = words(find(Panel.class).id("backup-targets"));
        assertThat(words)
                .contains("cellar", "/mnt/cellar/attic on the box", "Up to date", "734 MB", "14 backups")
                .contains("Restore test passed for 2 apps and mail", "not started: bookmarks")
                .contains("depot", "Not reachable", "No route to host", "Never tried to restore");
    }

    @Test
    void aRestoreInPlaceWantsAProofAndACopyDoesNot() {
        openFurnished();
        find(Select.class).id("backup-list-app");
        List<Button> restore = find(Button.class, find(Panel.class).id("backup-kept"))
                .withText("Restore")
                .all();
        test(restore.getFirst()).click();
        eventually(() -> assertThat(find(Dialog.class).all()).isNotEmpty());
        assertThat(words(find(Dialog.class).single())).contains("Nothing is lost", "kept as a snapshot");
        accounts.forget();
        press("restore-confirm");
        eventually(() -> assertThat(backups.asked()).containsExactly("copy blog"));
        // The page goes there by itself.
        eventually(() ->
                assertThat(UI.getCurrent().getActiveViewLocation().getPath()).startsWith("activity/"));

        openFurnished();
        restore = find(Button.class, find(Panel.class).id("backup-kept"))
                .withText("Restore")
                .all();
        test(restore.getFirst()).click();
        radio("restore-mode").setValue(true);
        press("restore-confirm");
        eventually(() -> assertThat(
                        find(PasswordField.class).withId("proof-password").exists())
                .isTrue());
        assertThat(backups.asked()).isEmpty();
        find(PasswordField.class).id("proof-password").setValue(DemoAccounts.PASSWORD);
        press("proof-confirm");

        eventually(() -> assertThat(backups.asked()).containsExactly("restore blog"));
    }

    @SuppressWarnings("unchecked")
    private RadioButtonGroup<Boolean> radio(String id) {
        return find(RadioButtonGroup.class).id(id);
    }

    @Test
    void aCopyIsComparedAndDiscarded() {
        backups.furnish();
        backups.copy(new AppName("blog"));
        open();
        eventually(
                () -> assertThat(words(find(Panel.class).id("backup-copies"))).contains("blog"));

        action("backup-copies", "Compare");
        eventually(() -> assertThat(words(find(Div.class).id("restore-compared")))
                .contains("120 files", "posts.sqlite", "changed since", "new.jpg"));
        find(Dialog.class).single().close();
        action("backup-copies", "Discard");
        press("discard-confirm");

        eventually(() ->
                assertThat(find(Panel.class).withId("backup-copies").exists()).isFalse());
    }

    @Test
    void mailComesBackByItsMailboxes() {
        openFurnished();
        test(find(Button.class, find(Panel.class).id("backup-kept"))
                        .withAttribute("aria-label", "Restore the mail")
                        .all()
                        .getFirst())
                .click();
        eventually(() -> assertThat(find(Dialog.class).all()).isNotEmpty());
        assertThat(words(find(Dialog.class).single())).contains("what comes in meanwhile waits", "Nothing is lost");

        find(TextArea.class).id("restore-mailboxes").setValue("ada@attic.example\n\n bob@attic.example ");
        radio("restore-mode").setValue(true);
        press("restore-confirm");

        eventually(() ->
                assertThat(backups.asked()).containsExactly("restore the mail [ada@attic.example, bob@attic.example]"));
    }

    @Test
    void aCopyOfMailIsComparedAndDiscarded() {
        backups.furnish();
        backups.mail(false);
        open();
        eventually(
                () -> assertThat(words(find(Panel.class).id("backup-copies"))).contains("Mail", "2 mailboxes"));

        action("backup-copies", "Compare");
        eventually(() -> assertThat(words(find(Div.class).id("restore-compared")))
                .contains("ada@attic.example", "the one in use"));
        find(Dialog.class).single().close();
        action("backup-copies", "Discard");
        press("discard-confirm");
        eventually(() -> assertThat(backups.asked()).containsExactly("discard the mail"));
    }

    @Test
    void whatARestoreOfMailReplacedIsDeletedByName() {
        backups.furnish();
        backups.mail(true);
        open();
        eventually(
                () -> assertThat(words(find(Panel.class).id("backup-replaced"))).contains("Mail"));

        action("backup-replaced", "Delete");
        find(TextField.class).id("replaced-name").setValue("mail");
        press("replaced-confirm");
        eventually(() -> assertThat(backups.asked()).containsExactly("drop the mail as mail"));
    }

    @Test
    void aRestoreOfMailIsUndone() {
        backups.furnish();
        backups.mail(true);
        open();
        eventually(
                () -> assertThat(words(find(Panel.class).id("backup-replaced"))).contains("Mail"));

        action("backup-replaced", "Go back");
        press("undo-confirm");
        eventually(() -> assertThat(backups.asked()).containsExactly("undo the mail"));
    }

    @Test
    void aPlaceGetsOtherKeys() {
        openFurnished();
        // A disk of the box has none.
        assertThat(find(Button.class, find(Panel.class).id("backup-targets"))
                        .withText("Other keys")
                        .all())
                .hasSize(1);

        action("backup-targets", "Other keys");
        press("target-keys-confirm");

        eventually(() -> assertThat(find(Dialog.class).all().stream().map(ScreenTest::words))
                .anyMatch(words -> words.contains("ssh-ed25519 BBBB")));
        assertThat(backups.asked()).containsExactly("keys for depot []");
    }

    private void action(String panel, String label) {
        test(find(Button.class, find(Panel.class).id(panel)).withText(label).single())
                .click();
    }

    @Test
    void keepsTheScheduleAsADraft() {
        openFurnished();

        find(IntegerField.class).id("backup-daily").setValue(14);
        press("backup-save");

        eventually(() -> assertThat(drafted().orDefaults().retention()).isEqualTo(new HostState.Retention(14, 4, 6)));
        find(IntegerField.class).id("backup-weekly").setValue(2000);
        press("backup-save");
        eventually(() -> assertThat(find(ProblemPanel.class).all().stream().map(ScreenTest::words))
                .anyMatch(words -> words.contains("between 0 and 1000")));
    }

    @Test
    void takesAPlaceOut() {
        openFurnished();

        test(find(Button.class, find(Panel.class).id("backup-targets"))
                        .withText("Take out")
                        .all()
                        .getFirst())
                .click();
        press("target-remove-confirm");

        eventually(() -> assertThat(drafted().targets()).containsOnlyKeys("depot"));
        eventually(
                () -> assertThat(words(find(Panel.class).id("backup-targets"))).contains("To be taken out"));
    }

    @Test
    @WithMockUser(username = "vera", roles = "VIEWER")
    void whoOnlyLooksIsOfferedNothing() {
        backups.furnish();
        backups.copy(new AppName("blog"));
        backups.replaced(new AppName("blog"));
        open();
        eventually(
                () -> assertThat(words(find(Panel.class).id("backup-copies"))).contains("blog"));

        for (String label : List.of(
                "Restore",
                "Back up",
                "Take out",
                "Compare",
                "Discard",
                "Go back",
                "Delete",
                "Back up now",
                "Recovery kit")) {
            assertThat(find(Button.class).withText(label).exists()).as(label).isFalse();
        }
    }

    @Test
    void theKitIsMadeForWhomAProviderVouchesFor() {
        signIn.vouchedFor("/oauth2/authorization/home?confirm");
        accounts.forget();
        openFurnished();
        press("backup-kit");
        press("kit-make");
        eventually(() -> assertThat(find(Anchor.class).id("proof-provider").getHref())
                .isEqualTo("/oauth2/authorization/home?confirm"));
        assertThat(find(Anchor.class).withId("kit-download").exists()).isFalse();

        accounts.cameBack();
        signIn.cameBack();

        eventually(() ->
                assertThat(find(Anchor.class).withId("kit-download").exists()).isTrue());
    }

    @Test
    void theKitIsTextWhateverThePasswordsAre() {
        backups.furnish();

        String page = KitPage.html(backups.kit(DemoWorld.BOX, false));

        assertThat(page)
                .contains("QR7K-&lt;b&gt;&amp;-9XYZ", "/mnt/cellar/attic", "sftp:attic@depot.example:backups/attic")
                .contains("Not known to this console: SSH_KEY", "It has no recovery key")
                .doesNotContain("<script", "<b>&");
    }

    /** The page in docs/, whose commands the box's own tests run. */
    @Test
    void theKitsCommandsAreThoseOfTheDocumentation() throws IOException {
        var cellar = new RecoveryKit.Place(
                "cellar", new LocalTarget("/mnt/cellar/attic"), true, new TreeMap<>(), new TreeMap<>(), List.of());

        String commands = String.join("\n", KitPage.commands(cellar)).replace("NAME", "shop");

        assertThat(Files.readString(Path.of("docs/recovery.md")))
                .contains("```sh\n" + commands + "\n```")
                .contains("```sh\n" + String.join("\n", KitPage.commandsAnew()).indent(3) + "   ```");
    }

    @Test
    void anAppIsTakenOutOfTheBackups() {
        backups.furnish();
        navigate("apps/blog/storage", Component.class);
        eventually(
                () -> assertThat(find(Checkbox.class).id("app-backup-enabled").getValue())
                        .isTrue());
        eventually(() -> assertThat(words(find(Panel.class).id("app-backups"))).contains("52.4 MB"));

        find(TextArea.class).id("app-backup-exclude").setValue("/cache\n\n *.tmp ");
        press("app-backup-save");
        eventually(() -> assertThat(blog().backup()).isEqualTo(new AppSpec.Backup(null, List.of("/cache", "*.tmp"))));
        // Once the page shows what was kept.
        eventually(
                () -> assertThat(find(TextArea.class).id("app-backup-exclude").getValue())
                        .isEqualTo("/cache\n*.tmp"));
        find(Checkbox.class).id("app-backup-enabled").setValue(false);
        press("app-backup-save");

        eventually(() -> assertThat(blog().isBackedUp()).isFalse());
    }

    private AppSpec blog() {
        return desired.draft(DemoWorld.BOX).apps().get(new AppName("blog"));
    }
}
