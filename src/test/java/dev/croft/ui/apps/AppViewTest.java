package dev.croft.ui.apps;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.details.Details;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.radiobutton.RadioButtonGroup;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.apps.Apps;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Source;
import dev.croft.kernel.AppName;
import dev.croft.ui.demo.DemoWorld;
import dev.croft.ui.support.DiffText;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.ScreenTest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.test.context.support.WithMockUser;

class AppViewTest extends ScreenTest {

    private static final AppName BOOKMARKS = new AppName("bookmarks");

    @Autowired
    private Apps apps;

    @Test
    void showsWhereItAnswers() {
        open("bookmarks", "overview");

        eventually(() -> assertThat(find(Anchor.class).id("app-url").getHref()).isEqualTo("http://10.213.7.2:8081/"));
    }

    @Test
    void deploysTheRefThatIsAskedFor() {
        open("bookmarks", "overview");
        eventually(
                () -> assertThat(find(Anchor.class).withId("app-url").exists()).isTrue());

        press("app-deploy");
        assertThat(find(TextField.class).id("deploy-ref").getValue()).isEqualTo("main");
        press("deploy-confirm");

        eventually(() -> assertThat(world.operations().getFirst().title()).isEqualTo("Deploy bookmarks"));
    }

    @Test
    void limitsCanBeEditedOfAnAppThatIsThere() {
        open("nothing-there", "overview");
        eventually(() -> assertThat(find(ProblemPanel.class).all()).anyMatch(Component::isVisible));
        assertThat(find(Anchor.class).withText("Edit").exists()).isFalse();

        open("bookmarks", "overview");
        eventually(() -> assertThat(find(Anchor.class).withText("Edit").single().getHref())
                .isEqualTo("apps/bookmarks/environment"));
    }

    @Test
    void whatCameWithTheConsoleHasNoBranchToChooseFrom() {
        var hello = new AppName("hello");
        AppSpec bookmarks = apps.get(DemoWorld.BOX, BOOKMARKS).spec();
        apps.putDraft(
                DemoWorld.BOX,
                hello,
                bookmarks.withSource(new Source(Source.CATALOGUE, "croft:welcome", null, null, null)));
        try {
            open("hello", "overview");
            eventually(() ->
                    assertThat(find(Button.class).withId("app-deploy").exists()).isTrue());

            press("app-deploy");
            assertThat(find(Button.class).withId("deploy-confirm").exists()).isTrue();
            assertThat(find(TextField.class).withId("deploy-ref").exists()).isFalse();
        } finally {
            apps.removeDraft(DemoWorld.BOX, hello);
        }
    }

    @Test
    void stopsAndStarts() {
        open("bookmarks", "overview");
        eventually(
                () -> assertThat(find(Button.class).withId("app-stop").exists()).isTrue());

        press("app-stop");
        eventually(() ->
                assertThat(find(Button.class).withId("app-start").exists()).isTrue());
        assertThat(find(Button.class).withId("app-stop").exists()).isFalse();
    }

    @Test
    void showsWhatADraftWillChange() {
        open("bookmarks", "environment");
        eventually(() -> assertThat(find(IntegerField.class)
                        .withId("app-port")
                        .withValue(8081)
                        .exists())
                .isTrue());

        test(find(IntegerField.class).id("app-port")).setValue(9090);
        press("app-save");

        eventually(() -> assertThat(find(DiffText.class).single().getElement().getTextRecursively())
                .contains("8081")
                .contains("9090"));
        eventually(() -> assertThat(words(find(Div.class).id("app-pending"))).contains("not in force"));
    }

    @Test
    void doesNotOverwriteWhatSomebodyElseSavedMeanwhile() {
        openEnvironment();
        AppSpec before = apps.get(DemoWorld.BOX, BOOKMARKS).spec();
        apps.putDraft(
                DemoWorld.BOX,
                BOOKMARKS,
                before.withRun(
                        new AppSpec.Run(before.run().command(), before.run().port(), Map.of("THEIRS", "1"))));

        test(find(IntegerField.class).id("app-port")).setValue(9090);
        press("app-save");

        eventually(() -> assertThat(find(ProblemPanel.class).all())
                .anyMatch(panel -> "CONFLICT".equals(panel.getElement().getAttribute("data-code"))));
        assertThat(apps.get(DemoWorld.BOX, BOOKMARKS).spec().run().env()).containsKey("THEIRS");
        assertThat(find(IntegerField.class).id("app-port").getValue()).isEqualTo(9090);
    }

    @Test
    void aDeploymentThatLooksUpTheBranchIsNoEditOfSomebodyElse() {
        openEnvironment();
        AppSpec before = apps.get(DemoWorld.BOX, BOOKMARKS).spec();
        apps.putDraft(
                DemoWorld.BOX,
                BOOKMARKS,
                before.withSource(new AppSpec.Source(
                        "git", before.source().url(), "main", "a".repeat(40), "sha256-" + "C".repeat(43) + "=")));
        eventually(() -> assertThat(words(find(Div.class).id("app-pending"))).contains("not in force"));

        test(find(IntegerField.class).id("app-port")).setValue(9090);
        press("app-save");

        eventually(
                () -> assertThat(apps.get(DemoWorld.BOX, BOOKMARKS).spec().run().port())
                        .isEqualTo(9090));
        assertThat(apps.get(DemoWorld.BOX, BOOKMARKS).spec().source().rev()).isEqualTo("a".repeat(40));
    }

    private void openEnvironment() {
        open("bookmarks", "environment");
        eventually(() -> assertThat(find(IntegerField.class)
                        .withId("app-port")
                        .withValue(8081)
                        .exists())
                .isTrue());
    }

    @Test
    void anotherIsolationLevelIsADraftAndSaysWhatItBlocks() {
        open("bookmarks", "environment");
        // Once the app is there: what it says is laid over the fields.
        eventually(() -> assertThat(find(IntegerField.class)
                        .withId("app-port")
                        .withValue(8081)
                        .exists())
                .isTrue());
        test(find(Details.class).id("app-isolation-section")).toggleDetails();

        @SuppressWarnings("unchecked")
        Select<String> level = find(Select.class).id("app-isolation");
        assertThat(level.getValue()).isEqualTo("service");
        test(level).selectItem("Jail");
        assertThat(find(IsolationTable.class).single().getElement().getTextRecursively())
                .contains("See the box's disks", "blocked", "open", "× 1");
        press("app-save");

        eventually(() -> assertThat(find(DiffText.class).single().getElement().getTextRecursively())
                .contains("\"isolation\" : \"jail\""));
    }

    @Test
    void discardsADraft() {
        open("bookmarks", "environment");
        eventually(() -> assertThat(find(IntegerField.class)
                        .withId("app-port")
                        .withValue(8081)
                        .exists())
                .isTrue());
        test(find(IntegerField.class).id("app-port")).setValue(9090);
        press("app-save");
        eventually(() ->
                assertThat(find(Button.class).withId("app-discard").exists()).isTrue());

        press("app-discard");

        eventually(() -> assertThat(find(IntegerField.class)
                        .withId("app-port")
                        .withValue(8081)
                        .exists())
                .isTrue());
    }

    @Test
    void rollsBackToAnEarlierVersionWithItsData() {
        world.upgrade();
        open("bookmarks", "deployments");
        eventually(() -> assertThat(deployments()).hasSize(2));
        assertThat(words(deployments().getFirst()))
                .contains("In force")
                .contains("by bert")
                .contains("took");
        assertThat(find(Button.class, deployments().getFirst()).exists()).isFalse();

        test(find(Button.class, deployments().getLast())
                        .withClassName("roll-back")
                        .single())
                .click();
        assertThat(words(find(Dialog.class).single())).contains("bookmarks alone returns");
        @SuppressWarnings("unchecked")
        RadioButtonGroup<Boolean> data = find(RadioButtonGroup.class).id("roll-back-data");
        data.setValue(true);
        assertThat(words(find(Dialog.class).single())).contains("Lost: what it wrote since");
        press("confirm-roll-back");

        eventually(() ->
                assertThat(world.operations().getFirst().title()).isEqualTo("Roll back bookmarks, code and data"));
    }

    @Test
    void removesAnAppWhoseNameWasTyped() {
        open("bookmarks", "overview");
        eventually(() ->
                assertThat(find(Button.class).withId("app-remove").exists()).isTrue());

        press("app-remove");
        assertThat(words(find(UnorderedList.class).id("remove-goes")))
                .contains("croft-app-bookmarks.service")
                .contains("8081");
        assertThat(words(find(UnorderedList.class).id("remove-stays"))).contains("/var/lib/croft/apps/bookmarks");
        test(find(TextField.class).id("remove-name")).setValue("blog");
        press("remove-confirm");
        assertThat(find(TextField.class).id("remove-name").isInvalid()).isTrue();
        assertThat(world.operations()).noneMatch(each -> each.title().startsWith("Remove"));

        test(find(TextField.class).id("remove-name")).setValue("bookmarks");
        press("remove-confirm");

        eventually(() -> assertThat(world.operations().getFirst().title()).isEqualTo("Remove bookmarks"));
    }

    @Test
    @WithMockUser(username = "vera", roles = "VIEWER")
    void offersAViewerNothingThatWouldBeRefused() {
        world.upgrade();
        open("bookmarks", "deployments");
        eventually(() -> assertThat(deployments()).hasSize(2));

        assertThat(find(Button.class, deployments().getLast()).exists()).isFalse();
        for (String refused : List.of("app-deploy", "app-remove", "app-stop", "app-restart")) {
            assertThat(find(Button.class).withId(refused).exists()).isFalse();
        }
    }

    private List<ListItem> deployments() {
        return find(ListItem.class).withClassName("deployment").all();
    }

    @Test
    void saysWhenThereIsNoSuchApp() {
        open("nowhere", "overview");

        eventually(() -> assertThat(words((AppView) getCurrentView())).contains("There is no app called nowhere."));
    }

    private void open(String app, String tab) {
        navigate(AppView.class, Map.of("app", app, "tab", tab));
    }
}
