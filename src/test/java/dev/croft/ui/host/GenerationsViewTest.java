package dev.croft.ui.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Section;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.radiobutton.RadioButtonGroup;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.operations.Operation;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.ScreenTest;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.security.test.context.support.WithMockUser;

class GenerationsViewTest extends ScreenTest {

    @BeforeEach
    void twoVersions() {
        world.upgrade();
    }

    @Test
    void offersEveryGenerationButTheCurrentOne() {
        open();

        assertThat(row("5").getElement().hasAttribute("data-current")).isTrue();
        assertThat(find(Button.class, row("5")).withClassName("roll-back").exists())
                .isFalse();
        assertThat(find(Button.class, row("1")).withClassName("roll-back").exists())
                .isTrue();
        assertThat(words(row("1"))).contains("By hand").contains("Booted");
        assertThat(words(row("2"))).contains("Apply").contains("by anna").contains("if deleted");
    }

    @Test
    void pinsAndLabels() {
        open();

        test(find(Button.class, row("2")).withClassName("pin").single()).click();
        eventually(() -> assertThat(words(row("2"))).contains("Pinned").doesNotContain("if deleted"));

        test(find(Button.class, row("3")).withClassName("label").single()).click();
        test(find(TextField.class, row("3")).single()).setValue("before the move ");
        test(find(Button.class, row("3")).withClassName("label-keep").single()).click();
        eventually(() -> assertThat(words(row("3"))).contains("before the move"));
    }

    @Test
    void saysWhatARollbackDoesBeforeItIsStarted() {
        open();

        askFor("4");

        // bookmarks has another version there, and a copy of its data from when that was left
        eventually(
                () -> assertThat(words(find(Div.class).id("roll-back-changes"))).contains("bookmarks"));
        assertThat(words(find(Dialog.class).single()))
                .contains("returns to generation 4")
                .contains("Only apps change");
        assertThat(world.operations()).noneMatch(each -> each.kind() == Operation.Kind.ROLLBACK);
    }

    @Test
    void takesCodeAloneUnlessDataIsChosen() {
        open();
        askFor("4");

        press("confirm-roll-back");

        eventually(() ->
                assertThat(row("4").getElement().hasAttribute("data-current")).isTrue());
        assertThat(world.operations().getFirst().title()).isEqualTo("Roll back to generation 4");
    }

    @Test
    void saysWhatIsLostWithTheDataAndTakesItBack() {
        open();
        askFor("4");
        eventually(
                () -> assertThat(words(find(Div.class).id("roll-back-changes"))).contains("bookmarks"));
        var losses = find(UnorderedList.class).withId("roll-back-losses");
        assertThat(losses.exists()).isFalse();

        data().setValue(true);

        assertThat(words(losses.single()))
                .contains("bookmarks")
                .contains("12.4 MB")
                .contains("Lost: what it wrote since");
        press("confirm-roll-back");
        eventually(() -> assertThat(world.operations().getFirst().title())
                .isEqualTo("Roll back to generation 4, code and data"));
    }

    @Test
    void offersNoDataWhereNoCopyIsKept() {
        open();
        askFor("1");

        eventually(() -> assertThat(data().getHelperText()).contains("no data belongs to this"));
    }

    @Test
    void namesThePostgresqlThatItGoesBackTo() {
        open();
        askFor("1");

        eventually(() -> assertThat(words(find(Dialog.class).single()))
                .contains("PostgreSQL goes back from 17 to 15", "what was written since"));
    }

    @Test
    void comparesAnyTwo() {
        open();

        test(find(Button.class, row("1")).withClassName("compare").single()).click();

        eventually(() ->
                assertThat(words(find(Section.class).id("compare-packages"))).contains("nginx"));
        assertThat(words(find(Section.class).id("compare-edits")))
                .contains("blog")
                .contains("removed; its data stays");
        assertThat(words(find(Section.class).id("compare-ports"))).contains("8081/tcp closes");
        assertThat(words(find(Section.class).id("compare-units"))).contains("croft-app-blog.service");

        assertThat(words(find(Dialog.class).single())).contains("PostgreSQL goes back from 17 to 15");

        press("compare-swap");
        eventually(
                () -> assertThat(words(find(Section.class).id("compare-ports"))).contains("8081/tcp opens"));
        assertThat(words(find(Dialog.class).single())).contains("PostgreSQL goes from 15 to 17");
    }

    @Test
    @WithMockUser(username = "vera", roles = "VIEWER")
    void offersAViewerNothingThatWouldBeRefused() {
        open();

        assertThat(find(Button.class, row("1")).withClassName("compare").exists())
                .isTrue();
        for (String refused : List.of("roll-back", "pin", "label")) {
            assertThat(find(Button.class, row("1")).withClassName(refused).exists())
                    .isFalse();
        }
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
                .hasSize(5));
    }

    private void askFor(String number) {
        test(find(Button.class, row(number)).withClassName("roll-back").single())
                .click();
    }

    @SuppressWarnings("unchecked")
    private RadioButtonGroup<Boolean> data() {
        return find(RadioButtonGroup.class).id("roll-back-data");
    }

    private ListItem row(String number) {
        return find(ListItem.class).withAttribute("data-number", number).single();
    }
}
