package dev.croft.ui.support;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.server.VaadinServletRequest;
import dev.croft.access.OperatorPath;
import dev.croft.access.OperatorPaths;
import dev.croft.kernel.HostName;
import dev.croft.operations.Operations;
import org.jspecify.annotations.Nullable;

/** Says before a change is begun that it could not be kept from here. To be made while the page is asked for: it looks at that request. */
public final class OutsideNote extends Div {

    private final HostName host;
    private final Operations operations;
    private final Background background;
    private final @Nullable OperatorPath path;

    public OutsideNote(HostName host, Operations operations, OperatorPaths paths, Background background) {
        this.host = host;
        this.operations = operations;
        this.background = background;
        VaadinServletRequest request = VaadinServletRequest.getCurrent();
        this.path = request == null ? null : paths.of(request.getHttpServletRequest());
        addClassNames("croft-note", "croft-note-warn", "croft-outside-note");
        setText(
                t(
                        "You came here from the box itself, through a tunnel perhaps. A change of its network, SSH, people or time zone has to be kept from outside: from here it goes back when its time is over. Give the console a domain first (services.croft.domain in the box's flake), and open it there."));
        setVisible(false);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        OperatorPath way = path;
        if (way != null) {
            // Without an answer nothing is claimed; the page says itself when the box cannot be asked.
            background.call(this, () -> operations.couldBeKept(host, way), could -> setVisible(!could), problem -> {});
        }
    }
}
