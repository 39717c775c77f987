package dev.croft.ui.apps;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.desired.AppSpec;
import dev.croft.desired.DesiredStates;
import dev.croft.kernel.AppName;
import dev.croft.ui.demo.DemoServices;
import dev.croft.ui.demo.DemoWorld;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ScreenTest;
import dev.croft.ui.support.StatusText;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.test.context.support.WithMockUser;

/** What an app uses of the box: attachments, jobs, files. */
class AppServicesTest extends ScreenTest {

    @Autowired
    private DemoServices services;

    @Autowired
    private DesiredStates desired;

    @BeforeEach
    void furnish() {
        services.restart();
    }

    private void open(String path) {
        navigate(path, Component.class);
    }

    private AppSpec draft(String app) {
        return desired.draft(DemoWorld.BOX).apps().get(new AppName(app));
    }

    @Test
    void oneClickAttachesADatabase() {
        open("apps/blog/attachments");
        eventually(
                () -> assertThat(find(Button.class).withId("attach-postgresql").exists())
                        .isTrue());

        press("attach-postgresql");

        eventually(() -> assertThat(draft("blog").attach().postgresql()).isNotNull());
        eventually(() -> assertThat(words(find(UnorderedList.class).id("attachments")))
                .contains("Database blog, told as DATABASE_URL"));
    }

    @Test
    void theServerComesAlongWhenTheBoxHasNone() {
        open("apps/blog/attachments");
        eventually(() ->
                assertThat(find(Button.class).withId("attach-mysql").exists()).isTrue());

        press("attach-mysql");

        eventually(() -> assertThat(draft("blog").attach().mysql()).isNotNull());
        assertThat(desired.draft(DemoWorld.BOX).host().services().mysql()).isNotNull();
        assertThat(words(find(Div.class).id("attach-note"))).contains("MariaDB comes to the box with it");
    }

    @Test
    void detachingSaysThatTheDataStays() {
        open("apps/bookmarks/attachments");
        eventually(
                () -> assertThat(find(Button.class).withId("detach-postgresql").exists())
                        .isTrue());

        press("detach-postgresql");
        assertThat(words(find(com.vaadin.flow.component.dialog.Dialog.class).single()))
                .contains("Its data stays");
        press("detach-confirm");

        eventually(() -> assertThat(draft("bookmarks").attach().postgresql()).isNull());
    }

    @Test
    void showsWhatTheAppStartsAfterAndWhichOfItHasFailed() {
        services.fails();
        open("apps/bookmarks/attachments");

        eventually(() -> assertThat(words(find(Panel.class).id("app-order")))
                .containsSubsequence(
                        "PostgreSQL has failed. It takes these apps along: ",
                        "bookmarks",
                        "Redis of bookmarks",
                        "Runs",
                        "PostgreSQL database of bookmarks"));
    }

    @Test
    void anAppThatStartsAfterNothingHasNoOrder() {
        open("apps/blog/attachments");
        eventually(
                () -> assertThat(find(Button.class).withId("attach-postgresql").exists())
                        .isTrue());

        assertThat(find(Panel.class).withId("app-order").exists()).isFalse();
    }

    @Test
    void showsHowAJobWentAndRunsIt() {
        open("apps/bookmarks/jobs");
        eventually(() -> assertThat(words(find(Panel.class).id("jobs")))
                .contains("fetch-titles", "*-*-* 04:00", "Failed with exit code 2", "next "));

        test(find(Button.class).withClassName("job-run").single()).click();

        eventually(() -> assertThat(words(find(Panel.class).id("jobs"))).contains("Running"));
    }

    @Test
    void addsAJobAsADraft() {
        open("apps/blog/jobs");
        eventually(() -> assertThat(words(find(Panel.class).id("jobs"))).contains("No jobs yet"));

        press("job-new");
        find(TextField.class).id("job-name").setValue("tidy");
        find(TextArea.class).id("job-command").setValue("./tidy\nold things");
        press("job-confirm");

        eventually(() -> assertThat(draft("blog").jobs()).containsKey("tidy"));
        assertThat(draft("blog").jobs().get("tidy").command()).containsExactly("./tidy", "old things");
        assertThat(words(find(Panel.class).id("jobs"))).contains("not in force yet");
    }

    @Test
    void aCommandShowsHowItEnded() {
        open("apps/bookmarks/jobs");
        eventually(() ->
                assertThat(find(Button.class).withId("command-new").exists()).isTrue());

        press("command-new");
        find(TextArea.class).id("command-words").setValue("./manage\ncheck");
        press("command-run");

        eventually(() ->
                assertThat(words(find(StatusText.class).id("command-state"))).contains("Ended with exit code 0"));
    }

    @Test
    void walksThroughFiles() {
        open("apps/bookmarks/storage");
        eventually(() ->
                assertThat(words(find(Panel.class).id("storage"))).contains("covers", "94% used", "MB more than on "));
        eventually(() -> assertThat(words(find(Panel.class).id("files"))).contains("bookmarks.sqlite", "Download"));

        test(find(Button.class, find(Panel.class).id("files"))
                        .withText("storage")
                        .single())
                .click();

        eventually(() -> assertThat(words(find(Panel.class).id("files"))).contains("covers"));
    }

    @Test
    @WithMockUser(username = "vera", roles = "VIEWER")
    void whoOnlyLooksSeesSizesAndNoNames() {
        open("apps/bookmarks/storage");
        eventually(() -> assertThat(words(find(Panel.class).id("storage"))).contains("covers"));

        assertThat(find(Panel.class).withId("files").exists()).isFalse();
        open("apps/bookmarks/attachments");
        assertThat(find(Button.class).withId("attach-storage").exists()).isFalse();
    }
}
