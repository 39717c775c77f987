package dev.croft.ui.settings;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.combobox.ComboBox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.data.value.ValueChangeMode;
import dev.croft.access.Providers.Rule;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.kernel.ProblemException;
import dev.croft.ui.support.Held;
import dev.croft.ui.support.Icons;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Rules in rows of fields: whose claim has this value gets this role there. */
final class RuleRows extends Div {

    private static final String EVERYWHERE = Scope.EVERYWHERE.toString();

    private List<String> scopes = List.of(EVERYWHERE);
    private final Runnable onChange;
    private final List<Row> rows = new ArrayList<>();
    private final Div lines = new Div();

    RuleRows(Runnable onChange) {
        this.onChange = onChange;
        setId("rules");
        lines.addClassName("croft-stack");
        var add = new Button(t("Add a rule"), Icons.of("plus"), click -> {
            add("", "", Role.VIEWER, EVERYWHERE);
            rows.getLast().claim.focus();
        });
        add.setId("rule-new");
        add.addThemeVariants(ButtonVariant.SMALL);
        add(lines, add);
    }

    /** Offers places, too: everywhere, boxes, apps. What has been typed stays. */
    void offer(List<String> offered) {
        scopes = offered;
        rows.forEach(row -> {
            String chosen = row.scope.getValue();
            row.scope.setItems(scopes);
            row.scope.setValue(chosen);
        });
    }

    void show(List<Rule> rules) {
        rows.clear();
        lines.removeAll();
        rules.forEach(rule ->
                add(rule.claimName(), rule.value(), rule.role(), rule.scope().toString()));
    }

    /** Those that are complete; empty when a row has something that cannot be saved, and its field says what. */
    Optional<List<Rule>> rules() {
        List<Rule> rules = new ArrayList<>();
        boolean right = true;
        for (Row row : rows) {
            Optional<Rule> rule = row.rule();
            right &= rule.isPresent();
            rule.ifPresent(rules::add);
        }
        return right ? Optional.of(rules) : Optional.empty();
    }

    private void add(String claim, String value, Role role, String scope) {
        var row = new Row(claim, value, role, scope);
        rows.add(row);
        lines.add(row);
    }

    private final class Row extends Div {

        private final TextField claim = new TextField(t("Claim"));
        private final TextField value = new TextField(t("is, or holds"));
        private final Select<Role> role = new Select<>();
        private final ComboBox<String> scope = new ComboBox<>(t("for"));

        Row(String claimText, String valueText, Role gives, String where) {
            addClassName("croft-rule");
            claim.addClassName("rule-claim");
            claim.setPlaceholder("realm_access.roles");
            claim.setMaxLength(200);
            claim.setValue(claimText);
            claim.setValueChangeMode(ValueChangeMode.LAZY);
            value.addClassName("rule-value");
            value.setPlaceholder(t("croft-admins, or *"));
            value.setMaxLength(200);
            value.setValue(valueText);
            value.setValueChangeMode(ValueChangeMode.LAZY);
            role.addClassName("rule-role");
            role.setLabel(t("gives"));
            role.setItems(Role.values());
            role.setItemLabelGenerator(Held::role);
            role.setValue(gives);
            scope.addClassName("rule-scope");
            scope.setItems(scopes);
            scope.setAllowCustomValue(true);
            scope.addCustomValueSetListener(
                    custom -> scope.setValue(name(custom.getDetail().strip())));
            scope.setItemLabelGenerator(Row::label);
            scope.setValue(where);
            var remove = new Button(Icons.of("trash"), click -> {
                rows.remove(this);
                lines.remove(this);
                onChange.run();
            });
            remove.setAriaLabel(t("Remove the rule"));
            claim.addValueChangeListener(changed -> onChange.run());
            value.addValueChangeListener(changed -> onChange.run());
            role.addValueChangeListener(changed -> onChange.run());
            scope.addValueChangeListener(changed -> onChange.run());
            add(claim, value, role, scope, remove);
        }

        private static String label(String scope) {
            return scope.equals(EVERYWHERE) ? t("everywhere") : scope;
        }

        private static String name(String label) {
            return label.equals(t("everywhere")) ? EVERYWHERE : label;
        }

        private Optional<Rule> rule() {
            claim.setInvalid(claim.getValue().isBlank());
            claim.setErrorMessage(t("Name a claim."));
            value.setInvalid(value.getValue().isBlank());
            value.setErrorMessage(t("Name a value, or * for any."));
            Scope where = null;
            try {
                where = Scope.parse(scope.getValue() == null ? "" : scope.getValue());
                scope.setInvalid(false);
            } catch (ProblemException e) {
                scope.setErrorMessage(t("{0}, a box such as attic, or an app such as attic/blog.", t("everywhere")));
                scope.setInvalid(true);
            }
            return claim.isInvalid() || value.isInvalid() || where == null
                    ? Optional.empty()
                    : Optional.of(
                            new Rule(claim.getValue().strip(), value.getValue().strip(), role.getValue(), where));
        }
    }
}
