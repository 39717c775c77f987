package dev.croft.ui.shell;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Section;
import com.vaadin.flow.component.html.Span;
import dev.croft.kernel.AppName;
import dev.croft.operations.Operations;
import dev.croft.ui.demo.DemoWorld;
import dev.croft.ui.support.ScreenTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

class OperationDrawerTest extends ScreenTest {

    @Autowired
    private Operations operations;

    @BeforeEach
    void open() {
        navigate("settings", com.vaadin.flow.component.Component.class);
    }

    @Test
    void staysAwayWhileNothingRuns() {
        assertThat(find(Section.class).withId("operation-drawer").exists()).isFalse();
    }

    @Test
    void showsAnOperationOnWhateverPageAndOffersTheAppAtItsEnd() {
        operations.deploy(DemoWorld.BOX, new AppName("bookmarks"), null);

        eventually(() -> assertThat(words(drawer())).contains("Deploy bookmarks"));
        eventually(() ->
                assertThat(drawer().getElement().getAttribute("data-state")).isEqualTo("SUCCEEDED"));
        assertThat(words(drawer())).contains("Done: generation 5 runs.");
        eventually(() -> assertThat(
                        find(Anchor.class, drawer()).id("operation-open-app").getHref())
                .isEqualTo("http://10.213.7.2:8081/"));
        assertThat(words(find(Span.class).withClassName("croft-status-words").first()))
                .isNotEmpty();
    }

    @Test
    void leadsToTheProblemOfAFailure() {
        operations.deploy(DemoWorld.BOX, new AppName("broken"), null);

        eventually(() ->
                assertThat(drawer().getElement().getAttribute("data-state")).isEqualTo("FAILED"));
        assertThat(find(Anchor.class, drawer()).id("operation-see-problem").getHref())
                .isEqualTo("activity/" + world.operations().getFirst().id());
    }

    private Section drawer() {
        return find(Section.class).id("operation-drawer");
    }
}
