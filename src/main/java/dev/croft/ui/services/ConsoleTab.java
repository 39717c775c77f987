package dev.croft.ui.services;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Key;
import com.vaadin.flow.component.KeyModifier;
import com.vaadin.flow.component.Shortcuts;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.TextArea;
import dev.croft.hostlink.HostCommand.Database;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.EngineState;
import dev.croft.hostlink.HostCommand.SqlResult;
import dev.croft.kernel.HostName;
import dev.croft.services.Databases;
import dev.croft.services.Databases.Statement;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.Table;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One statement at a time, with the rights of the database's owner; nothing can be written unless the switch says so. */
final class ConsoleTab extends Div implements ServicePage.Part<EngineState> {

    private static final int ROWS = 200;
    private static final int SECONDS = 15;

    private final HostName host;
    private final Databases databases;
    private final Background background;
    private final Select<String> database = new Select<>();
    private final Checkbox readOnly = new Checkbox(t("Read only"), true);
    private final TextArea text = new TextArea(t("Statement"));
    private final Button run = Actions.primary("sql-run", t("Run"), "play", this::run);
    private final ProblemPanel refusal = new ProblemPanel();
    private final Panel result = new Panel(t("Result"));
    private @Nullable Engine engine;

    ConsoleTab(HostName host, Databases databases, Background background) {
        this.host = host;
        this.databases = databases;
        this.background = background;
        addClassName("croft-stack");
        database.setLabel(t("Database"));
        database.setId("sql-database");
        readOnly.setId("sql-read-only");
        readOnly.setHelperText(t("The server itself refuses to change anything."));
        text.setId("sql-text");
        text.addClassName("croft-mono");
        text.setWidthFull();
        text.setMinRows(4);
        text.setMaxLength(65_536);
        text.setPlaceholder("SELECT …");
        text.setHelperText(
                t(
                        "One SQL statement; Ctrl+Enter runs it. The commands of psql or mariadb are not understood, and nothing of a session is kept."));
        run.setDisableOnClick(true);
        // Until the box has said which databases there are, there is nothing to ask.
        run.setEnabled(false);
        Runnable once = () -> {
            if (run.isEnabled()) {
                run();
            }
        };
        Shortcuts.addShortcutListener(text, once::run, Key.ENTER, KeyModifier.CONTROL)
                .listenOn(text);
        result.setId("sql-result");
        result.setVisible(false);
        var row = new Div(database, readOnly);
        row.addClassName("croft-field-row");
        var actions = new Div(run);
        actions.addClassName("croft-actions");
        var fields = new Div(row, text, actions, refusal);
        fields.addClassName("croft-fields");
        var ask = new Panel(t("Ask the database")).with(fields);
        ask.setId("sql-ask");
        add(ask, result);
    }

    @Override
    public void show(EngineState now) {
        if (engine == now.engine() && !database.isEmpty()) {
            return;
        }
        engine = now.engine();
        List<String> names = now.databases().stream().map(Database::name).toList();
        database.setItems(names);
        database.setHelperText(names.isEmpty() ? t("There is no database yet.") : null);
        run.setEnabled(!names.isEmpty());
        now.databases().stream()
                .filter(each -> each.app() != null)
                .map(Database::name)
                .findFirst()
                .or(() -> names.stream().findFirst())
                .ifPresent(database::setValue);
    }

    private void run() {
        Engine which = engine;
        String name = database.getValue();
        if (which == null || name == null) {
            return;
        }
        refusal.clear();
        text.setInvalid(text.isEmpty());
        if (text.isEmpty()) {
            text.setErrorMessage(t("Type a statement."));
            text.focus();
            run.setEnabled(true);
            return;
        }
        run.setEnabled(false);
        var statement = new Statement(which, name, text.getValue(), !readOnly.getValue(), ROWS, SECONDS);
        background.call(
                this,
                () -> databases.run(host, statement),
                answer -> {
                    run.setEnabled(true);
                    render(answer);
                },
                problem -> {
                    run.setEnabled(true);
                    result.setVisible(false);
                    refusal.show(problem);
                });
    }

    private void render(SqlResult answer) {
        var said = new Paragraph(String.join(
                " · ",
                answer.command(),
                t("{0, plural, one {# row} other {# rows}}", answer.rowCount()),
                t("{0, number, ::.0 group-off} ms", answer.ms())));
        if (answer.truncated()) {
            said.add(" · "
                    + t(
                            "{0, plural, one {this is the first row} other {these are the first # rows}}",
                            answer.rows().size()));
        }
        said.addClassName("croft-hint");
        said.setId("sql-said");
        said.getElement().setAttribute("role", "status");
        result.setVisible(true);
        if (answer.columns().isEmpty()) {
            result.content(said);
            return;
        }
        var table = new Table(t("Rows"), answer.columns());
        table.addClassName("croft-grid");
        for (List<@Nullable String> row : answer.rows()) {
            table.row(row.stream().map(ConsoleTab::cell).toArray(Component[]::new));
        }
        result.content(said, table);
    }

    private static Component cell(@Nullable String value) {
        var cell = new Span(value == null ? "NULL" : value);
        cell.addClassName(value == null ? "croft-null" : "croft-code");
        return cell;
    }
}
