package dev.croft.ui.shell;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

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
import org.jspecify.annotations.Nullable;

/**
 * The state of the box, on every page: in sync, changes that wait, a change under way, one that waits for its confirmation, one that was
 * reverted, or out of reach. It leads to where that can be looked at.
 */
final class HostPill extends Anchor {

    private final StatusText status = new StatusText(Tone.IDLE, t("Looking …"));
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
            show(Tone.WARN, t("Confirming"), Links.operation(running.id()));
            seen.add(TimeText.left(running.confirm().until()));
        } else if (running != null) {
            show(Tone.BUSY, under(running), Links.operation(running.id()));
        } else if (link == null) {
            show(Tone.IDLE, t("Looking …"), Links.HOST);
        } else if (!link.reachable()) {
            show(Tone.BAD, link.seenAt() == null ? t("Not reachable") : t("Not reachable, last seen"), Links.HOST);
            if (link.seenAt() != null) {
                seen.add(TimeText.ago(link.seenAt()));
            }
        } else if (reverted != null) {
            show(Tone.WARN, t("Reverted"), Links.operation(reverted.id()));
            if (pending > 0) {
                seen.add(new Span(t("{0, plural, one {# change pending} other {# changes pending}}", pending)));
            }
        } else if (pending > 0) {
            show(Tone.WARN, t("{0, plural, one {# change pending} other {# changes pending}}", pending), Links.CHANGES);
        } else {
            show(Tone.OK, t("In sync"), Links.HOST);
            seen.add(rich("seen {0}", TimeText.ago(link.seenAt())));
        }
    }

    private void show(Tone tone, String words, String path) {
        status.show(tone, words);
        setHref(path);
    }

    private String under(Operation operation) {
        if (operation.state() == OperationState.LOST) {
            return t("Lost sight of it");
        }
        String doing = operation.kind() == Operation.Kind.PLAN ? t("Reviewing") : t("Applying");
        if (operation.phase() == null) {
            return doing + " …";
        }
        return (t("{0}: {1}", doing, Words.phase(operation.phase())) + " " + Words.count(progress)).strip();
    }
}
