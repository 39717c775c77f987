package dev.croft.ui.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.combobox.ComboBox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.desired.HostState.Ssh;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.ScreenTest;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.security.test.context.support.WithMockUser;

/** Network, people and time of the box: kept as a change that waits, never applied by the form itself. */
class BoxSettingsTest extends ScreenTest {

    private static final String KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl bert@desk";

    @Test
    void saysWhoOpensWhat() {
        network();

        String ports = words(find(Panel.class).id("open-ports"));
        assertThat(ports)
                .contains("SSH")
                .contains("Web server for blog.example.org")
                .contains("8081")
                .contains("bookmarks")
                .contains("51820");
    }

    @Test
    void keepsPortsAsAPendingChange() {
        network();

        test(find(TextField.class).id("network-tcp")).setValue("9000 8443");
        press("network-save");

        eventually(
                () -> assertThat(words(find(Div.class).id("settings-pending"))).contains("Nothing on the box"));
        assertThat(world.settingsDraft().orElseThrow().firewall().tcp()).containsExactly(8443, 9000);
        assertThat(words(find(Panel.class).id("open-ports"))).contains("9000");
    }

    @Test
    void saysAtTheFieldWhatIsNoPort() {
        network();

        test(find(TextField.class).id("network-udp")).setValue("wireguard");
        press("network-save");

        assertThat(find(TextField.class).id("network-udp").isInvalid()).isTrue();
        assertThat(world.settingsDraft()).isEmpty();
        assertThat(find(Button.class).id("network-save").isEnabled()).isTrue();
    }

    @Test
    void showsKeysByTheirFingerprint() {
        assertThat(AuthorizedKey.of(KEY).fingerprint()).isEqualTo("SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU");
        assertThat(AuthorizedKey.of(KEY).comment()).isEqualTo("bert@desk");
        assertThat(AuthorizedKey.of("hello").fingerprint()).isNull();
        users();

        assertThat(words(row("anna")))
                .contains("anna@laptop")
                .contains("SHA256:")
                .doesNotContain("AAAA");
    }

    @Test
    void addsAPersonAsAPendingChange() {
        users();

        press("person-new");
        test(find(TextField.class).id("person-name")).setValue("bert");
        test(find(TextArea.class).id("person-keys")).setValue(KEY + "\n\n");
        press("person-save");

        eventually(() -> assertThat(words(row("bert"))).contains("bert@desk"));
        assertThat(world.settingsDraft().orElseThrow().users().get("bert").keys())
                .isEqualTo(List.of(KEY));
        assertThat(world.settingsDraft().orElseThrow().users()).containsKey("anna");
    }

    @Test
    void doesNotTakeANewPersonForOneWhoIsThere() {
        users();

        press("person-new");
        test(find(TextField.class).id("person-name")).setValue("anna");
        press("person-save");

        assertThat(find(TextField.class).id("person-name").getErrorMessage()).contains("already");
        assertThat(world.settingsDraft()).isEmpty();
    }

    @Test
    void removesAPersonAndChangesPasswords() {
        users();

        test(find(Button.class, row("anna")).withClassName("remove").single()).click();
        press("person-remove-confirm");
        eventually(() ->
                assertThat(find(UnorderedList.class).id("people").getChildren()).hasSize(1));

        test(find(Checkbox.class).id("ssh-passwords")).click();
        eventually(() -> assertThat(world.settingsDraft().orElseThrow().ssh()).isEqualTo(new Ssh(true)));
        assertThat(world.settingsDraft().orElseThrow().users()).doesNotContainKey("anna");
    }

    @Test
    void doesNotOverwriteWhatSomebodyElseDraftedMeanwhile() {
        network();
        world.draftSettings(settings -> settings.withTimezone("Asia/Tokyo"));

        test(find(TextField.class).id("network-tcp")).setValue("9000");
        press("network-save");

        eventually(() -> assertThat(find(ProblemPanel.class).all())
                .anyMatch(panel -> "CONFLICT".equals(panel.getElement().getAttribute("data-code"))));
        assertThat(world.settingsDraft().orElseThrow().firewall().tcp()).containsExactly(8443);
    }

    @Test
    @SuppressWarnings("unchecked")
    void changesTheTimeZone() {
        navigate(HostView.class);
        eventually(() -> assertThat(((ComboBox<String>) find(ComboBox.class).id("host-timezone")).getValue())
                .isEqualTo("Europe/Paris"));

        ((ComboBox<String>) find(ComboBox.class).id("host-timezone")).setValue("Europe/Berlin");
        press("host-settings-save");

        eventually(
                () -> assertThat(world.settingsDraft().orElseThrow().timezone()).isEqualTo("Europe/Berlin"));
    }

    @Test
    @WithMockUser(
            username = "olaf",
            roles = {"OPERATOR", "VIEWER"})
    void offersEditingToAdministratorsOnly() {
        navigate(NetworkView.class);
        eventually(() -> assertThat(words(find(Panel.class).id("open-ports"))).contains("SSH"));
        assertThat(find(Button.class).withId("network-save").exists()).isFalse();

        users();
        assertThat(find(Button.class).withId("person-new").exists()).isFalse();
        assertThat(find(Button.class, row("anna")).exists()).isFalse();
        assertThat(find(Checkbox.class).id("ssh-passwords").isEnabled()).isFalse();
    }

    private void network() {
        navigate(NetworkView.class);
        eventually(() ->
                assertThat(find(TextField.class).id("network-tcp").getValue()).isEqualTo("8443"));
    }

    private void users() {
        navigate(UsersView.class);
        eventually(() ->
                assertThat(find(UnorderedList.class).id("people").getChildren()).hasSize(2));
    }

    private ListItem row(String user) {
        return find(ListItem.class).withAttribute("data-user", user).single();
    }
}
