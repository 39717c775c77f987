package dev.croft.ui.support;

import com.vaadin.flow.component.icon.SvgIcon;

/** Croft's own line icons: one sprite, drawn in the colour of the text beside it. Decoration only, so hidden from screen readers. */
public final class Icons {

    private Icons() {}

    public static SvgIcon of(String name) {
        SvgIcon icon = new SvgIcon("icons/croft.svg", name);
        icon.addClassName("croft-icon");
        icon.getElement().setAttribute("aria-hidden", "true");
        return icon;
    }
}
