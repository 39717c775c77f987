package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Composite;
import com.vaadin.flow.component.Key;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.ui.support.Icons;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Environment variables: one row each. Values may have many lines. */
final class EnvironmentEditor extends Composite<Div> {

    private final Div rows = new Div();
    private final List<Row> entries = new ArrayList<>();

    EnvironmentEditor() {
        rows.addClassName("croft-env-rows");
        var add = new Button(t("Add variable"), Icons.of("plus"), click -> {
            Row row = add("", "");
            row.key.focus();
        });
        add.setId("env-add");
        add.addThemeVariants(ButtonVariant.SMALL);
        var hint = new Paragraph(
                t(
                        "Not for passwords: these values are part of the box's configuration, which everyone on the box can read. Put those under Secrets."));
        hint.addClassName("croft-hint");
        getContent().addClassName("croft-env");
        getContent().add(hint, rows, add);
    }

    void set(Map<String, String> variables) {
        rows.removeAll();
        entries.clear();
        variables.forEach(this::add);
    }

    /** Rows without a name and a value are left out; a name without a value is a variable with empty text. */
    Map<String, String> get() {
        var variables = new LinkedHashMap<String, String>();
        for (Row row : entries) {
            if (!row.key.getValue().isBlank() || !row.value.getValue().isEmpty()) {
                variables.put(row.key.getValue().strip(), row.value.getValue());
            }
        }
        return variables;
    }

    /** The variable is kept somewhere else now. */
    void forget(String name) {
        entries.removeIf(row -> {
            boolean gone = row.key.getValue().strip().equals(name);
            if (gone) {
                rows.remove(row);
            }
            return gone;
        });
    }

    void clearProblems() {
        entries.forEach(row -> {
            row.key.setInvalid(false);
            row.value.setInvalid(false);
        });
    }

    /** Puts a refusal beside the variable of that name; false when there is none. */
    boolean mark(String name, String reason) {
        for (Row row : entries) {
            if (row.key.getValue().strip().equals(name)) {
                SpecFields.refuse(row.key, reason);
                return true;
            }
        }
        return false;
    }

    private Row add(String key, String value) {
        var row = new Row(key, value);
        entries.add(row);
        rows.add(row);
        return row;
    }

    private final class Row extends Div {

        private final TextField key = new TextField();
        private final TextArea value = new TextArea();

        Row(String name, String text) {
            addClassName("croft-env-row");
            key.setAriaLabel(t("Name of the variable"));
            key.setPlaceholder("NAME");
            key.setValue(name);
            key.addClassName("croft-mono");
            value.setAriaLabel(t("Value of the variable"));
            value.setPlaceholder("value");
            value.setMinRows(1);
            value.setMaxRows(8);
            value.setValue(text);
            value.addClassName("croft-mono");
            var remove = new Button(Icons.of("cross"), click -> {
                entries.remove(this);
                rows.remove(this);
            });
            remove.addThemeVariants(ButtonVariant.TERTIARY);
            remove.setAriaLabel(t("Remove this variable"));
            remove.setTooltipText(t("Remove"));
            key.addKeyPressListener(Key.ENTER, press -> value.focus());
            add(key, value, remove);
        }
    }
}
