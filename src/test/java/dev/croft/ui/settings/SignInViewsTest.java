package dev.croft.ui.settings;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.combobox.ComboBox;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.access.Providers;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.ui.demo.DemoPasskeys;
import dev.croft.ui.support.ScreenTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** Settings → Sign-in and → My account. */
class SignInViewsTest extends ScreenTest {

    @Autowired
    private Providers providers;

    @Autowired
    private DemoPasskeys passkeys;

    @AfterEach
    void forget() {
        passkeys.forget();
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

        test(passkeyButton("Rename the passkey Phone")).click();
        eventually(() -> test(find(TextField.class).id("passkey-name")).setValue("Old phone"));
        press("passkey-rename");
        eventually(() -> assertThat(words(view)).contains("Old phone"));

        test(passkeyButton("Remove the passkey Old phone")).click();
        eventually(() -> press("passkey-remove"));
        eventually(() -> assertThat(words(view)).doesNotContain("Old phone"));
        assertThat(passkeys.mine()).isEmpty();
    }

    private Button passkeyButton(String label) {
        return find(Button.class).withAttribute("aria-label", label).single();
    }

    private void fill(String id, String text) {
        test(find(TextField.class).id(id)).setValue(text);
    }
}
