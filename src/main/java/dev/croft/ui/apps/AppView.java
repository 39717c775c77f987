package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.HasEnabled;
import com.vaadin.flow.component.Key;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.signals.Signal;
import com.vaadin.flow.signals.local.ValueSignal;
import dev.croft.alerts.Alerts;
import dev.croft.apps.App;
import dev.croft.apps.Apps;
import dev.croft.backups.Backups;
import dev.croft.desired.AppSpec;
import dev.croft.desired.DesiredStates;
import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCommand.Action;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.logs.Logs;
import dev.croft.maintenance.Certificates;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.proofs.Proofs;
import dev.croft.services.Databases;
import dev.croft.services.Dependencies;
import dev.croft.services.Jobs;
import dev.croft.services.Storage;
import dev.croft.telemetry.Telemetry;
import dev.croft.ui.alerts.TroublePanel;
import dev.croft.ui.logs.LogsPanel;
import dev.croft.ui.metrics.MetricsPanel;
import dev.croft.ui.proofs.ContentsPanel;
import dev.croft.ui.proofs.ProofBadge;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TabBar;
import dev.croft.ui.support.Words;
import dev.croft.vault.Secrets;
import jakarta.annotation.security.PermitAll;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One app: how it is, its deployments, its log, its settings, and what all that is in state.json. */
@Route(Links.APPS + "/:app/:tab?")
@PermitAll
@Needs(Needs.What.ANYTHING_ON_THE_BOX)
class AppView extends Page implements BeforeEnterObserver {

    private final Apps apps;
    private final Logs logs;
    private final Operations operations;
    private final DesiredStates desired;
    private final Secrets secrets;
    private final Certificates certificates;
    private final Jobs jobs;
    private final Storage storage;
    private final Backups backups;
    private final Dependencies dependencies;
    private final Databases databases;
    private final Telemetry telemetry;
    private final Clock clock;
    private final Alerts alerts;
    private final Proofs proofs;
    private final Background background;
    private final PushBridge bridge;
    private final Rights rights;
    private final HostName host;

    private final ValueSignal<@Nullable App> shown = new ValueSignal<>(null);
    private final ValueSignal<Boolean> changing = new ValueSignal<>(false);
    private final Div pendingNote = new Div();
    private final Div tabContent = new Div();
    private final TabBar tabs = new TabBar(t("Parts of this app"));
    private final Button deploy = Actions.primary("app-deploy", t("Deploy"), "deploy", this::askDeploy);
    private final Button start = Actions.button("app-start", t("Start"), "play", () -> control(Action.START));
    private final Button stop = Actions.button("app-stop", t("Stop"), "stop", () -> control(Action.STOP));
    private final Button restart =
            Actions.button("app-restart", t("Restart"), "restart", () -> control(Action.RESTART));

    private final Button remove = Actions.button("app-remove", t("Remove"), "trash", this::askRemove);

    private @Nullable AppName name;
    private @Nullable String tab;
    private @Nullable AppTab current;
    /** The line of the log that the address names, and where it is shown. */
    private @Nullable String line;

    private @Nullable LogsPanel shownLogs;
    /** Whether the page says that the app cannot be read. */
    private boolean missing;

    AppView(
            Apps apps,
            Logs logs,
            Operations operations,
            DesiredStates desired,
            Secrets secrets,
            Certificates certificates,
            Jobs jobs,
            Storage storage,
            Backups backups,
            Dependencies dependencies,
            Databases databases,
            Telemetry telemetry,
            Clock clock,
            Alerts alerts,
            Proofs proofs,
            Background background,
            PushBridge bridge,
            Rights rights,
            CurrentHost currentHost) {
        super(t("App"));
        this.apps = apps;
        this.logs = logs;
        this.operations = operations;
        this.desired = desired;
        this.secrets = secrets;
        this.certificates = certificates;
        this.jobs = jobs;
        this.storage = storage;
        this.backups = backups;
        this.dependencies = dependencies;
        this.databases = databases;
        this.telemetry = telemetry;
        this.clock = clock;
        this.alerts = alerts;
        this.proofs = proofs;
        this.background = background;
        this.bridge = bridge;
        this.rights = rights;
        this.host = currentHost
                .get()
                .map(Host::name)
                .orElseThrow(() -> Problem.of(
                                ProblemCode.NOT_FOUND,
                                "There is no box.",
                                "This console has no host yet.",
                                "Start the console with ./croft up.")
                        .toException());
        backTo(t("Apps"), Links.APPS);
        pendingNote.addClassNames("croft-note", "croft-note-warn");
        pendingNote.setId("app-pending");
        pendingNote.setVisible(false);
        tabContent.addClassName("croft-tab-content");
        content(pendingNote, tabs, tabContent);
        Signal.effect(this, () -> {
            App app = shown.get();
            boolean underWay = changing.get();
            if (app != null) {
                render(app, underWay);
            }
        });
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        AppName wanted = new AppName(event.getRouteParameters().get("app").orElse(""));
        String wantedTab = event.getRouteParameters().get("tab").orElse("overview");
        if (!wanted.equals(name)) {
            name = wanted;
            title(wanted.value());
            tabs.removeAll();
            tabs.tab("overview", t("Overview"), Links.app(wanted))
                    .tab("deployments", t("Deployments"), Links.app(wanted, "deployments"))
                    .tab("logs", t("Logs"), Links.app(wanted, "logs"))
                    .tab("metrics", t("Metrics"), Links.app(wanted, "metrics"))
                    .tab("environment", t("Environment"), Links.app(wanted, "environment"))
                    .tab("attachments", t("Attachments"), Links.app(wanted, "attachments"))
                    .tab("jobs", t("Jobs"), Links.app(wanted, "jobs"))
                    .tab("storage", t("Storage & Backups"), Links.app(wanted, "storage"))
                    .tab("contents", t("Contents"), Links.contents(wanted))
                    .tab("nix", "Nix", Links.app(wanted, "nix"));
            tab = null;
            if (isAttached()) {
                load();
            }
        }
        String wantedLine = event.getLocation()
                .getQueryParameters()
                .getSingleParameter("line")
                .orElse(null);
        boolean otherLine = !Objects.equals(wantedLine, line);
        line = wantedLine;
        if (!wantedTab.equals(tab)) {
            tab = wantedTab;
            open(wanted, wantedTab);
        } else if (otherLine && shownLogs != null) {
            shownLogs.open(line);
        }
    }

    private LogsPanel logsOf(AppName app) {
        var panel = new LogsPanel(host, app, logs, () -> apps.deployments(host, app), background, bridge);
        panel.open(line);
        shownLogs = panel;
        return panel;
    }

    private void open(AppName app, String which) {
        shownLogs = null;
        tabContent.removeAll();
        AppTab opened = switch (which) {
            case "overview" ->
                new OverviewTab(
                        new TroublePanel(alerts, background, host, app, this::show),
                        new ProofBadge(host, app, proofs, background));
            case "deployments" ->
                new DeploymentsTab(host, app, apps, operations, background, bridge, rights.mayOperate(app));
            case "logs" -> new LogsTab(logsOf(app));
            case "metrics" ->
                new MetricsTab(new MetricsPanel(host, app, telemetry, operations, background, bridge, clock));
            case "environment" ->
                new EnvironmentTab(
                        host, app, apps, desired, secrets, certificates, operations, background, rights, this::load);
            case "attachments" ->
                new AttachmentsTab(
                        host,
                        app,
                        apps,
                        desired,
                        dependencies,
                        databases,
                        background,
                        rights.mayOperate(app),
                        rights.mayAdminister(),
                        this::load);
            case "jobs" -> new JobsTab(host, app, apps, jobs, desired, background, rights.mayOperate(app), this::load);
            case "storage" ->
                new StorageTab(
                        host,
                        app,
                        storage,
                        new BackupPanel(host, app, apps, backups, desired, background, rights, this::load),
                        background,
                        rights.mayOperate(app));
            case "contents" ->
                new ContentsTab(
                        new ContentsPanel(host, app, proofs, operations, background, bridge, rights.mayOperate(app)));
            case "nix" -> new NixTab(host, app, desired, background);
            default ->
                throw Problem.of(
                                ProblemCode.NOT_FOUND,
                                "This page does not exist.",
                                "An app has no part called \"" + which + "\".",
                                "Go back to the app's overview.")
                        .toException();
        };
        current = opened;
        // Until the app is known there is nothing to change: a click would be laid over nothing.
        ((HasEnabled) opened).setEnabled(false);
        tabContent.add((Component) opened);
        tabs.select(which);
        App known = shown.peek();
        if (known != null && known.name().equals(app)) {
            show(opened, known);
        }
    }

    private static void show(AppTab tab, App app) {
        ((HasEnabled) tab).setEnabled(true);
        tab.show(app);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        background.every(this, Duration.ofSeconds(4), () -> apps.get(host, wanted()), this::take, this::missing);
        bridge.<Operation>latest(this, listener -> operations.watch(host, listener), this::changed, this::show);
        background.call(this, () -> operations.current(host), now -> now.ifPresent(this::changed), this::show);
    }

    private void changed(Operation operation) {
        changing.set(!operation.state().isFinal()
                && (operation.app() == null || operation.app().equals(name)));
        load();
    }

    private void load() {
        background.call(this, () -> apps.get(host, wanted()), this::take, this::missing);
    }

    private AppName wanted() {
        return Optional.ofNullable(name).orElseThrow();
    }

    private void take(App app) {
        if (app.name().equals(name)) {
            if (missing) {
                missing = false;
                clearProblem();
            }
            shown.set(app);
        }
    }

    private void missing(Problem problem) {
        missing = true;
        show(problem);
    }

    private void render(App app, boolean underWay) {
        var state = new StatusText(Words.appTone(app), Words.appState(app));
        state.setId("app-state");
        state.getElement().setAttribute("data-state", app.observed().state());
        state.getElement().setAttribute("role", "status");
        if (app.observed().url() != null && app.observed().state().equals("running")) {
            Anchor url = AppList.address(app.observed().url());
            url.setId("app-url");
            under(state, url, seen(app));
        } else {
            under(state, seen(app));
        }
        boolean deployed = !app.observed().state().equals("not deployed");
        boolean known = !app.observed().state().equals("unknown");
        boolean running = app.observed().state().equals("running")
                || app.observed().state().equals("starting");
        start.setVisible(deployed && known && !running);
        stop.setVisible(deployed && running);
        restart.setVisible(deployed && running);
        deploy.setEnabled(!underWay);
        deploy.setText(underWay ? t("Change under way …") : t("Deploy"));
        remove.setVisible(deployed);
        remove.setEnabled(!underWay);
        if (rights.mayOperate(app.name())) {
            actions(remove, start, restart, stop, deploy);
        }

        pendingNote.removeAll();
        pendingNote.setVisible(app.pending() && !underWay);
        if (app.pending()) {
            var discard = new Button(t("Discard"), click -> discard());
            discard.setId("app-discard");
            var words = deployed
                    ? t("There is a change that is not in force yet. Deploy to put it in force.")
                    : t("This app is a draft: the box does not know it yet. Deploy to run it.");
            discard.setVisible(rights.mayOperate(app.name()));
            pendingNote.add(Icons.of("info"), new Span(words), discard);
        }
        if (current != null) {
            show(current, app);
        }
    }

    private static Component seen(App app) {
        var seen = new Span();
        seen.addClassName("croft-seen");
        if (app.observed().seenAt() != null) {
            seen.add(rich(
                    "seen {0}", dev.croft.ui.support.TimeText.ago(app.observed().seenAt())));
        }
        return seen;
    }

    private void control(Action action) {
        for (Button button : new Button[] {start, stop, restart}) {
            button.setEnabled(false);
        }
        background.call(this, () -> apps.control(host, wanted(), action), app -> enableControls(app), problem -> {
            enableControls(null);
            show(problem);
        });
    }

    private void enableControls(@Nullable App now) {
        for (Button button : new Button[] {start, stop, restart}) {
            button.setEnabled(true);
        }
        if (now != null) {
            take(now);
        }
    }

    private void askDeploy() {
        App app = shown.peek();
        if (app == null) {
            return;
        }
        var ref = new TextField(t("Branch, tag or commit"));
        ref.setId("deploy-ref");
        ref.setPlaceholder(t("The repository's default branch"));
        ref.setValue(Optional.ofNullable(app.spec().source().ref()).orElse(""));
        ref.setWidthFull();
        ref.setAutofocus(true);
        var words = new Paragraph(t(
                "Croft fetches the newest commit of it, builds it beside the running version, and changes over when it is healthy. "
                        + "If anything fails, what runs now keeps running."));
        var facts = new Facts()
                .fact(t("Repository"), app.spec().source().url())
                .fact(
                        t("Configured commit"),
                        Facts.code(Words.commit(app.spec().source().rev())));
        if (app.spec().source().type().equals(AppSpec.Source.CATALOGUE)) {
            // it came with the console: there is nothing to choose from
            words.setText(
                    t(
                            "Croft builds it beside the running version, and changes over when it is healthy. If anything fails, what runs now keeps running."));
            ref.setVisible(false);
            facts.setVisible(false);
        }
        var dialog = new Dialogs(
                t("Deploy {0}", app.name()),
                "deploy-confirm",
                t("Deploy"),
                it -> background.call(
                        this,
                        () -> operations.deploy(
                                host,
                                app.name(),
                                ref.getValue().isBlank() ? null : ref.getValue().strip()),
                        operation -> it.close(),
                        it::refuse),
                words,
                ref,
                facts);
        ref.addKeyPressListener(Key.ENTER, press -> dialog.confirm());
        dialog.open();
    }

    private void askRemove() {
        App app = shown.peek();
        if (app != null) {
            new RemoveDialog(app, operations, background, () -> Actions.go(Links.APPS)).open();
        }
    }

    private void discard() {
        background.run(
                this,
                () -> apps.removeDraft(host, wanted()),
                () -> {
                    App app = shown.peek();
                    if (app != null && app.observed().state().equals("not deployed")) {
                        Actions.go(Links.APPS);
                        return;
                    }
                    // what the tab shows came from the draft: it starts over with what is read next
                    shown.set(null);
                    open(wanted(), Optional.ofNullable(tab).orElse("overview"));
                    load();
                },
                this::show);
    }
}
