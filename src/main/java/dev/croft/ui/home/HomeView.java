package dev.croft.ui.home;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.signals.Signal;
import com.vaadin.flow.signals.local.ValueSignal;
import dev.croft.apps.App;
import dev.croft.apps.Apps;
import dev.croft.desired.DesiredStates;
import dev.croft.fleet.Host;
import dev.croft.fleet.HostStatus;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.Generation;
import dev.croft.maintenance.Generations;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.ui.activity.OperationList;
import dev.croft.ui.apps.AppList;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import jakarta.annotation.security.PermitAll;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How things stand: the box, the apps, what happened lately. */
@Route(Links.HOME)
@PermitAll
class HomeView extends Page {

    private static final int RECENT = 6;

    private final Hosts hosts;
    private final Apps apps;
    private final Operations operations;
    private final Generations timeline;
    private final DesiredStates desired;
    private final Background background;
    private final PushBridge bridge;
    private final Optional<Host> host;

    private final ValueSignal<@Nullable HostStatus> status = new ValueSignal<>(null);
    private final ValueSignal<List<Generation>> generations = new ValueSignal<>(List.of());
    /** Names of the places that backups go to; null: not known yet. */
    private final ValueSignal<@Nullable List<String>> places = new ValueSignal<>(null);

    private final ValueSignal<@Nullable List<App>> known = new ValueSignal<>(null);
    private final ValueSignal<List<Operation>> recent = new ValueSignal<>(List.of());

    private final Panel box = new Panel("Box", new Anchor(Links.HOST, "Details"));
    private final Panel running = new Panel("Apps", new Anchor(Links.APPS, "All apps"));
    private final Panel lately = new Panel("Recent activity", new Anchor(Links.ACTIVITY, "All activity"));
    private final Div first = new Div();
    private final AppList appList = new AppList();
    private final OperationList operationList = new OperationList();

    HomeView(
            Hosts hosts,
            Apps apps,
            Operations operations,
            Generations timeline,
            DesiredStates desired,
            Background background,
            PushBridge bridge,
            CurrentHost currentHost) {
        super("Home");
        this.hosts = hosts;
        this.apps = apps;
        this.operations = operations;
        this.timeline = timeline;
        this.desired = desired;
        this.background = background;
        this.bridge = bridge;
        this.host = currentHost.get();

        if (host.isEmpty()) {
            content(
                    new EmptyState(
                            "host",
                            "No box yet",
                            "This console was started without a host. Start it with ./croft up, or enrol a box through the API (POST /api/v1/hosts)."));
            return;
        }
        title(host.get().name().value());
        running.with(appList);
        lately.with(operationList);
        var layout = new Div(first, running, box, lately);
        layout.addClassName("croft-home");
        content(layout);
        first.setVisible(false);
        first.addClassName("croft-home-first");
        running.setVisible(false);
        lately.setVisible(false);
        Signal.effect(this, this::renderBox);
        Signal.effect(this, this::renderApps);
        Signal.effect(this, () -> {
            operationList.show(recent.get());
            lately.setVisible(!recent.get().isEmpty());
        });
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        host.map(Host::name).ifPresent(name -> {
            background.every(this, Duration.ofSeconds(5), () -> hosts.status(name), status::set, this::show);
            background.every(this, Duration.ofSeconds(5), () -> apps.list(name), known::set, this::appsProblem);
            bridge.<Operation>latest(this, listener -> operations.watch(name, listener), changed -> load(), this::show);
            load();
        });
    }

    private void load() {
        host.map(Host::name).ifPresent(name -> {
            background.call(this, () -> operations.list(name, null, RECENT), recent::set, this::show);
            background.call(this, () -> timeline.list(name), generations::set, problem -> {});
            background.call(
                    this,
                    () -> desired.inForce(name)
                            .map(state ->
                                    List.copyOf(state.host().backups().targets().keySet())),
                    found -> places.set(found.orElse(null)),
                    problem -> {});
        });
    }

    private void appsProblem(dev.croft.kernel.Problem problem) {
        running.setVisible(true);
        running.content(new ProblemPanel(problem));
    }

    private void renderBox() {
        HostStatus now = status.get();
        if (now == null || host.isEmpty()) {
            return;
        }
        under(Words.os(now));
        var link = now.reachable() ? new StatusText(Tone.OK, "Reachable") : new StatusText(Tone.BAD, "Not reachable");
        var facts = new Facts().fact("Link", link, TimeText.ago(now.seenAt())).fact("System", Words.os(now));
        generations.get().stream()
                .filter(Generation::current)
                .findFirst()
                .ifPresent(current -> facts.fact(
                        "Generation",
                        new Anchor(Links.GENERATIONS, String.valueOf(current.number())),
                        TimeText.ago(current.date())));
        List<String> kept = places.get();
        if (kept != null) {
            facts.fact(
                    "Backups",
                    kept.isEmpty()
                            ? new StatusText(Tone.WARN, "Nothing is backed up")
                            : new Span(String.join(", ", kept)),
                    new Anchor(Links.BACKUPS, kept.isEmpty() ? "Add a place" : "Look"));
        }
        facts.fact("Address", Facts.code(host.get().endpoint().address()));
        box.content(facts);
        if (now.problem() != null) {
            box.with(new ProblemPanel(now.problem()));
        }
    }

    private void renderApps() {
        List<App> now = known.get();
        if (now == null) {
            return;
        }
        first.setVisible(now.isEmpty());
        running.setVisible(!now.isEmpty());
        if (now.isEmpty() && first.getComponentCount() == 0) {
            first.add(AppList.empty());
        }
        appList.show(now);
        running.content(appList);
        actions(
                now.isEmpty()
                        ? new com.vaadin.flow.component.Component[0]
                        : new com.vaadin.flow.component.Component[] {
                            Actions.link("New app", "plus", Links.NEW_APP, true)
                        });
    }
}
