package dev.croft.ui.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.ListItem;
import dev.croft.operations.Operation;
import dev.croft.ui.demo.DemoDrifts;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ScreenTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.test.context.support.WithMockUser;

class DriftViewTest extends ScreenTest {

    @Autowired
    private DemoDrifts drifts;

    @BeforeEach
    void inSync() {
        drifts.restart();
    }

    @Test
    void provesOnlyWhatWasEvaluated() {
        open("clean");
        assertThat(words(find(Panel.class).id("drift")))
                .contains("as far as can be seen")
                .contains("not evaluated");

        press("drift-prove");

        eventually(() -> assertThat(standing()).isEqualTo("proven"));
        assertThat(words(find(Panel.class).id("drift")))
                .contains("In sync, proven")
                .contains("/nix/store/0c5j7x");
    }

    @Test
    void listsWhatIsOutsideAndWhatToDoAboutIt() {
        drifts.drifted();
        open("drifted");

        assertThat(words(find(Panel.class).id("drift"))).contains("4 things are outside");
        assertThat(words(item("unit"))).contains("backup.service").contains("Croft does not touch units");
        assertThat(find(Button.class, item("unit")).exists()).isFalse();
        assertThat(find(Button.class, item("flake")).withClassName("adopt").exists())
                .isTrue();
    }

    @Test
    void explainsAndReturns() {
        drifts.drifted();
        open("drifted");

        test(find(Button.class, item("flake")).withClassName("return").single()).click();
        assertThat(words(find(Dialog.class).single()))
                .contains("refs/croft/set-aside")
                .contains("goes back by itself");
        press("drift-return-confirm");

        eventually(() -> assertThat(find(ListItem.class)
                        .withClassName("drift-item")
                        .withAttribute("data-kind", "flake")
                        .exists())
                .isFalse());
        assertThat(world.operations().getFirst().kind()).isEqualTo(Operation.Kind.RECONCILE);
        assertThat(item("system")).isNotNull();
    }

    @Test
    @WithMockUser(
            username = "olaf",
            roles = {"OPERATOR", "VIEWER"})
    void leavesTheWayOutToAdministrators() {
        drifts.drifted();
        open("drifted");

        assertThat(find(Button.class, item("flake")).exists()).isFalse();
    }

    private void open(String standing) {
        navigate(DriftView.class);
        eventually(() -> assertThat(standing()).isEqualTo(standing));
    }

    private String standing() {
        return String.valueOf(find(Panel.class).id("drift").getElement().getAttribute("data-standing"));
    }

    private ListItem item(String kind) {
        return find(ListItem.class)
                .withClassName("drift-item")
                .withAttribute("data-kind", kind)
                .single();
    }
}
