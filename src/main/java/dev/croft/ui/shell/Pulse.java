package dev.croft.ui.shell;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.dependency.JsModule;
import java.time.Instant;

/** Lets the page notice when it hears nothing more from the console, and tells it the console's time. */
@Tag("croft-pulse")
@JsModule("./croft/pulse.ts")
final class Pulse extends Component {

    void beat(Instant now) {
        getElement().setAttribute("beat", String.valueOf(now.toEpochMilli()));
    }

    /** A change is under way that may cut this page off: it should find its way back within seconds. */
    void urgent(boolean on) {
        getElement().setAttribute("urgent", on);
    }
}
