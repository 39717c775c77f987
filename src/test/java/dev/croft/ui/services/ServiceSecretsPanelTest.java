package dev.croft.ui.services;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.desired.AppSpec.InGit;
import dev.croft.ui.support.ScreenTest;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.springframework.security.test.context.support.WithMockUser;

/** The relay's password: sealed on the box, or taken from git, by a draft like any other. */
class ServiceSecretsPanelTest extends ScreenTest {

    private static final InGit PLACE = new InGit("secrets/box.yaml", "relay");

    @Test
    void takesASecretOfAServiceFromGitAndBack() {
        open();
        assertThat(words(row())).contains("RELAY_PASSWORD", "On the box", "for the service mail");

        test(button("secret-git")).click();
        eventually(
                () -> assertThat(words(find(Div.class).id("secret-recipients"))).contains("age1vl9vx6pce0"));
        assertThat(find(TextField.class).id("secret-name").isReadOnly()).isTrue();
        test(find(TextField.class).id("secret-file")).setValue("../box.yaml");
        press("secret-git-save");
        eventually(() ->
                assertThat(find(TextField.class).id("secret-file").isInvalid()).isTrue());
        test(find(TextField.class).id("secret-file")).setValue(PLACE.file());
        test(find(TextField.class).id("secret-key")).setValue("relay");
        press("secret-git-save");

        eventually(() ->
                assertThat(words(row())).contains("In git (sops)", "relay in secrets/box.yaml, once that is applied"));
        assertThat(world.settingsDraft().orElseThrow().secrets())
                .isEqualTo(Map.of("mail", new TreeMap<>(Map.of("RELAY_PASSWORD", PLACE))));

        test(button("secret-seal")).click();
        press("secret-seal-confirm");
        eventually(() -> assertThat(words(row())).contains("On the box"));
        assertThat(world.settingsDraft().map(draft -> draft.secrets().isEmpty()).orElse(true))
                .isTrue();
    }

    @Test
    @WithMockUser(username = "olga", roles = "OPERATOR")
    void whoMayNotChangeTheBoxOnlySeesIt() {
        open();

        assertThat(find(Button.class, row()).all()).isEmpty();
    }

    private void open() {
        navigate("services/mail", Component.class);
        eventually(
                () -> assertThat(find(UnorderedList.class).id("service-secrets").getChildren())
                        .hasSize(1));
    }

    private ListItem row() {
        return find(ListItem.class).all().stream()
                .filter(each -> "mail/RELAY_PASSWORD".equals(each.getElement().getAttribute("data-secret")))
                .findFirst()
                .orElseThrow();
    }

    private Button button(String className) {
        return find(Button.class, row()).all().stream()
                .filter(each -> each.hasClassName(className))
                .findFirst()
                .orElseThrow();
    }
}
