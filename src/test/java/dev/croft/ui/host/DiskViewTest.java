package dev.croft.ui.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.operations.Operation;
import dev.croft.ui.demo.DemoMaintenance;
import dev.croft.ui.demo.DemoServices;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.ScreenTest;
import dev.croft.ui.support.StatusText;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.test.context.support.WithMockUser;

class DiskViewTest extends ScreenTest {

    @Autowired
    private DemoMaintenance maintenance;

    @Autowired
    private DemoServices services;

    @BeforeEach
    void roomy() {
        maintenance.restart();
        services.restart();
        world.upgrade();
    }

    @Test
    void splitsEachFileSystemAndNamesTheAppsBehindIt() {
        open();

        Div root = find(Div.class).withAttribute("data-mount", "/").single();
        assertThat(words(root))
                .contains("31.0 GB free of 64.0 GB")
                .contains("Nix store")
                .contains("Apps' data");
        assertThat(find(Anchor.class, root).withText("bookmarks").all())
                .extracting(Anchor::getHref)
                .containsOnly("apps/bookmarks");
        assertThat(words(find(Div.class).withAttribute("data-mount", "/boot").single()))
                .contains("Boot");
    }

    @Test
    void saysHowFullItIsAndWhatHappensNext() {
        maintenance.freeBytes(3_000_000_000L);
        open();

        assertThat(find(StatusText.class).id("pressure").getElement().getAttribute("data-level"))
                .isEqualTo("collect");
        assertThat(words(find(ListItem.class)
                        .withAttribute("aria-current", "step")
                        .single()))
                .contains("Below 4.0 GB");
        assertThat(words(find(ListItem.class)
                        .withAttribute("data-level", "never")
                        .single()))
                .contains("apps' data is never deleted");
    }

    @Test
    void collectsWhatWasPlannedAndSaysWhatItFreed() {
        open();
        press("gc-plan");
        eventually(
                () -> assertThat(words(find(Paragraph.class).id("gc-summary"))).contains("Would free"));
        assertThat(words(planned("5"))).contains("stays: running");
        assertThat(words(planned("2"))).contains("goes: older than the newest 2");
        assertThat(find(Button.class).id("gc-collect").getText()).isEqualTo("Collect 1.3 GB");

        press("gc-collect");

        eventually(() -> assertThat(words(find(Div.class).id("gc-news"))).contains("Freed 1.3 GB"));
        assertThat(world.operations().getFirst().kind()).isEqualTo(Operation.Kind.GC);
    }

    @Test
    void plansAnotherSelectionBeforeItCollectsIt() {
        open();
        press("gc-plan");
        eventually(
                () -> assertThat(words(find(Paragraph.class).id("gc-summary"))).contains("2 generations"));

        test(find(Checkbox.class).id("gc-generation-2")).click();

        assertThat(find(Button.class).withId("gc-collect").exists()).isFalse();
        press("gc-replan");
        eventually(
                () -> assertThat(words(find(Paragraph.class).id("gc-summary"))).contains("1 generation,"));
        assertThat(words(planned("2"))).contains("stays: not chosen");
        assertThat(words(planned("3"))).contains("goes: chosen");
    }

    @Test
    void explainsAnOutdatedPlanAndMakesANewOne() {
        open();
        press("gc-plan");
        eventually(() ->
                assertThat(find(Button.class).withId("gc-collect").exists()).isTrue());
        maintenance.outdatePlans();

        press("gc-collect");

        eventually(() -> assertThat(words(find(Div.class).id("gc-news")))
                .contains("Nothing was deleted")
                .contains("as it is now"));
        eventually(() ->
                assertThat(find(Button.class).id("gc-collect").isEnabled()).isTrue());
        press("gc-collect");
        eventually(() -> assertThat(words(find(Div.class).id("gc-news"))).contains("Freed"));
    }

    @Test
    void deletesDataThatNoAppUsesWhenItsNameWasTyped() {
        open();
        eventually(() -> assertThat(words(left("app wiki")))
                .contains("Data of wiki")
                .contains("312 MB in 4,210 files")
                .contains("unused since"));
        assertThat(words(left("volume bookmarks/thumbnails")))
                .contains("Volume thumbnails of bookmarks")
                .contains("No generation declares it: bookmarks may have made it itself, and use it.");
        assertThat(words(left("app wiki"))).doesNotContain("may have made it itself");

        test(find(Button.class, left("app wiki")).single()).click();
        assertThat(words(find(Dialogs.class).single()))
                .contains("Generation 2 still has it: who goes back there finds it empty.");
        find(TextField.class).id("left-name").setValue("wikis");
        press("left-confirm");
        eventually(() -> assertThat(words(find(Dialogs.class).single())).contains("Nothing was deleted."));
        find(TextField.class).id("left-name").setValue("wiki");
        press("left-confirm");

        eventually(() -> assertThat(find(ListItem.class)
                        .withAttribute("data-left", "app wiki")
                        .exists())
                .isFalse());
        assertThat(left("volume bookmarks/thumbnails")).isNotNull();
    }

    @Test
    @WithMockUser(username = "vera", roles = "VIEWER")
    void aViewerSeesWhatIsLeftAndDeletesNothing() {
        open();
        eventually(() -> assertThat(words(left("app wiki"))).contains("Data of wiki"));
        assertThat(find(Button.class, left("app wiki")).exists()).isFalse();
    }

    private ListItem left(String key) {
        return find(ListItem.class).withAttribute("data-left", key).single();
    }

    @Test
    void keepsThePolicyAsAPendingChange() {
        open();
        eventually(() ->
                assertThat(find(IntegerField.class).id("gc-keep").getValue()).isEqualTo(2));

        test(find(IntegerField.class).id("gc-keep")).setValue(25);
        press("gc-policy-save");

        eventually(
                () -> assertThat(words(find(Div.class).id("settings-pending"))).contains("pending change"));
        assertThat(find(Anchor.class).id("settings-review").getHref()).isEqualTo("changes");
        assertThat(world.settingsDraft())
                .hasValueSatisfying(settings -> assertThat(settings.gc())
                        .isNotNull()
                        .satisfies(gc -> assertThat(gc.keepGenerations()).isEqualTo(25)));
    }

    @Test
    @WithMockUser(username = "vera", roles = "VIEWER")
    void letsAViewerPlanButNotCollect() {
        open();
        press("gc-plan");

        eventually(
                () -> assertThat(words(find(Paragraph.class).id("gc-summary"))).contains("Would free"));
        assertThat(find(Button.class).withId("gc-collect").exists()).isFalse();
        assertThat(find(Button.class).withId("gc-policy-save").exists()).isFalse();
        assertThat(find(Checkbox.class).id("gc-generation-2").isEnabled()).isFalse();
    }

    private void open() {
        navigate(DiskView.class);
        eventually(
                () -> assertThat(find(Span.class).withId("pressure").exists()).isTrue());
    }

    private ListItem planned(String number) {
        return find(ListItem.class).withAttribute("data-number", number).single();
    }
}
