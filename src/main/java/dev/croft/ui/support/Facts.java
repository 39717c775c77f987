package dev.croft.ui.support;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.DescriptionList;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;

/** Names and values, aligned. */
public final class Facts extends DescriptionList {

    public Facts() {
        addClassName("croft-facts");
    }

    public Facts fact(String name, Component... value) {
        var description = new Description();
        description.add(value);
        var pair = new Div(new Term(name), description);
        super.add(pair);
        return this;
    }

    public Facts fact(String name, String value) {
        return fact(name, new Span(value.isEmpty() ? "–" : value));
    }

    /** A value for machines, in a monospaced font, with a button that copies it. */
    public Facts code(String name, String value) {
        return code(name, value, value);
    }

    /** The same where only the beginning is shown, as with commits. */
    public Facts code(String name, String shown, String whole) {
        if (whole.isEmpty()) {
            return fact(name, whole);
        }
        var text = code(shown);
        text.setTitle(whole);
        return fact(name, text, new CopyButton(whole, t("Copy: {0}", name)));
    }

    public static Span code(String value) {
        var span = new Span(value);
        span.addClassName("croft-code");
        return span;
    }
}
