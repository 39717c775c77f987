package dev.croft.ui.support;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.Paragraph;

/** Nothing here yet, why that is, and the one thing to do. */
public final class EmptyState extends Div {

    public EmptyState(String icon, String title, String text, Component... action) {
        addClassName("croft-empty");
        add(Icons.of(icon), new H2(title), new Paragraph(text));
        add(action);
    }
}
