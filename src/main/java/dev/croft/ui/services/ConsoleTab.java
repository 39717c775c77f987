package dev.croft.ui.services;

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
import com.vaadin.flow.component.textfield.Autocomplete;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.component.textfield.TextArea;
import dev.croft.hostlink.HostCommand.Database;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.EngineState;
import dev.croft.hostlink.HostCommand.SqlResult;
import dev.croft.kernel.HostName;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import dev.croft.services.Databases;
import dev.croft.services.Databases.Statement;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.Table;
import dev.croft.ui.support.Words;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One statement at a time, with the rights of the database's owner; nothing can be written unless the switch says so. */
final class ConsoleTab extends Div implements ServiceView.ServiceTab {

    private static final int ROWS = 200;
    private static final int SECONDS = 15;

    private final HostName host;
    private final Databases databases;
    private final Background background;
    private final Select<String> database = new Select<>();
    private final Checkbox readOnly = new Checkbox("Read only", true);
    private final PasswordField password = new PasswordField("Your password");
    private final TextArea text = new TextArea("Statement");
    private final Button run = Actions.primary("sql-run", "Run", "play", this::run);
    private final ProblemPanel refusal = new ProblemPanel();
    private final Panel result = new Panel("Result");
    private @Nullable Engine engine;

    ConsoleTab(HostName host, Databases databases, Background background) {
        this.host = host;
        this.databases = databases;
        this.background = background;
        addClassName("croft-stack");
        database.setLabel("Database");
        database.setId("sql-database");
        readOnly.setId("sql-read-only");
        readOnly.setHelperText("The server itself refuses to change anything.");
        password.setId("sql-password");
        password.setHelperText("The console reads what every app has stored. Typed once, it is good for some minutes.");
        password.setAutocomplete(Autocomplete.CURRENT_PASSWORD);
        password.setVisible(false);
        text.setId("sql-text");
        text.addClassName("croft-mono");
        text.setWidthFull();
        text.setMinRows(4);
        text.setMaxLength(65_536);
        text.setPlaceholder("SELECT …");
        text.setHelperText("One statement. Ctrl+Enter runs it.");
        run.setDisableOnClick(true);
        Shortcuts.addShortcutListener(text, this::run, Key.ENTER, KeyModifier.CONTROL)
                .listenOn(text);
        result.setId("sql-result");
        result.setVisible(false);
        var row = new Div(database, readOnly);
        row.addClassName("croft-field-row");
        var actions = new Div(run);
        actions.addClassName("croft-actions");
        var fields = new Div(row, text, password, actions, refusal);
        fields.addClassName("croft-fields");
        var ask = new Panel("Ask the database").with(fields);
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
        if (which == null || name == null || text.isEmpty()) {
            run.setEnabled(true);
            return;
        }
        refusal.clear();
        run.setEnabled(false);
        var statement = new Statement(which, name, text.getValue(), !readOnly.getValue(), ROWS, SECONDS);
        SecretText typed = password.isEmpty() ? null : SecretText.of(password.getValue());
        background.call(
                this,
                () -> databases.run(host, statement, typed),
                answer -> {
                    run.setEnabled(true);
                    password.clear();
                    password.setVisible(false);
                    render(answer);
                },
                problem -> {
                    run.setEnabled(true);
                    result.setVisible(false);
                    if (problem.code() == ProblemCode.PASSWORD_NEEDED) {
                        password.setVisible(true);
                        password.focus();
                    } else {
                        refusal.show(problem);
                    }
                });
    }

    private void render(SqlResult answer) {
        var said = new Paragraph(answer.command() + " · " + Words.plural(answer.rowCount(), "row")
                + String.format(Locale.ROOT, " · %.1f ms", answer.ms())
                + (answer.truncated()
                        ? " · these are the first " + answer.rows().size() + " rows"
                        : ""));
        said.addClassName("croft-hint");
        said.setId("sql-said");
        said.getElement().setAttribute("role", "status");
        result.setVisible(true);
        if (answer.columns().isEmpty()) {
            result.content(said);
            return;
        }
        var table = new Table("Rows", answer.columns());
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
