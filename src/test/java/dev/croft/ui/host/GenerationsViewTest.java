package dev.croft.ui.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.ListItem;
import dev.croft.operations.Operation;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.ScreenTest;
import org.junit.jupiter.api.Test;

class GenerationsViewTest extends ScreenTest {

    @Test
    void offersEveryGenerationButTheCurrentOne() {
        open();

        assertThat(row("4").getElement().hasAttribute("data-current")).isTrue();
        assertThat(find(Button.class, row("4")).withClassName("roll-back").exists())
                .isFalse();
        assertThat(find(Button.class, row("1")).withClassName("roll-back").exists())
                .isTrue();
    }

    @Test
    void saysThatDataStaysBeforeItRollsBack() {
        open();

        test(find(Button.class, row("2")).withClassName("roll-back").single()).click();

        assertThat(words(find(Dialog.class).single()))
                .contains("returns to generation 2")
                .contains("Rolling back configuration does not roll back data");
        assertThat(world.operations()).noneMatch(each -> each.kind() == Operation.Kind.ROLLBACK);
    }

    @Test
    void rollsBackWhenConfirmed() {
        open();
        test(find(Button.class, row("2")).withClassName("roll-back").single()).click();

        press("confirm-roll-back");

        eventually(() ->
                assertThat(row("2").getElement().hasAttribute("data-current")).isTrue());
        assertThat(world.operations().getFirst().title()).isEqualTo("Roll back to generation 2");
    }

    @Test
    void saysWhyTheListIsMissingWhenTheBoxDoesNotAnswer() {
        world.reachable(false);
        GenerationsView view = navigate(GenerationsView.class);

        eventually(() -> assertThat(
                        find(ProblemPanel.class, view).first().getElement().getAttribute("data-code"))
                .isEqualTo("HOST_UNREACHABLE"));
    }

    private void open() {
        navigate(GenerationsView.class);
        eventually(() -> assertThat(
                        find(ListItem.class).withClassName("generation").all())
                .hasSize(4));
    }

    private ListItem row(String number) {
        return find(ListItem.class).withAttribute("data-number", number).single();
    }
}
