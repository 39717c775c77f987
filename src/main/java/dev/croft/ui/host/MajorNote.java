package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import dev.croft.hostlink.HostCommand.MajorChange;
import dev.croft.ui.support.Icons;

/** Between two generations lies an upgrade of PostgreSQL: what that means for the data. */
final class MajorNote extends Div {

    MajorNote(MajorChange change) {
        boolean back = change.to() < change.from();
        addClassNames("croft-note", "croft-note-warn");
        setId("major-change");
        add(
                Icons.of("alert"),
                new Span(
                        back
                                ? t(
                                        "PostgreSQL goes back from {0} to {1}. Its data is that of before the upgrade: what was written since stays in the directory of version {0} alone.",
                                        change.from(), change.to())
                                : t(
                                        "PostgreSQL goes from {0} to {1}. Only an upgrade does that, on Services → PostgreSQL.",
                                        change.from(), change.to())));
    }
}
