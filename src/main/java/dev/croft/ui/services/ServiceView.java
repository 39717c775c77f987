package dev.croft.ui.services;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.Route;
import dev.croft.desired.DesiredStates;
import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.EngineState;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.services.Databases;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TabBar;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import jakarta.annotation.security.PermitAll;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One database server: what is in it, what it does, its settings, and a console. */
@Route(Links.SERVICES + "/:engine/:tab?")
@PermitAll
class ServiceView extends Page implements BeforeEnterObserver {

    private final Databases databases;
    private final DesiredStates desired;
    private final Operations operations;
    private final Background background;
    private final PushBridge bridge;
    private final Rights rights;
    private final HostName host;
    private final Div tabContent = new Div();
    private final TabBar tabs = new TabBar("Parts of this service");
    private @Nullable Engine engine;
    private @Nullable String tab;
    private @Nullable ServiceTab current;

    /** A part of the page. */
    interface ServiceTab {
        /** What the box says of the server, now. */
        void show(EngineState now);
    }

    private record Seen(Instant time, Optional<EngineState> engine) {}

    ServiceView(
            Databases databases,
            DesiredStates desired,
            Operations operations,
            Background background,
            PushBridge bridge,
            Rights rights,
            CurrentHost currentHost) {
        super("Service");
        this.databases = databases;
        this.desired = desired;
        this.operations = operations;
        this.background = background;
        this.bridge = bridge;
        this.rights = rights;
        this.host = currentHost.get().map(Host::name).orElseThrow(() -> missing("This console has no host yet."));
        backTo("Services", Links.SERVICES);
        tabContent.addClassName("croft-tab-content");
        content(tabs, tabContent);
    }

    private static ProblemException missing(String why) {
        return Problem.of(ProblemCode.NOT_FOUND, "This page does not exist.", why, "Go back to Services.")
                .toException();
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        Engine wanted = Engines.of(event.getRouteParameters().get("engine").orElse(""))
                .orElseThrow(() -> missing("There is no such service."));
        String wantedTab = event.getRouteParameters().get("tab").orElse("databases");
        if (wanted != engine) {
            engine = wanted;
            title(Engines.label(wanted));
            tabs.removeAll();
            tabs.tab("databases", "Databases", Engines.path(wanted))
                    .tab("queries", "Slow queries", Engines.path(wanted, "queries"))
                    .tab("settings", "Settings", Engines.path(wanted, "settings"));
            if (rights.mayAdminister()) {
                tabs.tab("console", "Console", Engines.path(wanted, "console"));
            }
            tab = null;
        }
        if (!wantedTab.equals(tab)) {
            tab = wantedTab;
            open(wanted, wantedTab);
            if (isAttached()) {
                load();
            }
        }
    }

    private void open(Engine which, String part) {
        ServiceTab opened = switch (part) {
            case "databases" -> new DatabasesTab(host, databases, background, rights.mayAdminister(), this::load);
            case "queries" -> new QueriesTab();
            case "settings" -> new SettingsTab(host, which, desired, background, rights.mayAdminister());
            case "console" -> new ConsoleTab(host, databases, background);
            default -> throw missing("A service has no part called \"" + part + "\".");
        };
        current = opened;
        tabContent.removeAll();
        tabContent.add((Component) opened);
        tabs.select(part);
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

    private void load() {
        background.call(
                this,
                () -> {
                    var report = databases.report(host);
                    return new Seen(
                            report.time(),
                            report.engines().stream()
                                    .filter(each -> each.engine() == engine)
                                    .findFirst());
                },
                this::take,
                this::show);
    }

    private void take(Seen seen) {
        clearProblem();
        if (seen.engine().isEmpty()) {
            under(new StatusText(Tone.IDLE, "Not on the box"));
            if (!"settings".equals(tab)) {
                tabContent.removeAll();
                tabContent.add(new EmptyState(
                        "disk", "The box does not run it", "Add it below Services, review the change and apply it."));
            }
            return;
        }
        EngineState now = seen.engine().get();
        under(
                now.active() ? new StatusText(Tone.OK, "Running") : new StatusText(Tone.BAD, "Not running"),
                new Span(now.version() == null ? "" : "Version " + now.version()),
                new Span(new Span("seen "), TimeText.ago(seen.time())));
        if (current != null) {
            if (!tabContent.getChildren().toList().contains((Component) current)) {
                tabContent.removeAll();
                tabContent.add((Component) current);
            }
            current.show(now);
        }
    }
}
