package dev.croft.ui.changes;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Section;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.TextArea;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.desired.HostState.Postgresql;
import dev.croft.desired.HostState.Services;
import dev.croft.kernel.AppName;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.ui.demo.DemoPaths;
import dev.croft.ui.demo.DemoReview;
import dev.croft.ui.demo.DemoWorld;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.OutsideNote;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.ScreenTest;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.test.context.support.WithMockUser;

class ChangesViewTest extends ScreenTest {

    @Autowired
    private DesiredStates desired;

    @Autowired
    private DemoPaths paths;

    @AfterEach
    void comesFromOutside() {
        paths.comeFromOutside(true);
    }

    @Test
    void saysThatNothingIsPending() {
        open();

        eventually(() -> assertThat(words(find(EmptyState.class).single())).contains("Nothing is pending"));
        assertThat(find(Button.class).withId("review").exists()).isFalse();
    }

    @Test
    void tellsWhoWantsWhat() {
        open();
        world.furnishDrafts();

        eventually(() -> assertThat(edits())
                .contains("user ben is added as an administrator, with key SHA256:")
                .contains("port 8081 → 8082")
                .contains("memory limit 512M → 1G"));
        assertThat(edits()).contains("ben").contains("anna");
    }

    @Test
    void tellsItInTheReadersLanguage() {
        UI.getCurrent().setLocale(Locale.GERMAN);
        world.furnishDrafts();
        open();

        eventually(() -> assertThat(edits())
                .contains("Port: 8081 → 8082")
                .contains("Speichergrenze: 512M → 1G")
                .contains("Benutzer ben kommt als Administrator hinzu, mit Schlüssel SHA256:"));
        assertThat(edits()).doesNotContain("is added").doesNotContain("is opened");
    }

    @Test
    void takesAChangeBackAfterAQuestion() {
        world.furnishDrafts();
        open();
        eventually(
                () -> assertThat(find(Button.class).withId("discard-bookmarks").exists())
                        .isTrue());

        press("discard-bookmarks");
        assertThat(edits()).contains("port 8081 → 8082");
        press("discard-confirmed");

        eventually(() -> assertThat(edits()).doesNotContain("bookmarks").contains("user ben is added"));
    }

    @Test
    void showsWhatAReviewFoundAndAppliesExactlyThat() {
        world.furnishDrafts();
        review();

        assertThat(words(find(Div.class).id("review-verdict")))
                .contains("This changes the box itself")
                .contains("the firewall and who may sign in to the box");
        assertThat(words(find(Section.class).id("review-units"))).contains("croft-app-bookmarks.service");
        assertThat(words(find(Section.class).id("review-ports"))).contains("9002/tcp");
        assertThat(find(ListItem.class)
                        .withAttribute("data-port", "9002/tcp")
                        .single()
                        .getElement()
                        .getAttribute("data-kind"))
                .isEqualTo("opened");
        assertThat(words(find(Section.class).id("review-users"))).contains("ben");
        assertThat(words(find(Section.class).id("review-packages")))
                .contains("nodejs")
                .contains("10 packages, +58.9 MB in all");
        assertThat(words(find(Section.class).id("review-path"))).contains(DemoReview.TOPLEVEL);

        find(Select.class).id("confirm-within").setValue(120);
        press("apply");

        eventually(() -> assertThat(world.operations().getFirst().state()).isEqualTo(OperationState.AWAITING_CONFIRM));
        assertThat(world.lastApplied().expect()).isEqualTo(DemoReview.TOPLEVEL);
        assertThat(world.lastApplied().confirm().within()).isEqualTo(120);
        assertThat(world.lastApplied().confirm().always()).isFalse();
    }

    @Test
    void tellsStepByStepWhatHappensToAnAppsDataBeforeItsNewVersionStarts() {
        world.furnishDrafts();
        review();

        assertThat(words(find(Section.class).id("review-data")))
                .containsSubsequence(
                        "Before bookmarks's new version starts",
                        "bookmarks is stopped",
                        "its PostgreSQL database bookmarks is dumped",
                        "12.1 MB",
                        "its files are copied",
                        "36.2 MB",
                        "its migration runs",
                        "If the migration fails, the version that runs now serves on");
    }

    @Test
    void saysThatASizeIsNotKnownAndThatAnAppWithoutDataIsMigrated() {
        world.furnishDrafts();
        var dump = new HashMap<String, Object>(Map.of("engine", "mysql", "database", "shop"));
        dump.put("bytes", null);
        world.reviewAlso(
                "data", List.of(Map.of("app", "blog", "bytes", 0, "method", "copy", "databases", List.of(dump))));
        review();

        assertThat(words(find(Section.class).id("review-data")))
                .containsSubsequence(
                        "Before blog's new version starts",
                        "its MariaDB database shop is dumped",
                        "size not known: its server does not answer",
                        "Before bookmarks's new version starts",
                        "its migration runs",
                        "the change is taken back")
                .doesNotContain("its files are copied")
                .doesNotContain("is stopped");
    }

    @Test
    void tellsOfARestartOfTheBoxAndOfTheRoom() {
        world.furnishDrafts();
        world.reviewAlso("reboot", Map.of("needed", true, "why", List.of("kernel")));
        world.reviewAlso("bytesNeeded", 5_000_000_000L);
        world.reviewAlso("bytesFree", 4_000_000_000L);
        world.reviewAlso("boot", Map.of("bytesNeeded", 30_000_000L, "bytesFree", 44_000_000L));
        review();

        assertThat(words(find(Section.class).id("review-reboot"))).contains("kernel");
        assertThat(words(find(Section.class).id("review-room")))
                .contains("5.0 GB needed, but only 4.0 GB free")
                .contains("/boot")
                .contains("30.0 MB of 44.0 MB that are free");
    }

    @Test
    void aMissingSecretBlocksTheChangeUntilItIsSetRightHere() {
        world.furnishDrafts();
        world.reviewAlso("missingSecrets", List.of(Map.of("app", "blog", "name", "SIGNING_KEY")));
        review();

        assertThat(words(find(Section.class).id("review-secrets"))).contains("SIGNING_KEY", "blog");
        assertThat(find(Anchor.class)
                        .from(find(Section.class).id("review-secrets"))
                        .single()
                        .getHref())
                .isEqualTo("apps/blog/environment");
        assertThat(find(Button.class).id("apply").isEnabled()).isFalse();

        press("set-SIGNING_KEY");
        find(TextArea.class).id("secret-value").setValue("a new one");
        press("secret-save");

        eventually(() -> assertThat(find(Button.class).id("apply").isEnabled()).isTrue());
        assertThat(find(Section.class).withId("review-secrets").exists()).isFalse();
    }

    @Test
    void aSecretOfAServiceCanBeSetHereToo() {
        world.furnishDrafts();
        world.reviewAlso("missingSecrets", List.of(Map.of("service", "acme", "name", "DNS_KEY")));
        review();

        assertThat(words(find(Section.class).id("review-secrets"))).contains("DNS_KEY", "the service acme");
        press("set-DNS_KEY");
        find(TextArea.class).id("secret-value").setValue("a new one");
        press("secret-save");

        eventually(() -> assertThat(find(Button.class).id("apply").isEnabled()).isTrue());
    }

    @Test
    void aMajorVersionOfPostgresqlIsOfferedAsTheGuidedUpgrade() {
        world.furnishDrafts();
        HostSettings settings = desired.draft(DemoWorld.BOX).host();
        desired.putSettings(DemoWorld.BOX, settings.withServices(postgresql(settings, 18)));
        world.reviewAlso("postgresql", Map.of("from", 17, "to", 18));
        review();

        assertThat(words(find(Section.class).id("review-upgrade"))).contains("PostgreSQL goes from 17 to 18");
        assertThat(find(Button.class).id("apply").isEnabled()).isFalse();
        press("review-upgrade-guided");

        // Other settings wait, and an upgrade is a change of its own.
        eventually(() -> assertThat(words(find(ProblemPanel.class).all().getFirst()))
                .contains("The new version is out of the changes"));
        assertThat(desired.draft(DemoWorld.BOX).host().services().postgresql().major())
                .isEqualTo(17);
        assertThat(edits()).contains("user ben is added");
    }

    @Test
    @WithMockUser(
            username = "oscar",
            roles = {"OPERATOR", "VIEWER"})
    void anOperatorCannotApplyTheSettingsThatAnAdministratorDrafted() {
        world.furnishDrafts();
        review();

        assertThat(words(find(Div.class).id("review-not-allowed")))
                .contains("only an administrator")
                .contains("user ben is added");
        assertThat(find(Button.class).id("apply").isEnabled()).isFalse();
    }

    @Test
    void saysBeforehandThatAChangeOfTheBoxCannotBeKeptFromTheBoxItself() {
        paths.comeFromOutside(false);
        world.furnishDrafts();
        review();

        eventually(() -> assertThat(find(OutsideNote.class).all().stream().map(ScreenTest::words))
                .anyMatch(note -> note.contains("has to be kept from outside")));
    }

    private static Services postgresql(HostSettings settings, int major) {
        return new Services(
                new Postgresql(major, new TreeMap<>(), null),
                settings.services().mysql(),
                null);
    }

    @Test
    void asksForANewReviewWhenTheChangesAreOthers() {
        world.furnishDrafts();
        review();

        desired.discard(DemoWorld.BOX, new AppName("bookmarks"));

        eventually(() ->
                assertThat(find(Div.class).withId("review-outdated").exists()).isTrue());
        assertThat(find(Button.class).id("apply").isEnabled()).isFalse();
        assertThat(find(Button.class).withId("review-again").exists()).isTrue();
    }

    @Test
    void canStopAReview() {
        world.furnishDrafts();
        open();
        eventually(
                () -> assertThat(find(Button.class).withId("review").exists()).isTrue());
        world.slow();

        press("review");
        eventually(() ->
                assertThat(find(Button.class).withId("review-cancel").exists()).isTrue());
        press("review-cancel");
        press("cancel-confirmed");

        eventually(() -> assertThat(world.operations().getFirst().state()).isEqualTo(OperationState.CANCELLED));
        eventually(
                () -> assertThat(find(Button.class).withId("review").exists()).isTrue());
    }

    @Test
    @WithMockUser(username = "vera", roles = "VIEWER")
    void offersNothingToSomebodyWhoMayOnlyLook() {
        world.furnishDrafts();
        open();

        eventually(() -> assertThat(edits()).contains("user ben is added"));
        for (String id : new String[] {"review", "apply", "discard-all", "discard-settings", "discard-bookmarks"}) {
            assertThat(find(Button.class).withId(id).exists()).as(id).isFalse();
        }
    }

    private void open() {
        navigate(ChangesView.class);
    }

    private void review() {
        open();
        eventually(
                () -> assertThat(find(Button.class).withId("review").exists()).isTrue());
        press("review");
        eventually(() ->
                assertThat(find(Div.class).withId("review-verdict").exists()).isTrue());
        assertThat(world.operations().getFirst().kind()).isEqualTo(Operation.Kind.PLAN);
    }

    private String edits() {
        return words(find(PendingEdits.class).single());
    }
}
