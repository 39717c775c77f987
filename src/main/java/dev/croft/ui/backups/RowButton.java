package dev.croft.ui.backups;

import static dev.croft.ui.support.Texts.marked;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import dev.croft.ui.support.Icons;

/** A button of a row. There are as many of its kind as rows, so it says what it is about to those who do not see the row. */
final class RowButton {

    private RowButton() {}

    /** @param label marked as a text */
    static Button of(String label, String icon, String about, Runnable action) {
        var button = new Button(marked(label), Icons.of(icon), click -> action.run());
        button.addThemeVariants(ButtonVariant.SMALL);
        button.setAriaLabel(t("{0}: {1}", marked(label), about));
        button.getElement().setAttribute("data-action", label);
        return button;
    }
}
