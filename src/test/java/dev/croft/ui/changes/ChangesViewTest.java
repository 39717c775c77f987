package dev.croft.ui.changes;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Section;
import com.vaadin.flow.component.select.Select;
import dev.croft.desired.DesiredStates;
import dev.croft.kernel.AppName;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.ui.demo.DemoReview;
import dev.croft.ui.demo.DemoWorld;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.ScreenTest;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.test.context.support.WithMockUser;

class ChangesViewTest extends ScreenTest {

    @Autowired
    private DesiredStates desired;

    @Test
    void saysThatNothingIsPending() {
        open();

        eventually(() -> assertThat(words(find(EmptyState.class).single())).contains("Nothing is pending"));
        assertThat(find(Button.class).withId("review").exists()).isFalse();
    }

    @Test
    void tellsWhoWantsWhat() {
        open();
        world.furnishDrafts();

        eventually(() -> assertThat(edits())
                .contains("new user ben, may become root")
                .contains("port 8081 → 8082")
                .contains("memory limit 512M → 1G"));
        assertThat(edits()).contains("ben").contains("anna");
    }

    @Test
    void takesAChangeBackAfterAQuestion() {
        world.furnishDrafts();
        open();
        eventually(
                () -> assertThat(find(Button.class).withId("discard-bookmarks").exists())
                        .isTrue());

        press("discard-bookmarks");
        assertThat(edits()).contains("port 8081 → 8082");
        press("discard-confirmed");

        eventually(() -> assertThat(edits()).doesNotContain("bookmarks").contains("new user ben"));
    }

    @Test
    void showsWhatAReviewFoundAndAppliesExactlyThat() {
        world.furnishDrafts();
        review();

        assertThat(words(find(Div.class).id("review-verdict")))
                .contains("This changes the box itself")
                .contains("the firewall and who may sign in to the box");
        assertThat(words(find(Section.class).id("review-units"))).contains("croft-app-bookmarks.service");
        assertThat(words(find(Section.class).id("review-ports"))).contains("9002/tcp");
        assertThat(find(ListItem.class)
                        .withAttribute("data-port", "9002/tcp")
                        .single()
                        .getElement()
                        .getAttribute("data-kind"))
                .isEqualTo("opened");
        assertThat(words(find(Section.class).id("review-users"))).contains("ben");
        assertThat(words(find(Section.class).id("review-packages")))
                .contains("nodejs")
                .contains("10 packages, +58.9 MB in all");
        assertThat(words(find(Section.class).id("review-path"))).contains(DemoReview.TOPLEVEL);

        find(Select.class).id("confirm-within").setValue(120);
        press("apply");

        eventually(() -> assertThat(world.operations().getFirst().state()).isEqualTo(OperationState.AWAITING_CONFIRM));
        assertThat(world.lastApplied().expect()).isEqualTo(DemoReview.TOPLEVEL);
        assertThat(world.lastApplied().confirm().within()).isEqualTo(120);
        assertThat(world.lastApplied().confirm().always()).isFalse();
    }

    @Test
    void asksForANewReviewWhenTheChangesAreOthers() {
        world.furnishDrafts();
        review();

        desired.discard(DemoWorld.BOX, new AppName("bookmarks"));

        eventually(() ->
                assertThat(find(Div.class).withId("review-outdated").exists()).isTrue());
        assertThat(find(Button.class).id("apply").isEnabled()).isFalse();
        assertThat(find(Button.class).withId("review-again").exists()).isTrue();
    }

    @Test
    void canStopAReview() {
        world.furnishDrafts();
        open();
        eventually(
                () -> assertThat(find(Button.class).withId("review").exists()).isTrue());
        world.slow();

        press("review");
        eventually(() ->
                assertThat(find(Button.class).withId("review-cancel").exists()).isTrue());
        press("review-cancel");
        press("cancel-confirmed");

        eventually(() -> assertThat(world.operations().getFirst().state()).isEqualTo(OperationState.CANCELLED));
        eventually(
                () -> assertThat(find(Button.class).withId("review").exists()).isTrue());
    }

    @Test
    @WithMockUser(username = "vera", roles = "VIEWER")
    void offersNothingToSomebodyWhoMayOnlyLook() {
        world.furnishDrafts();
        open();

        eventually(() -> assertThat(edits()).contains("new user ben"));
        for (String id : new String[] {"review", "apply", "discard-all", "discard-settings", "discard-bookmarks"}) {
            assertThat(find(Button.class).withId(id).exists()).as(id).isFalse();
        }
    }

    private void open() {
        navigate(ChangesView.class);
    }

    private void review() {
        open();
        eventually(
                () -> assertThat(find(Button.class).withId("review").exists()).isTrue());
        press("review");
        eventually(() ->
                assertThat(find(Div.class).withId("review-verdict").exists()).isTrue());
        assertThat(world.operations().getFirst().kind()).isEqualTo(Operation.Kind.PLAN);
    }

    private String edits() {
        return words(find(PendingEdits.class).single());
    }
}
