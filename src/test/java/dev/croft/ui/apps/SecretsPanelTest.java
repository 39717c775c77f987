package dev.croft.ui.apps;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Pre;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.component.upload.Upload;
import dev.croft.desired.AppSpec.As;
import dev.croft.desired.AppSpec.Delivery;
import dev.croft.desired.AppSpec.InGit;
import dev.croft.kernel.AppName;
import dev.croft.ui.demo.DemoAccounts;
import dev.croft.ui.demo.DemoSecrets;
import dev.croft.ui.demo.DemoSignIn;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.ScreenTest;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.test.context.support.WithMockUser;

/** The secrets of an app on its page: told of, set, replaced, shown to who may see them, and never by the way. */
class SecretsPanelTest extends ScreenTest {

    private static final AppName BOOKMARKS = new AppName("bookmarks");

    @Autowired
    private DemoSecrets secrets;

    @Autowired
    private DemoAccounts accounts;

    @Autowired
    private DemoSignIn signIn;

    @AfterEach
    void furnishSignIn() {
        signIn.local();
        accounts.cameBack();
    }

    @Test
    void saysWhichThereAreAndWhichIsMissing() {
        open();

        assertThat(words(row("API_KEY"))).contains("On the box", "as the variable API_KEY", "croft-app-bookmarks");
        assertThat(words(row("SMTP_PASSWORD"))).contains("Missing: deploying is refused");
    }

    @Test
    void aNewSecretIsStoredAndGivenToTheAppAsADraft() {
        open();

        press("secret-new");
        test(find(TextField.class).id("secret-name")).setValue("STRIPE_KEY");
        test(find(TextArea.class).id("secret-value")).setValue("not a real one either");
        press("secret-save");

        eventually(() -> assertThat(words(row("STRIPE_KEY"))).contains("once that is deployed"));
        assertThat(secrets.has(BOOKMARKS, "STRIPE_KEY", "not a real one either"))
                .isTrue();
        assertThat(world.draft(BOOKMARKS).orElseThrow().run().secrets())
                .containsEntry("STRIPE_KEY", Delivery.ENV)
                .containsEntry("API_KEY", Delivery.ENV);
        assertThat(UI.getCurrent().getElement().getTextRecursively()).doesNotContain("not a real one either");
    }

    @Test
    void aValueThatIsNoTextComesFromAFile() {
        open();
        byte[] value = new byte[65_536];
        new Random(7).nextBytes(value);
        byte[] larger = Arrays.copyOf(value, 65_537);

        eventually(() ->
                assertThat(find(Button.class).id("secret-new").isEnabled()).isTrue());
        press("secret-new");
        test(find(TextField.class).id("secret-name")).setValue("KEY_STORE");
        assertThat(find(TextArea.class).id("secret-value").getHelperText()).contains("64 KiB");
        upload("store.p12", larger);
        eventually(() -> assertThat(find(TextArea.class).id("secret-value").getErrorMessage())
                .isEqualTo("The file is too large: a value has at most 64 KiB."));

        upload("store.p12", value);
        eventually(() -> assertThat(find(TextArea.class).id("secret-value").getPlaceholder())
                .isEqualTo("The file store.p12, 65.5 kB"));
        assertThat(find(TextArea.class).id("secret-value").isInvalid()).isFalse();
        press("secret-save");

        eventually(() -> assertThat(words(row("KEY_STORE"))).contains("once that is deployed"));
        assertThat(secrets.has(BOOKMARKS, "KEY_STORE", value)).isTrue();
    }

    private void upload(String name, byte[] content) {
        test(find(Upload.class).id("secret-file-upload")).upload(name, "application/octet-stream", content);
    }

    @Test
    void aSecretFromGitIsNamedWithItsPlaceAndNobodyIsAskedForItsValue() {
        open();

        press("secret-new-git");
        eventually(() -> assertThat(
                        find(Div.class).id("secret-recipients").getElement().getTextRecursively())
                .contains("age1vl9vx6pce0"));
        test(find(TextField.class).id("secret-name")).setValue("SIGNING_KEY");
        test(find(TextField.class).id("secret-file")).setValue("../shop.yaml");
        press("secret-git-save");
        eventually(() ->
                assertThat(find(TextField.class).id("secret-file").isInvalid()).isTrue());
        test(find(TextField.class).id("secret-file")).setValue("secrets/shop.yaml");
        test(find(TextField.class).id("secret-key")).setValue("signing/key");
        press("secret-git-save");

        eventually(() -> assertThat(words(row("SIGNING_KEY")))
                .contains("In git (sops)", "from secrets/shop.yaml, key signing/key", "once that is deployed"));
        assertThat(find(Button.class, row("SIGNING_KEY")).all())
                .extracting(Button::getText)
                .containsExactly("Remove");
        assertThat(world.draft(BOOKMARKS).orElseThrow().run().secrets())
                .containsEntry("SIGNING_KEY", new Delivery(As.ENV, new InGit("secrets/shop.yaml", "signing/key")));
    }

    @Test
    void saysAtTheFieldWhatIsNoName() {
        open();

        press("secret-new");
        test(find(TextField.class).id("secret-name")).setValue("1 A");
        test(find(TextArea.class).id("secret-value")).setValue("x");
        press("secret-save");

        eventually(() ->
                assertThat(find(TextField.class).id("secret-name").isInvalid()).isTrue());
        assertThat(find(Button.class).id("secret-save").isEnabled()).isTrue();
    }

    @Test
    void showsAValueOnlyToWhoProvedLatelyWhoTheyAre() {
        open();

        accounts.forget();
        test(button(row("API_KEY"), "secret-show")).click();
        press("secret-reveal");
        eventually(() -> assertThat(
                        find(PasswordField.class).withId("proof-password").exists())
                .isTrue());
        test(find(PasswordField.class).id("proof-password")).setValue("wrong");
        press("proof-confirm");
        eventually(() -> assertThat(find(ProblemPanel.class).all().stream().map(SecretsPanelTest::words))
                .anyMatch(words -> words.contains("it is not that of anna")));
        assertThat(find(Pre.class).withId("secret-revealed").exists()).isFalse();

        test(find(PasswordField.class).id("proof-password")).setValue(DemoAccounts.PASSWORD);
        press("proof-confirm");
        eventually(() ->
                assertThat(find(Pre.class).id("secret-revealed").getText()).isEqualTo("not a real key"));
    }

    /** The dialog sees by itself when they are back. */
    @Test
    void whomAProviderVouchesForProvesThemselvesThere() {
        accounts.forget();
        signIn.vouchedFor("/oauth2/authorization/home?confirm");
        open();

        test(button(row("API_KEY"), "secret-show")).click();
        press("secret-reveal");
        eventually(() -> assertThat(find(Anchor.class).id("proof-provider").getHref())
                .isEqualTo("/oauth2/authorization/home?confirm"));
        press("proof-confirm");
        eventually(() -> assertThat(find(ProblemPanel.class).all().stream().map(SecretsPanelTest::words))
                .anyMatch(words -> words.contains("has not confirmed yet")));

        accounts.cameBack();
        signIn.cameBack();
        eventually(() ->
                assertThat(find(Pre.class).id("secret-revealed").getText()).isEqualTo("not a real key"));
    }

    @Test
    @WithMockUser(username = "vera", roles = "VIEWER")
    void aViewerSeesNoButtons() {
        open();

        assertThat(buttons("secret-new")).isEmpty();
        assertThat(find(Button.class, row("API_KEY")).all()).isEmpty();
        assertThat(buttons("app-save")).isEmpty();
    }

    @Test
    @WithMockUser(
            username = "otto",
            roles = {"OPERATOR", "VIEWER"})
    void anOperatorReplacesAndIsNotShown() {
        open();

        assertThat(find(Button.class, row("API_KEY")).all())
                .extracting(Button::getText)
                .containsExactly("Replace", "Remove");
    }

    private void open() {
        navigate("apps/bookmarks/environment", AppView.class);
        eventually(() -> assertThat(find(UnorderedList.class).id("secrets").getChildren())
                .isNotEmpty());
    }

    private ListItem row(String name) {
        return find(ListItem.class).all().stream()
                .filter(each -> name.equals(each.getElement().getAttribute("data-secret")))
                .findFirst()
                .orElseThrow();
    }

    private Button button(ListItem row, String className) {
        return find(Button.class, row).all().stream()
                .filter(each -> each.hasClassName(className))
                .findFirst()
                .orElseThrow();
    }

    private List<Button> buttons(String id) {
        return find(Button.class).all().stream()
                .filter(each -> id.equals(each.getId().orElse("")))
                .filter(Button::isVisible)
                .toList();
    }
}
