package dev.croft.ui.home;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.html.Anchor;
import dev.croft.ui.support.ScreenTest;
import org.junit.jupiter.api.Test;

class HomeViewTest extends ScreenTest {

    @Test
    void offersOneThingToDoOnAnEmptyBox() {
        world.restart(0);
        HomeView view = navigate(HomeView.class);

        eventually(() ->
                assertThat(find(Anchor.class, view).id("first-app").getHref()).isEqualTo("new-app"));
    }

    @Test
    void showsTheBoxAndItsApps() {
        HomeView view = navigate(HomeView.class);

        eventually(() -> assertThat(words(view))
                .contains("Sandbox host (not NixOS)")
                .contains("bookmarks")
                .contains("Running")
                .contains("Recent activity"));
    }
}
