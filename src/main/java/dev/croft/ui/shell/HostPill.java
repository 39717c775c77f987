package dev.croft.ui.shell;

import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Span;
import dev.croft.fleet.Host;
import dev.croft.fleet.HostStatus;
import dev.croft.hostlink.HostReply;
import dev.croft.operations.Operation;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import org.jspecify.annotations.Nullable;

/** The state of the box, on every page: in sync, a change pending, a change under way, or out of reach. */
final class HostPill extends Anchor {

    private final StatusText status = new StatusText(Tone.IDLE, "Looking …");
    private final Span seen = new Span();

    private @Nullable HostStatus link;
    private int pending;
    private @Nullable Operation running;
    private HostReply.@Nullable Progress progress;

    HostPill(Host host) {
        super(Links.HOST);
        addClassName("croft-host-pill");
        setId("host-state");
        var name = new Span(host.name().value());
        name.addClassName("croft-host-name");
        status.getElement().setAttribute("role", "status");
        seen.addClassName("croft-seen");
        add(name, status, seen);
    }

    void link(HostStatus now) {
        link = now;
        render();
    }

    void pending(int drafts) {
        pending = drafts;
        render();
    }

    void running(@Nullable Operation operation, HostReply.@Nullable Progress latest) {
        running = operation;
        progress = latest;
        render();
    }

    private void render() {
        seen.removeAll();
        if (running != null) {
            String phase = running.phase() == null
                    ? "waiting"
                    : Words.phase(running.phase()).toLowerCase(java.util.Locale.ROOT);
            status.show(Tone.BUSY, ("Applying: " + phase + " " + Words.count(progress)).strip());
        } else if (link == null) {
            status.show(Tone.IDLE, "Looking …");
        } else if (!link.reachable()) {
            status.show(Tone.BAD, link.seenAt() == null ? "Not reachable" : "Not reachable, last seen");
            if (link.seenAt() != null) {
                seen.add(TimeText.ago(link.seenAt()));
            }
        } else if (pending > 0) {
            status.show(Tone.WARN, "Change pending");
        } else {
            status.show(Tone.OK, "In sync");
            seen.add(new Span("seen "), TimeText.ago(link.seenAt()));
        }
    }
}
