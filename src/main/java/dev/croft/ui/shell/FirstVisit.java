package dev.croft.ui.shell;

import com.vaadin.flow.server.VaadinSession;

/** Whoever has just claimed a console with a box is led through the wizard once; the sign-in itself leads home. */
public final class FirstVisit {

    private FirstVisit() {}

    public static void expect() {
        VaadinSession.getCurrent().setAttribute(FirstVisit.class, new FirstVisit());
    }

    /** Whether this is that visit; the next one is not. */
    public static boolean take() {
        VaadinSession session = VaadinSession.getCurrent();
        boolean first = session.getAttribute(FirstVisit.class) != null;
        session.setAttribute(FirstVisit.class, null);
        return first;
    }
}
