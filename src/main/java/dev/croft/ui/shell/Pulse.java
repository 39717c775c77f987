package dev.croft.ui.shell;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.dependency.JsModule;

/** Lets the page notice when it hears nothing more from the console. */
@Tag("croft-pulse")
@JsModule("./croft/pulse.ts")
final class Pulse extends Component {

    private int beats;

    void beat() {
        getElement().setAttribute("beat", String.valueOf(++beats));
    }
}
