package dev.croft.ui.wizard;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.details.Details;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.NativeDetails;
import com.vaadin.flow.component.html.Section;
import com.vaadin.flow.component.radiobutton.RadioButtonGroup;
import com.vaadin.flow.component.textfield.EmailField;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.access.Providers;
import dev.croft.desired.AppSpec.Tls;
import dev.croft.desired.HostState.Acme;
import dev.croft.kernel.AppName;
import dev.croft.setup.Wizard.Standing;
import dev.croft.setup.Wizard.Step;
import dev.croft.ui.demo.DemoDesired;
import dev.croft.ui.demo.DemoWizard;
import dev.croft.ui.demo.DemoWorld;
import dev.croft.ui.host.TimezoneField;
import dev.croft.ui.support.ScreenTest;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.test.context.support.WithMockUser;

/** The wizard writes drafts, remembers where somebody was, and overwrites nobody. */
class WizardViewTest extends ScreenTest {

    private static final String KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl bert@desk";

    @Autowired
    private DemoWizard wizard;

    @Autowired
    private DemoDesired desired;

    @Autowired
    private Providers providers;

    @BeforeEach
    void nobodyWasHere() {
        wizard.forget();
    }

    @Test
    void beginsWithTheBoxAndGoesOnWhereItWasLeft() {
        open("box");
        next("identity");

        navigate("", com.vaadin.flow.component.Component.class);
        eventually(
                () -> assertThat(words(find(Div.class).id("setup-unfinished"))).contains("1 of 6"));

        open("identity");
        assertThat(words(find(NativeButton.class)
                        .id("wizard-step-box")
                        .getParent()
                        .orElseThrow()))
                .contains("done by anna");
    }

    @Test
    void whatAStepDecidesIsInTheDraftAndCanBeTakenBack() {
        String zone = desired.draft(DemoWorld.BOX).host().timezone();
        at("identity");
        test(find(TimezoneField.class).id("wizard-timezone")).selectItem("Asia/Tokyo");
        test(find(TextField.class).id("wizard-person")).setValue("bert");
        test(find(TextArea.class).id("wizard-key")).setValue(KEY);

        next("domain");

        var drafted = world.settingsDraft().orElseThrow();
        assertThat(drafted.timezone()).isEqualTo("Asia/Tokyo");
        assertThat(drafted.users().get("bert").keys()).containsExactly(KEY);
        eventually(() -> assertThat(words(find(Div.class).id("wizard-waiting"))).contains("Asia/Tokyo"));

        test(find(NativeButton.class).id("wizard-step-identity")).click();
        press("wizard-undo");

        eventually(() ->
                assertThat(wizard.progress(DemoWorld.BOX).mark(Step.IDENTITY)).isEmpty());
        assertThat(desired.draft(DemoWorld.BOX).host().timezone()).isEqualTo(zone);
        assertThat(desired.draft(DemoWorld.BOX).host().users()).doesNotContainKey("bert");
    }

    /** Nobody has to scroll past two dozen things that are fine to go on. */
    @Test
    void whatFailsStandsAloneAndTheRestIsFoldedAway() {
        open("box");
        eventually(() -> assertThat(failing()).contains("volatile").doesNotContain("Fine"));

        NativeDetails rest = find(NativeDetails.class).single();
        assertThat(rest.getSummaryText()).isEqualTo("4 more things were looked at");
        assertThat(rest.isOpen()).isFalse();
        assertThat(rest.getElement().getTextRecursively()).contains("Fine").doesNotContain("volatile");
    }

    private String failing() {
        return find(Section.class).withClassName("croft-contract-group").all().stream()
                .filter(section ->
                        "What could be better".equals(section.getElement().getAttribute("aria-label")))
                .map(section -> section.getElement().getTextRecursively())
                .collect(Collectors.joining());
    }

    @Test
    void undoingTheCheckTakesItsFixesBackAndLeavesWhatOthersDrafted() {
        var others = desired.draft(DemoWorld.BOX).host().withTimezone("Asia/Tokyo");
        desired.putSettings(DemoWorld.BOX, others);
        open("box");
        eventually(() ->
                assertThat(find(Button.class).withClassName("fix").exists()).isTrue());
        test(find(Button.class).withClassName("fix").single()).click();
        eventually(() -> assertThat(desired.draft(DemoWorld.BOX).host()).isNotEqualTo(others));
        next("identity");

        test(find(NativeButton.class).id("wizard-step-box")).click();
        press("wizard-undo");

        eventually(() -> assertThat(desired.draft(DemoWorld.BOX).host()).isEqualTo(others));
        eventually(() -> assertThat(find(Button.class).withClassName("fix").exists())
                .as("it is offered again")
                .isTrue());
    }

    @Test
    void aProviderIsGoodAtOnceSoItIsRemovedAndNotUndone() {
        at("sign-in");
        next("backups");

        test(find(NativeButton.class).id("wizard-step-sign-in")).click();

        assertThat(find(Button.class).withId("wizard-undo").exists()).isFalse();
    }

    @Test
    void aDomainWaitsForTheAppThatAnswersToIt() {
        at("domain");
        test(find(TextField.class).id("wizard-domain")).setValue("Attic.Example.org");
        press("wizard-next");
        assertThat(find(EmailField.class).id("wizard-acme-email").isInvalid()).isTrue();

        test(find(EmailField.class).id("wizard-acme-email")).setValue("ada@example.org");
        next("sign-in");

        assertThat(world.settingsDraft().orElseThrow().acme()).isEqualTo(new Acme("ada@example.org", Acme.STAGING));
        at("app");
        press("wizard-live");
        eventually(() -> assertThat(desired.draft(DemoWorld.BOX).apps()).containsKey(new AppName("welcome")));
        var app = desired.draft(DemoWorld.BOX).apps().get(new AppName("welcome"));
        assertThat(app.domains()).containsExactly("attic.example.org");
        assertThat(app.web().tls()).isEqualTo(Tls.ACME);
        eventually(() -> assertThat(wizard.progress(DemoWorld.BOX)
                        .mark(Step.APP)
                        .orElseThrow()
                        .answer())
                .isEqualTo("welcome"));
    }

    @Test
    void aDomainThatLeadsElsewhereIsToldBeforeItIsLeftAndForbidsNothing() {
        at("domain");
        test(find(TextField.class).id("wizard-domain")).setValue("elsewhere.example.org");
        choose("SELF_SIGNED");

        press("wizard-next");

        eventually(
                () -> assertThat(find(Button.class).id("wizard-next").getText()).isEqualTo("Go on all the same"));
        assertThat(stage()).isEqualTo("domain");
        assertThat(words(find(WizardStep.class).single()))
                .contains("198.51.100.9 is not this box")
                .doesNotContain("Port 80");
        assertThat(wizard.progress(DemoWorld.BOX).mark(Step.DOMAIN)).isEmpty();

        next("sign-in");
        assertThat(wizard.progress(DemoWorld.BOX)
                        .mark(Step.DOMAIN)
                        .orElseThrow()
                        .answer())
                .isEqualTo("elsewhere.example.org self-signed");
    }

    @Test
    void anotherNameIsLookedAtAgain() {
        at("domain");
        test(find(TextField.class).id("wizard-domain")).setValue("elsewhere.example.org");
        choose("SELF_SIGNED");
        press("wizard-next");
        eventually(
                () -> assertThat(find(Button.class).id("wizard-next").getText()).isEqualTo("Go on all the same"));

        test(find(TextField.class).id("wizard-domain")).setValue("elsewhere.example.net");
        press("wizard-next");

        eventually(() -> assertThat(words(find(WizardStep.class).single())).contains("elsewhere.example.net"));
        assertThat(wizard.progress(DemoWorld.BOX).mark(Step.DOMAIN)).isEmpty();
    }

    @Test
    void theLastStepShowsWhatItsClickWillDoBeforeIt() {
        at("app");
        eventually(() -> assertThat(proposal()).contains("welcome", "comes with \"Put it live\""));
        assertThat(desired.draft(DemoWorld.BOX).apps()).doesNotContainKey(new AppName("welcome"));

        chooseRepository();
        assertThat(proposal()).isEmpty();
        test(find(TextField.class).id("wizard-app-url")).setValue("https://git.example.org/me/poems.git");
        eventually(() -> assertThat(proposal()).contains("poems").doesNotContain("welcome"));
        test(find(TextField.class).id("wizard-app-url")).setValue("https://git.example.org/me/nothing.git");
        eventually(() -> assertThat(proposal()).contains("does not know how to build this repository"));

        test(find(TextField.class).id("wizard-app-url")).setValue("https://git.example.org/me/poems.git");
        eventually(() -> assertThat(proposal()).contains("poems"));
        String shown = proposal();
        press("wizard-live");
        eventually(() -> assertThat(desired.draft(DemoWorld.BOX).apps()).containsKey(new AppName("poems")));
        eventually(() -> assertThat(proposal()).isEmpty());
        assertThat(shown).contains("static");
    }

    private String proposal() {
        return words(find(Div.class).id("wizard-proposal"));
    }

    @Test
    void straightToTheFirstAppWithoutASingleField() {
        open("box");

        press("wizard-straight");
        assertThat(stage()).isEqualTo("app");
        press("wizard-live");

        eventually(() -> assertThat(
                        find(Div.class).id("wizard-outcome").getElement().getAttribute("data-state"))
                .isNotNull());
        assertThat(desired.draft(DemoWorld.BOX).apps()).containsKey(new AppName("welcome"));
    }

    @Test
    void aRepositoryNeedsAnAddress() {
        at("app");
        chooseRepository();

        press("wizard-live");

        assertThat(find(TextField.class).id("wizard-app-url").isInvalid()).isTrue();
        assertThat(wizard.progress(DemoWorld.BOX).mark(Step.APP)).isEmpty();
    }

    @Test
    void whoGetsInIsSettledWithoutLeavingTheWizard() {
        at("identity");
        eventually(() -> assertThat(words(find(Div.class).id("my-account"))).contains("Authenticator app"));

        next("domain");
        press("wizard-skip");
        eventually(() -> assertThat(stage()).isEqualTo("sign-in"));
        test(find(Details.class).id("wizard-provider")).openDetails();
        test(find(TextField.class).id("provider-name")).setValue("Home Keycloak");
        test(find(TextField.class).id("provider-issuer")).setValue("https://id.example.org/realms/home");
        test(find(TextField.class).id("provider-client")).setValue("croft");
        press("provider-save");

        eventually(() -> assertThat(words(find(Div.class).id("wizard-sign-in"))).contains("Home Keycloak"));
        assertThat(find(Details.class).id("wizard-provider").isOpened()).isFalse();
        providers.remove("home-keycloak");
    }

    @Test
    void stepsCanBeSkippedAndComeBackTo() {
        open("box");
        for (String step : List.of("identity", "domain", "sign-in", "backups", "app")) {
            press("wizard-skip");
            eventually(() -> assertThat(stage()).isEqualTo(step));
        }

        assertThat(wizard.progress(DemoWorld.BOX)
                        .mark(Step.BACKUPS)
                        .orElseThrow()
                        .standing())
                .isEqualTo(Standing.SKIPPED);
        test(find(NativeButton.class).id("wizard-step-backups")).click();
        assertThat(stage()).isEqualTo("backups");
        assertThat(words(find(Div.class).id("wizard-places"))).isNotEmpty();
    }

    @Test
    void seesWhatSomebodyElseDoesAndIsToldOfAConflict() {
        at("domain");
        test(find(TextField.class).id("wizard-domain")).setValue("mine.example.org");
        choose("SELF_SIGNED");
        // comes between what the page shows and the click, as from another browser
        wizard.leaveAs("bert", Step.DOMAIN, Standing.DONE, "his.example.org none");

        press("wizard-next");

        eventually(() -> assertThat(
                        words(getCurrentView().getElement().getComponent().orElseThrow()))
                .contains("bert left it in another way meanwhile"));
        assertThat(wizard.progress(DemoWorld.BOX)
                        .mark(Step.DOMAIN)
                        .orElseThrow()
                        .answer())
                .isEqualTo("his.example.org none");
        eventually(() -> assertThat(words(find(NativeButton.class)
                        .id("wizard-step-domain")
                        .getParent()
                        .orElseThrow()))
                .contains("done by bert"));
    }

    @Test
    void aConflictIsOneAlsoWhenThePageShowsByThenWhoElseWasThere() {
        at("domain");
        test(find(TextField.class).id("wizard-domain")).setValue("mine.example.org");
        choose("SELF_SIGNED");
        wizard.leaveAs("bert", Step.DOMAIN, Standing.DONE, "his.example.org none");
        eventually(() -> assertThat(
                        words(getCurrentView().getElement().getComponent().orElseThrow()))
                .contains("bert"));

        press("wizard-next");

        eventually(() -> assertThat(
                        words(getCurrentView().getElement().getComponent().orElseThrow()))
                .contains("bert left it in another way meanwhile"));
        assertThat(wizard.progress(DemoWorld.BOX)
                        .mark(Step.DOMAIN)
                        .orElseThrow()
                        .answer())
                .isEqualTo("his.example.org none");
    }

    @Test
    @WithMockUser(
            username = "olga",
            roles = {"OPERATOR", "VIEWER"})
    void whoMayNotSeesWhereItStands() {
        wizard.leaveAs("bert", Step.BOX, Standing.DONE, null);

        open("identity");

        assertThat(find(Button.class).withId("wizard-next").exists()).isFalse();
        assertThat(words(find(Div.class).id("wizard-stage"))).contains("An administrator sets up a box.");
    }

    // ---- words of this test

    private void open(String step) {
        navigate("wizard", WizardView.class);
        eventually(() -> assertThat(stage()).isEqualTo(step));
    }

    /** Opens the wizard and goes to a step by the rail. */
    private void at(String step) {
        navigate("wizard", WizardView.class);
        eventually(() -> assertThat(stage()).isNotNull());
        test(find(NativeButton.class).id("wizard-step-" + step)).click();
        roundTrip();
    }

    private void next(String step) {
        press("wizard-next");
        eventually(() -> assertThat(stage()).isEqualTo(step));
    }

    private String stage() {
        return find(Div.class).id("wizard-stage").getElement().getAttribute("data-step");
    }

    @SuppressWarnings("unchecked")
    private void chooseRepository() {
        RadioButtonGroup<Object> choice = find(RadioButtonGroup.class).id("wizard-app");
        choice.setValue(choice.getListDataView().getItem(1));
    }

    @SuppressWarnings("unchecked")
    private void choose(String issuer) {
        RadioButtonGroup<Object> choice = find(RadioButtonGroup.class).id("wizard-issuer");
        choice.setValue(choice.getListDataView()
                .getItems()
                .filter(each -> each.toString().equals(issuer))
                .findFirst()
                .orElseThrow());
    }
}
