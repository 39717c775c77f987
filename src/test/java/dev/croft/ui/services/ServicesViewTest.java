package dev.croft.ui.services;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.NativeTableRow;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.desired.DesiredStates;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.ui.demo.DemoAccounts;
import dev.croft.ui.demo.DemoServices;
import dev.croft.ui.demo.DemoWorld;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.ScreenTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.test.context.support.WithMockUser;

class ServicesViewTest extends ScreenTest {

    @Autowired
    private DemoAccounts accounts;

    @Autowired
    private DemoServices services;

    @Autowired
    private DesiredStates desired;

    @Autowired
    private Operations operations;

    @BeforeEach
    void furnish() {
        services.restart();
    }

    private void open(String path, String panel) {
        navigate(path, com.vaadin.flow.component.Component.class);
        eventually(() -> assertThat(words(find(Panel.class).id(panel))).isNotBlank());
    }

    @Test
    void tellsHowEachServerIsAndWhoHangsOnIt() {
        open("services", "service-graph");
        eventually(() -> assertThat(words(find(Panel.class).id("service-postgresql")))
                .contains("Running", "15.14", "4 of at most 100"));
        eventually(() -> assertThat(words(find(Panel.class).id("service-graph")))
                .containsSubsequence(
                        "PostgreSQL",
                        "Runs",
                        "bookmarks stops with it",
                        "Redis of bookmarks",
                        "bookmarks goes on without it",
                        "PostgreSQL database of bookmarks",
                        "Done",
                        "starts after PostgreSQL",
                        "Apps",
                        "bookmarks"));
        assertThat(words(find(Panel.class).id("service-graph"))).doesNotContain("has failed");
    }

    @Test
    void aFailedServerShowsWhichAppsItTakesAlong() {
        services.fails();
        open("services", "service-graph");

        eventually(() -> assertThat(words(find(Panel.class).id("service-graph")))
                .containsSubsequence("PostgreSQL has failed. It takes these apps along: ", "bookmarks", "Failed"));
    }

    @Test
    void addsAServerAsADraft() {
        open("services", "service-mysql");
        eventually(() ->
                assertThat(find(Button.class).withId("add-mysql").exists()).isTrue());

        press("add-mysql");

        eventually(
                () -> assertThat(desired.draft(DemoWorld.BOX).host().services().mysql())
                        .isNotNull());
    }

    @Test
    @WithMockUser(username = "vera", roles = "VIEWER")
    void whoOnlyLooksAddsNothing() {
        open("services", "service-mysql");
        eventually(
                () -> assertThat(words(find(Panel.class).id("service-mysql"))).contains("MySQL"));

        assertThat(find(Button.class).withId("add-mysql").exists()).isFalse();
    }

    @Test
    void dropsADatabaseOnlyWhenItsNameWasTyped() {
        open("services/postgresql", "databases");
        eventually(() -> assertThat(words(find(Panel.class).id("databases"))).contains("guestbook"));
        var row = find(NativeTableRow.class)
                .withAttribute("data-database", "guestbook")
                .single();
        assertThat(find(
                                Button.class,
                                find(NativeTableRow.class)
                                        .withAttribute("data-database", "bookmarks")
                                        .single())
                        .exists())
                .isFalse();

        test(find(Button.class, row).single()).click();
        find(TextField.class).id("drop-name").setValue("guestbook");
        press("drop-confirm");

        eventually(() -> assertThat(words(find(Panel.class).id("databases"))).doesNotContain("guestbook"));
    }

    @Test
    void explainsAnUpgradeBeforeItStarts() {
        open("services/postgresql", "database-version");
        eventually(
                () -> assertThat(find(Button.class).withId("upgrade").exists()).isTrue());

        press("upgrade");
        assertThat(words(find(Dialog.class).single())).contains("stop", "loses what apps have written since");
        press("upgrade-confirm");

        eventually(() -> assertThat(operations.list(DemoWorld.BOX, null, 10))
                .extracting(Operation::kind)
                .contains(Operation.Kind.UPGRADE));
    }

    @Test
    void draftsASettingAndSaysWhatIsInForce() {
        open("services/postgresql/settings", "service-settings");
        TextField field = find(TextField.class).id("setting-work_mem");
        eventually(() -> assertThat(field.getHelperText()).contains("In force: 4MB"));
        eventually(() -> assertThat(field.getValue()).isEqualTo("4M"));

        field.setValue("16M");
        find(TextField.class).id("setting-max_connections").setValue("200");
        press("service-save");

        eventually(() -> assertThat(desired.draft(DemoWorld.BOX)
                        .host()
                        .services()
                        .postgresql()
                        .settings())
                .containsEntry("work_mem", "16M")
                .containsEntry("max_connections", 200));
    }

    @Test
    void asksReadOnlyUnlessToldOtherwiseAndDoesItOnceItIsKnownWhoAsks() {
        openConsole();
        assertThat(find(Checkbox.class).id("sql-read-only").getValue()).isTrue();
        find(TextArea.class).id("sql-text").setValue("SELECT * FROM book");
        accounts.forget();
        press("sql-run");
        eventually(() -> assertThat(
                        find(PasswordField.class).withId("proof-password").exists())
                .isTrue());
        find(PasswordField.class).id("proof-password").setValue("not the password");
        press("proof-confirm");
        eventually(() -> assertThat(find(ProblemPanel.class).all().stream().map(ServicesViewTest::words))
                .anyMatch(words -> words.contains("it is not that of anna")));
        find(PasswordField.class).id("proof-password").setValue(DemoAccounts.PASSWORD);
        press("proof-confirm");

        eventually(() -> assertThat(words(find(Paragraph.class).id("sql-said"))).contains("2 rows"));
        assertThat(words(find(Panel.class).id("sql-result"))).contains("A Pattern Language", "NULL");
    }

    @Test
    void aStatementCanBeAskedOnceTheDatabasesAreKnown() {
        services.hesitates();
        navigate("services/postgresql/console", com.vaadin.flow.component.Component.class);
        assertThat(find(Button.class).id("sql-run").isEnabled()).isFalse();

        services.answers();
        eventually(
                () -> assertThat(find(Button.class).id("sql-run").isEnabled()).isTrue());
    }

    @Test
    void asksForAStatementWhenThereIsNone() {
        openConsole();
        press("sql-run");

        TextArea text = find(TextArea.class).id("sql-text");
        assertThat(text.isInvalid()).isTrue();
        assertThat(text.getErrorMessage()).isEqualTo("Type a statement.");
        assertThat(find(Button.class).id("sql-run").isEnabled()).isTrue();
    }

    private void openConsole() {
        open("services/postgresql/console", "sql-ask");
        eventually(
                () -> assertThat(find(Button.class).id("sql-run").isEnabled()).isTrue());
    }

    @Test
    void aRefusedStatementSaysWhy() {
        services.sqlFails(Problem.of(
                ProblemCode.SQL_FAILED,
                "The database did not run the statement.",
                "There is no table boook.",
                "Correct it."));
        openConsole();
        find(TextArea.class).id("sql-text").setValue("SELECT * FROM boook");

        press("sql-run");

        eventually(() -> assertThat(find(ProblemPanel.class).all().stream().map(ServicesViewTest::words))
                .anyMatch(words -> words.contains("There is no table boook.")));
    }
}
