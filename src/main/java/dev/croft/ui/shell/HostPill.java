package dev.croft.ui.shell;

import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Span;
import dev.croft.fleet.Host;
import dev.croft.fleet.HostStatus;
import dev.croft.hostlink.HostReply;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The state of the box, on every page: in sync, changes that wait, a change under way, one that waits for its confirmation, one that was
 * reverted, or out of reach. It leads to where that can be looked at.
 */
final class HostPill extends Anchor {

    private final StatusText status = new StatusText(Tone.IDLE, "Looking …");
    private final Span seen = new Span();

    private @Nullable HostStatus link;
    private int pending;
    private @Nullable Operation running;
    private HostReply.@Nullable Progress progress;
    private @Nullable Operation reverted;

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

    /** How many edits wait to be applied. */
    void pending(int edits) {
        pending = edits;
        render();
    }

    void running(@Nullable Operation operation, HostReply.@Nullable Progress latest) {
        running = operation;
        progress = latest;
        render();
    }

    /** The last change, when the box went back on it a short while ago. */
    void reverted(@Nullable Operation operation) {
        reverted = operation;
        render();
    }

    private void render() {
        seen.removeAll();
        if (running != null && running.state() == OperationState.AWAITING_CONFIRM && running.confirm() != null) {
            show(Tone.WARN, "Confirming", Links.operation(running.id()));
            seen.add(TimeText.left(running.confirm().until()));
        } else if (running != null) {
            show(Tone.BUSY, under(running), Links.operation(running.id()));
        } else if (link == null) {
            show(Tone.IDLE, "Looking …", Links.HOST);
        } else if (!link.reachable()) {
            show(Tone.BAD, link.seenAt() == null ? "Not reachable" : "Not reachable, last seen", Links.HOST);
            if (link.seenAt() != null) {
                seen.add(TimeText.ago(link.seenAt()));
            }
        } else if (reverted != null) {
            show(Tone.WARN, "Reverted", Links.operation(reverted.id()));
            if (pending > 0) {
                seen.add(new Span(Words.plural(pending, "change") + " pending"));
            }
        } else if (pending > 0) {
            show(Tone.WARN, Words.plural(pending, "change") + " pending", Links.CHANGES);
        } else {
            show(Tone.OK, "In sync", Links.HOST);
            seen.add(new Span("seen "), TimeText.ago(link.seenAt()));
        }
    }

    private void show(Tone tone, String words, String path) {
        status.show(tone, words);
        setHref(path);
    }

    private String under(Operation operation) {
        if (operation.state() == OperationState.LOST) {
            return "Lost sight of it";
        }
        String doing = operation.kind() == Operation.Kind.PLAN ? "Reviewing" : "Applying";
        if (operation.phase() == null) {
            return doing + " …";
        }
        String phase = Words.phase(operation.phase()).toLowerCase(Locale.ROOT);
        return (doing + ": " + phase + " " + Words.count(progress)).strip();
    }
}
