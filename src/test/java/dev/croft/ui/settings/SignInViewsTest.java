package dev.croft.ui.settings;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.combobox.ComboBox;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.access.Providers;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Sessions;
import dev.croft.ui.demo.DemoPasskeys;
import dev.croft.ui.demo.DemoSignIn;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.ScreenTest;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** Settings → Sign-in and → My account. */
class SignInViewsTest extends ScreenTest {

    @Autowired
    private Providers providers;

    @Autowired
    private DemoPasskeys passkeys;

    @Autowired
    private DemoSignIn signIn;

    @AfterEach
    void forget() {
        passkeys.forget();
        signIn.locksOut(false);
        signIn.signedInNowhereElse();
        signIn.setPasswordSignIn(true);
        providers.list().forEach(each -> providers.remove(each.settings().id()));
    }

    @Test
    void aProviderIsEnteredWithItsRules() {
        navigate("settings/new-provider", ProviderView.class);
        fill("provider-name", "Home Keycloak");
        assertThat(find(TextField.class).id("provider-id").getValue()).isEqualTo("home-keycloak");
        fill("provider-issuer", "https://id.example.org/realms/home");
        fill("provider-client", "croft");
        press("rule-new");
        test(find(TextField.class).withLabel("Claim").single()).setValue("groups");
        press("provider-save");
        assertThat(providers.list()).as("a rule without a value").isEmpty();

        test(find(TextField.class).withLabel("is, or holds").single()).setValue("family");
        press("provider-save");

        eventually(() -> assertThat(providers.list()).singleElement().satisfies(saved -> {
            assertThat(saved.settings().issuer()).isEqualTo("https://id.example.org/realms/home");
            assertThat(saved.settings().rules())
                    .containsExactly(new Providers.Rule("groups", "family", Role.VIEWER, Scope.EVERYWHERE));
        }));
    }

    @Test
    void aRuleThatIsTypedAlreadyStaysWhenThePlacesToOfferAreKnown() {
        navigate("settings/new-provider", ProviderView.class);
        press("rule-new");
        test(find(TextField.class).withLabel("Claim").single()).setValue("groups");

        eventually(() -> assertThat(find(ComboBox.class)
                        .withClassName("rule-scope")
                        .single()
                        .getListDataView()
                        .getItemCount())
                .isGreaterThan(1));

        assertThat(find(TextField.class).withLabel("Claim").single().getValue()).isEqualTo("groups");
        assertThat(find(ComboBox.class).withClassName("rule-scope").single().getValue())
                .isEqualTo("everywhere");
    }

    @Test
    void anAuthenticatorAppIsAddedAndItsRecoveryCodesAreShownOnce() {
        AccountView view = navigate("settings/account", AccountView.class);
        eventually(() -> press("totp-add"));
        eventually(() -> test(find(TextField.class).id("totp-code")).setValue("123456"));
        press("totp-save");

        eventually(() -> assertThat(words(view)).contains("ABCDE-FGHJK-MNPQR-STVWX"));
        navigate("settings", SettingsView.class);
        AccountView again = navigate("settings/account", AccountView.class);
        eventually(() -> assertThat(words(again)).contains("A code is asked for"));
        assertThat(words(again)).doesNotContain("ABCDE-FGHJK");
    }

    @Test
    void aPasskeyIsRenamedAndRemoved() {
        passkeys.has("Phone");
        AccountView view = navigate("settings/account", AccountView.class);
        eventually(() -> assertThat(words(view)).contains("Phone", "for localhost", "not used yet"));

        test(labelled("Rename the passkey Phone")).click();
        eventually(() -> test(find(TextField.class).id("passkey-name")).setValue("Old phone"));
        press("passkey-rename");
        eventually(() -> assertThat(words(view)).contains("Old phone"));

        test(labelled("Remove the passkey Old phone")).click();
        eventually(() -> press("passkey-remove"));
        eventually(() -> assertThat(words(view)).doesNotContain("Old phone"));
        assertThat(passkeys.mine()).isEmpty();
    }

    @Test
    void administratorsSeeWhoIsSignedInWhereAndEndWhatIsNotTheirOwnPage() {
        signIn.alsoSignedIn(2, "bert", "Safari on iOS", "home");
        signIn.alsoSignedIn(3, "anna", "Chrome on Windows", null);
        SignInView view = navigate("settings/sign-in", SignInView.class);
        eventually(() -> assertThat(words(view))
                .contains("anna: Firefox on Linux", "from 192.0.2.7", "this browser")
                .contains("bert: Safari on iOS", "from 192.0.2.8", "with home")
                .contains("anna: Chrome on Windows"));
        assertThat(find(Button.class)
                        .withAttribute("aria-label", "Revoke the session of anna, Firefox on Linux")
                        .exists())
                .as("the session in front of the screen has a way out of its own")
                .isFalse();

        test(labelled("Revoke the session of bert, Safari on iOS")).click();
        press("session-revoke");

        eventually(() -> assertThat(words(view)).doesNotContain("bert: Safari on iOS"));
        assertThat(signIn.all()).extracting(Sessions.Session::id).containsExactly(1L, 3L);
    }

    @Test
    void aSessionThatIsGoneAlreadyIsToldInTheDialog() {
        signIn.alsoSignedIn(2, "bert", "Safari on iOS", null);
        SignInView view = navigate("settings/sign-in", SignInView.class);
        eventually(() ->
                test(labelled("Revoke the session of bert, Safari on iOS")).click());
        signIn.signedInNowhereElse();

        press("session-revoke");

        eventually(() ->
                assertThat(words(find(Dialogs.class).single())).contains("No session was ended.", "Reload the list."));
        assertThat(words(view)).contains("bert: Safari on iOS");
    }

    @Test
    void onesOwnSessionsAreListedWithoutThoseOfOthers() {
        signIn.alsoSignedIn(2, "bert", "Safari on iOS", null);
        signIn.alsoSignedIn(3, "anna", "Chrome on Windows", null);
        AccountView view = navigate("settings/account", AccountView.class);

        eventually(() -> assertThat(words(view))
                .contains("Firefox on Linux", "this browser", "Chrome on Windows")
                .doesNotContain("Safari on iOS"));
    }

    @Test
    void aProviderIsListedChangedAndRemoved() {
        saveProvider();
        SignInView view = navigate("settings/sign-in", SignInView.class);
        eventually(() -> assertThat(words(view))
                .contains("Home Keycloak", "https://id.example.org/realms/home", "1 rule", "On"));
        assertThat(find(Anchor.class)
                        .withAttribute("aria-label", "Change Home Keycloak")
                        .single()
                        .getHref())
                .isEqualTo("settings/sign-in/home");

        test(labelled("Remove Home Keycloak")).click();
        press("provider-remove");

        eventually(() -> assertThat(words(view)).doesNotContain("Home Keycloak"));
        assertThat(providers.list()).isEmpty();
    }

    @Test
    void aProviderWithoutWhichNobodyCouldAdministerStaysAndTheDialogSaysWhy() {
        saveProvider();
        SignInView view = navigate("settings/sign-in", SignInView.class);
        eventually(() -> test(labelled("Remove Home Keycloak")).click());
        signIn.locksOut(true);

        press("provider-remove");

        eventually(() -> assertThat(words(find(Dialogs.class).single()))
                .contains(
                        "The provider was not removed.",
                        "Nobody could administer this console afterwards.",
                        "Leave the password on."));
        assertThat(find(Button.class).id("provider-remove").isEnabled()).isTrue();
        assertThat(words(view)).contains("Home Keycloak");
        assertThat(providers.list()).hasSize(1);
    }

    @Test
    void passwordsStayOnWhenNobodyCouldAdministerWithoutThem() {
        SignInView view = navigate("settings/sign-in", SignInView.class);
        Checkbox passwords = find(Checkbox.class).id("password-sign-in");
        assertThat(passwords.getValue()).isTrue();
        signIn.locksOut(true);

        test(passwords).click();

        eventually(() -> assertThat(words(view))
                .contains(
                        "Signing in with a password was not switched off.",
                        "Nobody could administer this console afterwards."));
        assertThat(passwords.getValue()).isTrue();
        assertThat(providers.passwordSignIn()).isTrue();

        signIn.locksOut(false);
        test(passwords).click();
        eventually(() -> assertThat(providers.passwordSignIn()).isFalse());
        eventually(() -> assertThat(words(view)).doesNotContain("was not switched off"));
    }

    private void saveProvider() {
        providers.save(
                new Providers.Settings(
                        "home",
                        "Home Keycloak",
                        "https://id.example.org/realms/home",
                        "croft",
                        "",
                        true,
                        List.of(new Providers.Rule("groups", "family", Role.VIEWER, Scope.EVERYWHERE))),
                null,
                null);
    }

    private Button labelled(String label) {
        return find(Button.class).withAttribute("aria-label", label).single();
    }

    private void fill(String id, String text) {
        test(find(TextField.class).id(id)).setValue(text);
    }
}
