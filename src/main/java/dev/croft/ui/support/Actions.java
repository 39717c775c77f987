package dev.croft.ui.support;

import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Span;

/** Buttons and links that look like buttons, all made the same way. */
public final class Actions {

    private Actions() {}

    /** Goes to a page. A link, so that it can be opened in another tab; drawn as a button. */
    public static Anchor link(String label, String icon, String path, boolean primary) {
        var link = new Anchor(path);
        link.add(Icons.of(icon), new Span(label));
        link.addClassName("croft-button-link");
        if (primary) {
            link.addClassName("croft-primary");
        }
        return link;
    }

    public static Button button(String id, String label, String icon, Runnable action) {
        var button = new Button(label, Icons.of(icon), click -> action.run());
        button.setId(id);
        return button;
    }

    public static Button primary(String id, String label, String icon, Runnable action) {
        var button = button(id, label, icon, action);
        button.addThemeVariants(ButtonVariant.PRIMARY);
        return button;
    }

    /**
     * A button of a row. There are as many of its kind as rows, so it says what it is about to those who do not see the row.
     *
     * @param whole what a screen reader says: "Remove Ada"
     */
    public static Button ofRow(String label, String icon, String whole, Runnable action) {
        var button = new Button(label, Icons.of(icon), click -> action.run());
        button.addThemeVariants(ButtonVariant.SMALL);
        button.setAriaLabel(whole);
        return button;
    }

    public static void go(String path) {
        UI.getCurrent().navigate(path);
    }
}
