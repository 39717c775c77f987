package dev.croft.ui.backups;

import static dev.croft.ui.support.Texts.marked;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.button.Button;
import dev.croft.ui.support.Actions;

/** {@link Actions#ofRow} of backups: by its action, whatever the language. */
final class RowButton {

    private RowButton() {}

    /** @param label marked as a text */
    static Button of(String label, String icon, String about, Runnable action) {
        var button = Actions.ofRow(marked(label), icon, t("{0}: {1}", marked(label), about), action);
        button.getElement().setAttribute("data-action", label);
        return button;
    }
}
