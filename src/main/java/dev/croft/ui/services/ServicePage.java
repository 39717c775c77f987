package dev.croft.ui.services;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.router.BeforeEnterObserver;
import dev.croft.fleet.Host;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.TabBar;
import org.jspecify.annotations.Nullable;

/**
 * A page below Services: parts behind tabs, of which one is open, and what the box says of it, asked again after each operation.
 *
 * @param <N> what its parts show
 */
abstract class ServicePage<N> extends Page implements BeforeEnterObserver {

    /** What is behind a tab; a component. */
    interface Part<N> {
        /** What is known now. */
        void show(N now);
    }

    private final HostName host;
    private final TabBar tabs;
    private final Operations operations;
    private final PushBridge bridge;
    private final Div place = new Div();
    private @Nullable Part<N> open;

    ServicePage(String title, TabBar tabs, Operations operations, PushBridge bridge, CurrentHost currentHost) {
        super(title);
        this.tabs = tabs;
        this.operations = operations;
        this.bridge = bridge;
        this.host = currentHost.get().map(Host::name).orElseThrow(() -> missing(t("This console has no host yet.")));
        backTo(t("Services"), Links.SERVICES);
        place.addClassName("croft-tab-content");
        content(tabs, place);
    }

    final void above(Component note) {
        content(tabs, note, place);
    }

    static ProblemException missing(String why) {
        return Problem.of(ProblemCode.NOT_FOUND, t("This page does not exist."), why, t("Go back to Services."))
                .toException();
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        load();
        bridge.<Operation>latest(
                this,
                listener -> operations.watch(host, listener),
                changed -> {
                    if (changed.state().isFinal()) {
                        load();
                    }
                },
                this::show);
    }

    /** Asks the box. */
    abstract void load();

    final HostName host() {
        return host;
    }

    final TabBar tabs() {
        return tabs;
    }

    /** Another part is open from now on; it comes to the page with the next {@link #showPart}, or at once. */
    final void open(String name, Part<N> part, boolean atOnce) {
        open = part;
        tabs.select(name);
        place.removeAll();
        if (atOnce) {
            place.add((Component) part);
        }
    }

    /** A part that is on the page already stays there, and keeps what it has asked the box for. */
    final void showPart(N now) {
        Part<N> part = open;
        if (part != null) {
            if (!place.getChildren().toList().contains((Component) part)) {
                place.removeAll();
                place.add((Component) part);
            }
            part.show(now);
        }
    }

    final void showInstead(Component words) {
        place.removeAll();
        place.add(words);
    }
}
