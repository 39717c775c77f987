package dev.croft.ui.settings;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.select.Select;
import dev.croft.access.Grant;
import dev.croft.access.Grants;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.ui.support.Held;
import dev.croft.ui.support.Icons;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Roles by scope, one in a row, and below them what that means. */
final class GrantRows extends Div {

    private record Row(Div line, Select<Role> role, Select<Scope> scope) {}

    private final List<Scope> scopes;
    private final List<Row> rows = new ArrayList<>();
    private final Div lines = new Div();
    private final UnorderedList preview = new UnorderedList();

    /** @param scopes those that can be chosen; the ones that are held already are added */
    GrantRows(List<Scope> scopes, Grants held) {
        Set<Scope> all = new LinkedHashSet<>(scopes);
        held.all().forEach(grant -> all.add(grant.scope()));
        this.scopes = List.copyOf(all);
        preview.setId("grants-preview");
        preview.getElement().setAttribute("aria-live", "polite");
        var more = new Button(
                t("Another role"), Icons.of("plus"), click -> add(new Grant(Role.VIEWER, this.scopes.getFirst())));
        more.setId("grants-more");
        more.addThemeVariants(ButtonVariant.SMALL);
        add(lines, more, preview);
        if (held.isEmpty()) {
            add(new Grant(Role.VIEWER, Scope.EVERYWHERE));
        } else {
            held.all().forEach(this::add);
        }
    }

    private void add(Grant grant) {
        var role = new Select<Role>();
        role.setLabel(t("Role"));
        role.setItems(Role.values());
        role.setItemLabelGenerator(Held::role);
        role.setValue(grant.role());
        var scope = new Select<Scope>();
        scope.setLabel(t("For what?"));
        scope.setItems(scopes);
        scope.setItemLabelGenerator(Held::scope);
        scope.setValue(grant.scope());
        var line = new Div(role, scope);
        line.addClassName("croft-grant");
        var row = new Row(line, role, scope);
        var remove = new Button(Icons.of("trash"), click -> {
            rows.remove(row);
            lines.remove(line);
            explain();
        });
        remove.setAriaLabel(t("Remove this role"));
        remove.addThemeVariants(ButtonVariant.SMALL);
        line.add(remove);
        role.addValueChangeListener(change -> explain());
        scope.addValueChangeListener(change -> explain());
        rows.add(row);
        lines.add(line);
        explain();
    }

    private void explain() {
        preview.removeAll();
        grants().all().forEach(grant -> preview.add(new ListItem(Held.sentence(grant))));
    }

    Grants grants() {
        return Grants.of(rows.stream()
                .map(row -> new Grant(row.role().getValue(), row.scope().getValue()))
                .toList());
    }
}
