package dev.croft.ui.home;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.signals.Signal;
import com.vaadin.flow.signals.local.ValueSignal;
import dev.croft.alerts.Alerts;
import dev.croft.apps.App;
import dev.croft.apps.Apps;
import dev.croft.desired.DesiredStates;
import dev.croft.fleet.Host;
import dev.croft.fleet.HostStatus;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.Check;
import dev.croft.hostlink.HostCommand.DiskReport;
import dev.croft.hostlink.HostCommand.FullVolume;
import dev.croft.hostlink.HostCommand.Generation;
import dev.croft.maintenance.Contracts;
import dev.croft.maintenance.Contracts.Contract;
import dev.croft.maintenance.Disks;
import dev.croft.maintenance.Generations;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.setup.Wizard;
import dev.croft.setup.Wizard.Progress;
import dev.croft.setup.Wizard.Step;
import dev.croft.ui.activity.OperationList;
import dev.croft.ui.alerts.FiringNote;
import dev.croft.ui.apps.AppList;
import dev.croft.ui.host.ContractPanel;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.FirstVisit;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Titles;
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
@Needs(Needs.What.ANYTHING_ON_THE_BOX)
class HomeView extends Page implements BeforeEnterObserver {

    private static final int RECENT = 6;

    private final Hosts hosts;
    private final Apps apps;
    private final Operations operations;
    private final Generations timeline;
    private final DesiredStates desired;
    private final Contracts contracts;
    private final Disks disks;
    private final Wizard wizard;
    private final boolean mayAdminister;
    private final Background background;
    private final PushBridge bridge;
    private final Optional<Host> host;

    private final ValueSignal<@Nullable HostStatus> status = new ValueSignal<>(null);
    private final ValueSignal<List<Generation>> generations = new ValueSignal<>(List.of());
    /** Names of the places that backups go to; null: not known yet. */
    private final ValueSignal<@Nullable List<String>> places = new ValueSignal<>(null);

    private final ValueSignal<List<Operation>> failedBackups = new ValueSignal<>(List.of());
    /** What the box lacks; null: not known yet. */
    private final ValueSignal<@Nullable List<Check>> lacking = new ValueSignal<>(null);

    private final ValueSignal<@Nullable List<App>> known = new ValueSignal<>(null);
    private final ValueSignal<List<Operation>> recent = new ValueSignal<>(List.of());

    private final Panel box = new Panel(t("Box"), new Anchor(Links.HOST, t("Details")));
    private final Panel running = new Panel(t("Apps"), new Anchor(Links.APPS, t("All apps")));
    private final Panel lately = new Panel(t("Recent activity"), new Anchor(Links.ACTIVITY, t("All activity")));
    private final Div alarm = new Div();
    private final Div full = new Div();
    private final Div first = new Div();
    private final Div setup = new Div();
    private final AppList appList = new AppList();
    private final OperationList operationList = new OperationList();

    HomeView(
            Hosts hosts,
            Apps apps,
            Operations operations,
            Generations timeline,
            DesiredStates desired,
            Contracts contracts,
            Disks disks,
            Wizard wizard,
            Alerts alerts,
            Rights rights,
            Background background,
            PushBridge bridge,
            CurrentHost currentHost) {
        super(t("Home"));
        this.hosts = hosts;
        this.apps = apps;
        this.operations = operations;
        this.timeline = timeline;
        this.desired = desired;
        this.contracts = contracts;
        this.disks = disks;
        this.wizard = wizard;
        this.mayAdminister = rights.mayAdminister();
        this.background = background;
        this.bridge = bridge;
        this.host = currentHost.get();

        if (host.isEmpty()) {
            content(new EmptyState(
                    "host",
                    t("No box yet"),
                    t("Croft looks after machines with NixOS: another one, or the one that this console runs on."),
                    Actions.link(t("Add a box"), "plus", Links.ADD_BOX, true)));
            return;
        }
        title(host.get().name().value());
        running.with(appList);
        lately.with(operationList);
        alarm.setId("home-backups-failed");
        alarm.setVisible(false);
        alarm.addClassNames("croft-note", "croft-note-warn");
        full.setId("home-volumes-full");
        full.setVisible(false);
        full.addClassNames("croft-note", "croft-note-warn");
        setup.addClassName("croft-note");
        setup.setId("setup-unfinished");
        setup.setVisible(false);
        var layout = new Div(setup, new FiringNote(alerts, background), alarm, full, first, running, box, lately);
        box.addClassName("croft-home-side");
        layout.addClassName("croft-home");
        content(layout);
        first.setVisible(false);
        running.setVisible(false);
        lately.setVisible(false);
        Signal.effect(this, this::renderBox);
        Signal.effect(this, this::renderApps);
        Signal.effect(this, this::renderAlarm);
        Signal.effect(this, () -> {
            operationList.show(recent.get());
            lately.setVisible(!recent.get().isEmpty());
        });
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        if (FirstVisit.take()) {
            event.forwardTo(Links.WIZARD);
        }
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
            if (mayAdminister) {
                background.call(this, () -> wizard.progress(name), this::renderSetup, problem -> {});
            }
            background.call(
                    this,
                    () -> contracts.last(name).map(Contract::checks),
                    found -> lacking.set(found.orElse(null)),
                    problem -> {});
            background.call(this, () -> operations.list(name, null, RECENT), recent::set, this::show);
            background.call(this, () -> timeline.list(name), generations::set, problem -> {});
            background.call(
                    this,
                    () -> disks.lastReport(name).map(DiskReport::quotas).orElse(List.of()),
                    this::renderFull,
                    problem -> {});
            background.call(this, () -> operations.failedBackups(name), failedBackups::set, problem -> {});
            background.call(
                    this,
                    () -> desired.inForce(name)
                            .map(state ->
                                    List.copyOf(state.host().backups().targets().keySet())),
                    found -> places.set(found.orElse(null)),
                    problem -> {});
        });
    }

    private void renderSetup(Progress progress) {
        // a box that was set up in another way is not bothered
        setup.setVisible(!progress.finished() && progress.settled() > 0);
        setup.removeAll();
        if (setup.isVisible()) {
            var goOn = new Anchor(Links.WIZARD, t("Go on"));
            goOn.setId("setup-go-on");
            setup.add(
                    Icons.of("sprout"),
                    new Span(t(
                            "Setting up this box: {0} of {1} steps are settled.",
                            progress.settled(), Step.values().length)),
                    goOn);
        }
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
        var link = now.reachable()
                ? new StatusText(Tone.OK, t("Reachable"))
                : new StatusText(Tone.BAD, t("Not reachable"));
        var facts =
                new Facts().fact(t("Link"), link, TimeText.ago(now.seenAt())).fact(t("System"), Words.os(now));
        generations.get().stream()
                .filter(Generation::current)
                .findFirst()
                .ifPresent(current -> facts.fact(
                        t("Generation"),
                        new Anchor(Links.GENERATIONS, String.valueOf(current.number())),
                        TimeText.ago(current.date())));
        List<String> kept = places.get();
        if (kept != null) {
            facts.fact(
                    t("Backups"),
                    kept.isEmpty()
                            ? new StatusText(Tone.WARN, t("Nothing is backed up"))
                            : new Span(String.join(", ", kept)),
                    new Anchor(Links.BACKUPS, kept.isEmpty() ? t("Add a place") : t("Look")));
        }
        List<Check> checks = lacking.get();
        if (checks != null && checks.stream().anyMatch(Check::failsBadly)) {
            var look = new Anchor(Links.CONTRACT, t("See what"));
            look.setId("contract-badge");
            facts.fact(t("Contract"), ContractPanel.verdict(checks), look);
        }
        facts.fact(t("Address"), Facts.code(host.get().endpoint().address()));
        box.content(facts);
        if (now.problem() != null) {
            box.with(new ProblemPanel(now.problem()));
        }
    }

    private void renderAlarm() {
        List<Operation> failed = failedBackups.get();
        alarm.setVisible(!failed.isEmpty());
        alarm.removeAll();
        if (failed.isEmpty()) {
            return;
        }
        var words = new Span();
        failed.forEach(each -> {
            var line = new Div(rich(
                    "{0} failed {1}",
                    new Anchor(Links.operation(each.id()), Titles.of(each)), TimeText.ago(each.createdAt())));
            if (each.problem() != null) {
                line.add(new Span(". " + each.problem().what()));
            }
            words.add(line);
        });
        alarm.add(Icons.of("alert"), words, new Anchor(Links.BACKUPS, t("Backups")));
    }

    private void renderFull(List<FullVolume> volumes) {
        full.setVisible(!volumes.isEmpty());
        full.removeAll();
        var words = new Span();
        volumes.forEach(each -> {
            var name = new Anchor(Links.app(each.app(), "storage"), each.volume() + " (" + each.app() + ")");
            String bytes = Words.bytes(each.bytes());
            String quota = Words.bytes(each.quota());
            words.add(new Div(
                    each.over()
                            ? rich("The volume {0} is over its quota: {1} of {2}.", name, bytes, quota)
                            : rich("The volume {0} is nearly full: {1} of {2}.", name, bytes, quota)));
        });
        full.add(Icons.of("alert"), words);
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
                            Actions.link(t("New app"), "plus", Links.NEW_APP, true)
                        });
    }
}
