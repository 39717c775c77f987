package dev.croft.ui.apps;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.radiobutton.RadioButtonGroup;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.apps.Apps;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Access;
import dev.croft.desired.AppSpec.Job;
import dev.croft.desired.DesiredStates;
import dev.croft.kernel.AppName;
import dev.croft.ui.demo.DemoServices;
import dev.croft.ui.demo.DemoWorld;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.ScreenTest;
import dev.croft.ui.support.StatusText;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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

    @Autowired
    private Apps apps;

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
    void anAppThatKnowsNoSocketsSignsInWithAPassword() {
        open("apps/blog/attachments");
        eventually(
                () -> assertThat(find(Button.class).withId("choose-postgresql").exists())
                        .isTrue());

        press("choose-postgresql");
        RadioButtonGroup<Access> choice = find(RadioButtonGroup.class).id("access-choice");
        assertThat(choice.getValue()).isEqualTo(Access.SOCKET);
        assertThat(choice.getHelperText()).contains("only when the app cannot");
        choice.setValue(Access.PASSWORD);
        press("access-confirm");

        eventually(() -> assertThat(draft("blog").attach().postgresql())
                .isEqualTo(new AppSpec.Postgresql(null, Access.PASSWORD, List.of())));
        eventually(() -> assertThat(words(find(UnorderedList.class).id("attachments")))
                .contains("With a password over loopback TCP", "PGPASSWORD"));

        press("renew-postgresql");
        press("renew-confirm");
        eventually(
                () -> assertThat(words(find(Div.class).id("attach-note"))).contains("the app was restarted with it"));

        press("change-postgresql");
        RadioButtonGroup<Access> back = find(RadioButtonGroup.class).id("access-choice");
        assertThat(back.getValue()).isEqualTo(Access.PASSWORD);
        back.setValue(Access.SOCKET);
        press("access-confirm");

        eventually(() -> assertThat(draft("blog").attach().postgresql())
                .isEqualTo(new AppSpec.Postgresql(null, null, List.of())));
        eventually(() -> assertThat(words(find(Div.class).id("access-postgresql")))
                .isEqualTo("Over the socket, without a password"));
        assertThat(find(Button.class).withId("renew-postgresql").exists()).isFalse();
    }

    @Test
    void theServerComesAlongWhenTheBoxHasNone() {
        open("apps/blog/attachments");
        eventually(() ->
                assertThat(find(Button.class).withId("attach-mysql").exists()).isTrue());

        press("attach-mysql");

        eventually(() -> assertThat(draft("blog").attach().mysql()).isNotNull());
        assertThat(desired.draft(DemoWorld.BOX).host().services().mysql()).isNotNull();
        eventually(() ->
                assertThat(words(find(Div.class).id("attach-note"))).contains("MariaDB comes to the box with it"));
    }

    @Test
    void detachingSaysThatTheDataStays() {
        open("apps/bookmarks/attachments");
        eventually(
                () -> assertThat(find(Button.class).withId("detach-postgresql").exists())
                        .isTrue());

        press("detach-postgresql");
        assertThat(words(find(Dialog.class).single())).contains("Its data stays");
        press("detach-confirm");

        eventually(() -> assertThat(draft("bookmarks").attach().postgresql()).isNull());
    }

    @Test
    void mailIsAttachedWithWhoSendsAndHowMuch() {
        open("apps/blog/attachments");
        eventually(() ->
                assertThat(find(Button.class).withId("attach-mail").exists()).isTrue());

        press("attach-mail");
        eventually(() ->
                assertThat(find(TextArea.class).withId("mail-from").exists()).isTrue());
        press("mail-confirm");
        eventually(() -> assertThat(words(find(Dialog.class).single())).contains("1 to 16 addresses"));
        find(TextArea.class).id("mail-from").setValue("blog@attic.example\n@attic.example");
        find(IntegerField.class).id("mail-per-hour").setValue(500);
        press("mail-confirm");

        eventually(() -> assertThat(draft("blog").attach().mail())
                .isEqualTo(new AppSpec.Mail(List.of("blog@attic.example", "@attic.example"), 500)));
        eventually(() -> assertThat(words(find(UnorderedList.class).id("attached-mail")))
                .contains("at most 500 messages an hour", "SMTP_URL", "MAIL_FROM"));
    }

    @Test
    void attachedMailIsChangedAndDetached() {
        open("apps/bookmarks/attachments");
        eventually(() ->
                assertThat(find(Button.class).withId("change-mail").exists()).isTrue());

        press("change-mail");
        assertThat(find(TextArea.class).id("mail-from").getValue()).isEqualTo("bookmarks@attic.example");
        find(TextArea.class).id("mail-from").setValue("@attic.example");
        press("mail-confirm");
        eventually(() -> assertThat(draft("bookmarks").attach().mail())
                .isEqualTo(new AppSpec.Mail(List.of("@attic.example"), null)));
        eventually(() ->
                assertThat(words(find(UnorderedList.class).id("attached-mail"))).doesNotContain("MAIL_FROM"));

        press("detach-mail");
        assertThat(words(find(Dialog.class).single())).contains("can send no mail any more");
        press("detach-confirm");
        eventually(() -> assertThat(draft("bookmarks").attach().mail()).isNull());
    }

    @Test
    void withoutMailOnTheBoxTheWayThereIsShown() {
        world.withoutMail();
        open("apps/blog/attachments");
        eventually(() ->
                assertThat(find(Button.class).withId("attach-mail").exists()).isTrue());

        press("attach-mail");

        eventually(() -> assertThat(words(find(Div.class).id("attach-note")))
                .contains("The box has no mail yet", "Mail of the box"));
        assertThat(draft("blog").attach().mail()).isNull();
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
        eventually(() -> assertThat(words(find(Panel.class).id("jobs"))).contains("not in force yet"));
    }

    @Test
    void aJobIsNotLaidOverTheJobsThatSomebodyElseChangedMeanwhile() {
        open("apps/blog/jobs");
        eventually(() -> assertThat(words(find(Panel.class).id("jobs"))).contains("No jobs yet"));
        press("job-new");
        find(TextField.class).id("job-name").setValue("tidy");
        find(TextArea.class).id("job-command").setValue("./tidy");
        AppName blog = new AppName("blog");
        AppSpec before = apps.get(DemoWorld.BOX, blog).spec();
        apps.putDraft(
                DemoWorld.BOX,
                blog,
                before.withJobs(new TreeMap<>(Map.of("theirs", new Job("daily", List.of("./theirs"), null, null)))));
        eventually(() -> assertThat(words(find(Panel.class).id("jobs"))).contains("theirs"));

        press("job-confirm");

        eventually(() -> assertThat(find(ProblemPanel.class).all())
                .anyMatch(panel -> "CONFLICT".equals(panel.getElement().getAttribute("data-code"))));
        assertThat(draft("blog").jobs()).containsOnlyKeys("theirs");
    }

    @Test
    void aCommandShowsHowItEnded() {
        open("apps/bookmarks/jobs");
        eventually(() ->
                assertThat(find(Button.class).id("command-new").isEnabled()).isTrue());

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
