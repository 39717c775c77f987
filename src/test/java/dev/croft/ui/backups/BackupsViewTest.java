package dev.croft.ui.backups;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.dialog.Dialog;
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
import dev.croft.kernel.SecretText;
import dev.croft.ui.demo.DemoBackups;
import dev.croft.ui.demo.DemoWorld;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.ScreenTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.test.context.support.WithMockUser;

class BackupsViewTest extends ScreenTest {

    private static final String HOST_KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGQgxvZOPueZVBEK2hj8E7eEvgPkmQvPsCUZ235eEhlW";

    private static final String PASSWORD = "correct horse battery";

    @Autowired
    private DemoBackups backups;

    @Autowired
    private DesiredStates desired;

    @BeforeEach
    void somebody() {
        world.claim("anna", PASSWORD);
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
    void tellsHowEachPlaceIs() {
        openFurnished();

        String words = words(find(Panel.class).id("backup-targets"));
        assertThat(words)
                .contains("cellar", "/mnt/cellar/attic on the box", "Up to date", "734 MB", "14 backups")
                .contains("Restore test passed for 2 apps", "not started: bookmarks")
                .contains("depot", "Not reachable", "No route to host", "Never tried to restore");
    }

    @Test
    void aRestoreInPlaceWantsThePasswordAndNothingElseDoes() {
        openFurnished();
        find(Select.class).id("backup-list-app");
        List<Button> restore = find(Button.class, find(Panel.class).id("backup-kept"))
                .withText("Restore")
                .all();
        test(restore.getFirst()).click();
        eventually(() -> assertThat(find(Dialog.class).all()).isNotEmpty());
        assertThat(words(find(Dialog.class).single())).contains("Nothing is lost", "kept as a snapshot");
        assertThat(find(PasswordField.class).withId("restore-password").exists())
                .isFalse();

        radio("restore-mode").setValue(true);
        find(PasswordField.class).id("restore-password").setValue("another");
        press("restore-confirm");
        eventually(() -> assertThat(words(find(Dialog.class).single())).contains("another password"));
        assertThat(backups.asked()).isEmpty();
        find(PasswordField.class).id("restore-password").setValue(PASSWORD);
        press("restore-confirm");

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
        find(PasswordField.class).id("discard-password").setValue(PASSWORD);
        press("discard-confirm");

        eventually(() ->
                assertThat(find(Panel.class).withId("backup-copies").exists()).isFalse());
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
        open();
        eventually(
                () -> assertThat(words(find(Panel.class).id("backup-copies"))).contains("blog"));

        for (String label :
                List.of("Restore", "Back up", "Take out", "Compare", "Discard", "Back up now", "Recovery kit")) {
            assertThat(find(Button.class).withText(label).exists()).as(label).isFalse();
        }
    }

    @Test
    void theKitIsTextWhateverThePasswordsAre() {
        backups.furnish();

        String page = KitPage.html(backups.kit(DemoWorld.BOX, SecretText.of(PASSWORD), false));

        assertThat(page)
                .contains("QR7K-&lt;b&gt;&amp;-9XYZ", "/mnt/cellar/attic", "sftp:attic@depot.example:backups/attic")
                .contains("Not known to this console: SSH_KEY", "It has no recovery key")
                .doesNotContain("<script", "<b>&");
    }

    /** The page in docs/, whose commands the box's own tests run. */
    @Test
    void theKitsCommandsAreThoseOfTheDocumentation() throws IOException {
        var cellar =
                new RecoveryKit.Place("cellar", new LocalTarget("/mnt/cellar/attic"), true, new TreeMap<>(), List.of());

        String commands = String.join("\n", KitPage.commands(cellar)).replace("NAME", "shop");

        assertThat(Files.readString(Path.of("docs/recovery.md"))).contains("```sh\n" + commands + "\n```");
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
