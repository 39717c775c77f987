package dev.croft.ui.support;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.Header;
import com.vaadin.flow.component.html.Section;

/** A titled surface for things that belong together. */
public final class Panel extends Section {

    private final Div body = new Div();

    public Panel(String title, Component... actions) {
        addClassName("croft-panel");
        var heading = new H2(title);
        var header = new Header(heading);
        if (actions.length > 0) {
            var row = new Div(actions);
            row.addClassName("croft-actions");
            header.add(row);
        }
        body.addClassName("croft-panel-body");
        super.add(header, body);
        setAriaLabel(title);
    }

    public Panel with(Component... components) {
        body.add(components);
        return this;
    }

    public void content(Component... components) {
        body.removeAll();
        body.add(components);
    }
}
