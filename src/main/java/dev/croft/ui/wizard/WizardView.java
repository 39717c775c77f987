package dev.croft.ui.wizard;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.NativeButton;
import com.vaadin.flow.component.html.Nav;
import com.vaadin.flow.component.html.OrderedList;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.shared.Registration;
import dev.croft.access.CurrentOperator;
import dev.croft.access.MyAccount;
import dev.croft.access.OperatorPaths;
import dev.croft.access.Providers;
import dev.croft.apps.Apps;
import dev.croft.apps.QuickStart;
import dev.croft.apps.QuickStart.Proposed;
import dev.croft.backups.Backups;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.Draft;
import dev.croft.desired.Edit;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.kernel.Subscription;
import dev.croft.maintenance.Certificates;
import dev.croft.maintenance.Contracts;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import dev.croft.operations.Operations.Apply;
import dev.croft.setup.Wizard;
import dev.croft.setup.Wizard.Mark;
import dev.croft.setup.Wizard.Progress;
import dev.croft.setup.Wizard.Standing;
import dev.croft.setup.Wizard.Step;
import dev.croft.ui.activity.OperationFeed;
import dev.croft.ui.activity.PhaseSteps;
import dev.croft.ui.changes.PendingEdits;
import dev.croft.ui.host.ContractPanel;
import dev.croft.ui.host.SettingsDraft;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.OutsideNote;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import dev.croft.vault.Vault;
import jakarta.annotation.security.PermitAll;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Six steps from a box that answers to a first app that is live. Each writes into the same drafts as every other page, so what is shown
 * here is what everybody sees, a closed browser loses nothing, and all of it is applied as one change.
 */
@Route(Links.WIZARD)
@PermitAll
@Needs(Needs.What.THE_BOX)
class WizardView extends Page {

    private static final int RECENT = 10;

    private final Wizard wizard;
    private final DesiredStates desired;
    private final Operations operations;
    private final Apps apps;
    private final OperationFeed feed;
    private final Background background;
    private final PushBridge bridge;
    private final @Nullable HostName host;
    private final boolean mayAdminister;

    private final Map<Step, WizardStep> steps = new EnumMap<>(Step.class);
    private final OrderedList rail = new OrderedList();
    private final Div stage = new Div();
    private final Paragraph words = new Paragraph();
    private final Span leftBy = new Span();
    private final Div buttons = new Div();
    private final PendingEdits edits;
    private final Div waiting = new Div();
    /** What "Put it live" adds to that, from the same words as the review. */
    private final Div proposal = new Div();
    /** Which question the proposal answers: what an older one finds is not shown. */
    private int proposed;

    private final Div outcome = new Div();
    private final PhaseSteps phases = new PhaseSteps();
    private final @Nullable SettingsDraft settings;
    private @Nullable AppStep appStep;
    private @Nullable DomainStep domainStep;

    private @Nullable Step current;
    private @Nullable Seen seen;
    /** How the open step was left when somebody began with it: what another does meanwhile is a conflict, also when the page shows it by then. */
    private @Nullable Mark begun;
    /** Whether there was one, and what the other has done is read now. */
    private boolean yielded;

    private @Nullable OperationId followed;
    private Registration following = () -> {};

    /** Everything that the page shows, read at one moment. */
    private record Seen(
            Progress progress,
            HostState draft,
            HostState inForce,
            List<Draft> drafts,
            List<Edit> edits,
            @Nullable Operation change) {

        Seen with(Progress newer) {
            return new Seen(newer, draft, inForce, drafts, edits, change);
        }
    }

    WizardView(
            Wizard wizard,
            Contracts contracts,
            Certificates certificates,
            Backups backups,
            QuickStart quickStart,
            Vault vault,
            MyAccount own,
            Providers providers,
            Hosts hosts,
            JsonMapper json,
            DesiredStates desired,
            Operations operations,
            Apps apps,
            OperationFeed feed,
            Background background,
            PushBridge bridge,
            Rights rights,
            CurrentOperator operator,
            OperatorPaths paths,
            CurrentHost currentHost) {
        super(t("Set up"));
        this.wizard = wizard;
        this.desired = desired;
        this.operations = operations;
        this.apps = apps;
        this.feed = feed;
        this.background = background;
        this.bridge = bridge;
        this.host = currentHost.get().map(Host::name).orElse(null);
        this.mayAdminister = rights.mayAdminister();
        this.edits = new PendingEdits(host == null ? "" : host.value(), app -> false, app -> {});
        HostName name = host;
        if (name == null) {
            settings = null;
            content(new EmptyState(
                    "host",
                    t("First, a box"),
                    t("Croft looks after machines with NixOS: another one, or the one that this console runs on."),
                    Actions.link(t("Add a box"), "plus", Links.ADD_BOX, true)));
            return;
        }
        title(t("Set up {0}", name));
        under(t("Six steps; each can be skipped and come back to. Nothing on the box changes before you apply it."));
        var draft = new SettingsDraft(name, desired, background);
        settings = draft;
        String account = operator.get().name();
        var domain = new DomainStep(name, draft, certificates, background);
        var app = new AppStep(quickStart, quickStart.entries(), this::propose);
        domainStep = domain;
        appStep = app;
        for (WizardStep each : List.of(
                new BoxStep(
                        name,
                        contracts,
                        new ContractPanel(name, contracts, background, mayAdminister, this::load).brief(),
                        new OutsideNote(name, operations, paths, background)),
                new IdentityStep(name, account, own, draft, vault, background),
                domain,
                new SignInStep(account, providers, hosts, apps, background, json, rights.mayAdministerEverything()),
                new BackupsStep(name, backups, background, mayAdminister, this::load),
                app)) {
            steps.put(each.step(), each);
        }
        content(layout());
    }

    private Component layout() {
        rail.addClassName("croft-wizard-rail");
        var nav = new Nav(rail);
        nav.setAriaLabel(t("Steps"));
        words.addClassName("croft-wizard-words");
        leftBy.addClassName("croft-hint");
        leftBy.setId("wizard-left-by");
        leftBy.getElement().setAttribute("role", "status");
        buttons.addClassNames("croft-actions", "croft-wizard-buttons");
        stage.addClassNames("croft-panel", "croft-wizard-stage");
        stage.setId("wizard-stage");
        outcome.setId("wizard-outcome");
        outcome.addClassName("croft-stack");
        outcome.setVisible(false);
        phases.addClassName("croft-steps-wide");
        waiting.addClassName("croft-stack");
        waiting.setId("wizard-waiting");
        proposal.addClassNames("croft-stack", "croft-pending");
        proposal.setId("wizard-proposal");
        proposal.getElement().setAttribute("aria-live", "polite");
        var preview = new Panel(t("What will change")).with(waiting, proposal);
        var layout = new Div(nav, new Div(outcome, stage), preview);
        layout.addClassName("croft-wizard");
        return layout;
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        HostName name = host;
        if (name == null) {
            return;
        }
        // what somebody else does shows here as it happens; read after listening has begun
        watch(listener -> wizard.watch(name, listener));
        watch(listener -> desired.watch(name, listener));
        watch(listener -> operations.watch(name, row -> listener.run()));
    }

    private void watch(java.util.function.Function<Runnable, Subscription> source) {
        bridge.<Boolean>latest(
                this,
                listener -> {
                    Subscription subscription = source.apply(() -> listener.accept(true));
                    listener.accept(true);
                    return subscription;
                },
                changed -> load(),
                this::show);
    }

    private void load() {
        HostName name = host;
        if (name == null) {
            return;
        }
        background.call(this, () -> read(name), this::render, this::show);
    }

    private Seen read(HostName name) {
        return new Seen(
                wizard.progress(name),
                desired.draft(name),
                desired.inForce(name).orElseGet(() -> desired.refresh(name)),
                desired.drafts(name),
                desired.edits(name),
                operations.list(name, null, RECENT).stream()
                        .filter(each -> each.kind() == Operation.Kind.APPLY)
                        .findFirst()
                        .orElse(null));
    }

    // ---- what is shown

    private void render(Seen now) {
        Seen before = seen;
        seen = now;
        boolean first = current == null;
        if (first) {
            current = now.progress().next();
        }
        Step here = currentStep();
        if (yielded || before == null) {
            yielded = false;
            begun = mark(here).orElse(null);
        }
        if (first) {
            open(here);
        } else if (before == null
                || !before.draft().equals(now.draft())
                || !before.progress().equals(now.progress())) {
            // only what is not being typed into: a step that is open keeps its fields, and learns of a conflict when it
            // is left
            renderButtons();
            if (here == Step.BACKUPS || here == Step.APP) {
                step(here).show(now.draft(), now.progress());
            }
        }
        renderRail(now.progress());
        renderWaiting(now);
        renderChange(now.change());
        if (here == Step.APP) {
            propose();
        }
    }

    private void renderRail(Progress progress) {
        rail.removeAll();
        steps.values().forEach(each -> {
            Optional<Mark> mark = progress.mark(each.step());
            var button = new NativeButton(each.title(), click -> open(each.step()));
            button.setId("wizard-step-" + word(each.step()));
            if (each.step() == current) {
                button.getElement().setAttribute("aria-current", "step");
            }
            var item = new ListItem(button);
            item.getElement()
                    .setAttribute(
                            "data-standing",
                            mark.map(it -> it.standing().name().toLowerCase(java.util.Locale.ROOT))
                                    .orElse("open"));
            mark.ifPresent(it -> {
                Span who = rich(
                        it.standing() == Standing.DONE ? "done by {0} {1}" : "skipped by {0} {1}",
                        it.by(),
                        TimeText.ago(it.at()));
                who.addClassName("croft-hint");
                item.add(who);
            });
            rail.add(item);
        });
    }

    static String word(Step step) {
        return step.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    private void open(Step step) {
        Seen now = seen;
        current = step;
        begun = mark(step).orElse(null);
        clearProblem();
        WizardStep shown = step(step);
        words.setText(shown.words());
        stage.removeAll();
        var heading = new com.vaadin.flow.component.html.H2(shown.title());
        stage.add(heading, words, shown, leftBy, buttons);
        stage.getElement().setAttribute("data-step", word(step));
        SettingsDraft draft = settings;
        if (now != null) {
            shown.show(now.draft(), now.progress());
            renderRail(now.progress());
            // which button applies what waits depends on the step
            renderWaiting(now);
        }
        if (draft != null) {
            // the base of this step's edit: what it shows from here on
            draft.load(this, state -> {}, this::show);
        }
        renderButtons();
        propose();
    }

    private void propose() {
        HostName name = host;
        AppStep step = appStep;
        Seen now = seen;
        int mine = ++proposed;
        if (name == null
                || now == null
                || step == null
                || currentStep() != Step.APP
                || !mayAdminister
                || !step.makesAnApp()) {
            proposal.removeAll();
            return;
        }
        AppStep.Choices choices = step.choices();
        DomainStep.Chosen chosen = DomainStep.Chosen.of(now.progress());
        if (choices.entry() == null) {
            proposal.removeAll();
            proposal.add(new StatusText(Tone.BUSY, t("The box looks at the repository …")));
        }
        background.call(
                this,
                () -> {
                    Proposed app = step.propose(name, choices, chosen);
                    HostState before = desired.draft(name);
                    var with = new TreeMap<>(before.apps());
                    with.put(app.name(), app.spec());
                    return Map.entry(
                            app.name(), desired.edits(before, new HostState(before.version(), before.host(), with)));
                },
                found -> {
                    if (mine == proposed) {
                        proposal.removeAll();
                        proposal.add(PendingEdits.proposed(
                                found.getKey(), t("comes with \"Put it live\""), found.getValue()));
                    }
                },
                refused -> {
                    if (mine == proposed) {
                        var panel = new ProblemPanel();
                        panel.show(refused);
                        proposal.removeAll();
                        proposal.add(panel);
                    }
                });
    }

    private void renderButtons() {
        buttons.removeAll();
        Step here = currentStep();
        Optional<Mark> mark = mark(here);
        leftBy.setText("");
        if (!mayAdminister) {
            buttons.add(new StatusText(Tone.IDLE, t("An administrator sets up a box.")));
            return;
        }
        if (here == Step.APP) {
            var live = Actions.primary("wizard-live", t("Put it live"), "deploy", this::putLive);
            live.setDisableOnClick(true);
            buttons.add(live);
        } else {
            var next = Actions.primary(
                    "wizard-next",
                    step(here).wasTold() ? t("Go on all the same") : t("Next"),
                    "right",
                    () -> leave(Standing.DONE));
            next.setDisableOnClick(true);
            buttons.add(next);
        }
        if (mark.isEmpty()) {
            var skip = new Button(here == Step.APP ? t("Not now") : t("Skip"), click -> leave(Standing.SKIPPED));
            skip.setId("wizard-skip");
            skip.setDisableOnClick(true);
            buttons.add(skip);
        } else if (step(here).isUndoable()) {
            var undo = Actions.button("wizard-undo", t("Undo this step"), "back", this::undo);
            undo.setDisableOnClick(true);
            buttons.add(undo);
        }
        if (here == Step.BOX) {
            var straight =
                    Actions.button("wizard-straight", t("Straight to a first app"), "sprout", () -> open(Step.APP));
            buttons.add(straight);
        }
    }

    private void renderWaiting(Seen now) {
        waiting.removeAll();
        getElement().setAttribute("data-edits", String.valueOf(now.edits().size()));
        if (now.edits().isEmpty() && now.drafts().isEmpty()) {
            var nothing = new Paragraph(t("Nothing yet. What the steps decide collects here."));
            nothing.addClassName("croft-hint");
            waiting.add(nothing);
            return;
        }
        edits.show(now.drafts(), now.edits());
        var all = new Anchor(Links.CHANGES, t("Review it in full"));
        all.setId("wizard-review");
        var row = new Div();
        row.addClassName("croft-actions");
        if (mayAdminister && currentStep() != Step.APP) {
            var apply = Actions.button("wizard-apply", t("Apply it now"), "check", this::apply);
            apply.setDisableOnClick(true);
            apply.setEnabled(now.change() == null || now.change().state().isFinal());
            row.add(apply);
        }
        row.add(all);
        waiting.add(edits, row);
    }

    // ---- what is done

    private void leave(Standing standing) {
        HostName name = host;
        SettingsDraft draft = settings;
        Step here = currentStep();
        if (name == null || draft == null) {
            return;
        }
        clearProblem();
        Mark shown = begun;
        if (standing == Standing.SKIPPED) {
            background.call(
                    this,
                    () -> wizard.leave(name, here, standing, null, shown),
                    progress -> go(progress, after(here, progress)),
                    this::refused);
            return;
        }
        WizardStep step = step(here);
        var edit = step.edit();
        if (edit.isEmpty()) {
            renderButtons();
            return;
        }
        step.beforeLeaving(
                () -> {
                    // somebody has gone to another step while it looked
                    if (currentStep() == here) {
                        save(name, draft, step, edit.get(), shown);
                    }
                },
                () -> {
                    if (currentStep() == here) {
                        renderButtons();
                    }
                });
    }

    private void save(
            HostName name,
            SettingsDraft draft,
            WizardStep step,
            UnaryOperator<HostSettings> edit,
            @Nullable Mark shown) {
        Step here = step.step();
        String answer = step.answer();
        DomainStep.Chosen chosen = domainStep == null ? DomainStep.Chosen.NOTHING : domainStep.chosen();
        draft.save(
                this,
                edit,
                saved -> background.call(
                        this,
                        () -> {
                            Progress progress = wizard.leave(name, here, Standing.DONE, answer, shown);
                            if (here == Step.DOMAIN) {
                                moveApp(name, progress, chosen);
                            }
                            return progress;
                        },
                        progress -> go(progress, after(here, progress)),
                        this::refused),
                this::refused);
    }

    /** The app was chosen before its domain. */
    private void moveApp(HostName name, Progress progress, DomainStep.Chosen chosen) {
        HostState state = desired.draft(name);
        progress.mark(Step.APP)
                .map(Mark::answer)
                .map(AppName::new)
                .flatMap(app -> Optional.ofNullable(state.apps().get(app)).map(spec -> Map.entry(app, spec)))
                .ifPresent(app -> desired.putApp(
                        name,
                        app.getKey(),
                        app.getValue().answering(chosen.domains(), chosen.tls()),
                        desired.digest(app.getValue())));
    }

    /** The one that follows; further on, the first that nobody has looked at. */
    private static Step after(Step step, Progress progress) {
        Step[] all = Step.values();
        for (int at = step.ordinal() + 1; at < all.length; at++) {
            if (progress.mark(all[at]).isEmpty()) {
                return all[at];
            }
        }
        return Step.APP;
    }

    private void go(Progress progress, Step to) {
        Seen before = seen;
        if (before != null) {
            seen = before.with(progress);
        }
        open(to);
        load();
    }

    private void refused(Problem why) {
        show(why);
        yielded = true;
        renderButtons();
        load();
        // what somebody else has made of it is the base of the next try
        SettingsDraft draft = settings;
        if (draft != null) {
            draft.load(this, state -> {}, problem -> {});
        }
    }

    private void undo() {
        HostName name = host;
        Seen now = seen;
        Step here = currentStep();
        if (name == null || now == null) {
            return;
        }
        clearProblem();
        HostSettings before = now.draft().host();
        HostSettings after = step(here).undone(before, now.inForce().host());
        Optional<AppName> app = here != Step.APP || appStep == null
                ? Optional.empty()
                : appStep.app().filter(each -> !now.inForce().apps().containsKey(each));
        background.call(
                this,
                () -> {
                    app.ifPresent(each -> desired.discard(name, each));
                    if (here == Step.DOMAIN) {
                        // an app whose certificates come by ACME holds on to the account
                        moveApp(name, now.progress(), DomainStep.Chosen.NOTHING);
                    }
                    if (!after.equals(before)) {
                        desired.putSettings(name, after, desired.digest(before));
                    }
                    step(here).undoMore();
                    return wizard.reopen(name, here);
                },
                progress -> {
                    step(here).afterUndo();
                    go(progress, here);
                },
                this::refused);
    }

    private void putLive() {
        HostName name = host;
        AppStep step = appStep;
        if (name == null || step == null) {
            return;
        }
        clearProblem();
        if (!step.isComplete()) {
            renderButtons();
            return;
        }
        Mark shown = mark(Step.APP).orElse(null);
        AppStep.Choices choices = step.choices();
        background.call(
                this,
                () -> {
                    AppName app = step.draft(name, choices, DomainStep.Chosen.of(wizard.progress(name)));
                    wizard.leave(name, Step.APP, Standing.DONE, app.value(), shown);
                    return operations.apply(name, Apply.ALL);
                },
                operation -> load(),
                this::refused);
    }

    private void apply() {
        HostName name = host;
        if (name != null) {
            clearProblem();
            background.call(this, () -> operations.apply(name, Apply.ALL), operation -> load(), this::refused);
        }
    }

    // ---- the change that is applied

    private void renderChange(@Nullable Operation change) {
        Seen now = seen;
        if (change == null || now == null) {
            outcome.setVisible(false);
            return;
        }
        outcome.setVisible(true);
        outcome.getElement().setAttribute("data-state", change.state().name());
        if (!change.state().isFinal()) {
            if (!change.id().equals(followed)) {
                followed = change.id();
                following.remove();
                following = feed.state(
                        this,
                        change.id(),
                        null,
                        changed -> {},
                        progress -> phases.show(change(change), progress),
                        problem -> {});
            }
            phases.show(change, null);
            outcome.removeAll();
            outcome.add(new Panel(t("Applying it as one change …")).with(phases));
            return;
        }
        boolean mine = change.id().equals(followed);
        outcome.removeAll();
        if (change.state() == OperationState.SUCCEEDED) {
            succeeded(now);
        } else if (change.problem() != null && (mine || !now.edits().isEmpty())) {
            var panel = new ProblemPanel();
            panel.show(
                    change.problem(), Actions.link(t("See the log"), "activity", Links.operation(change.id()), false));
            outcome.add(panel);
        } else {
            outcome.setVisible(false);
        }
    }

    /** As the page knows it now: the phases go on while counts come in. */
    private Operation change(Operation then) {
        Seen now = seen;
        return now != null && now.change() != null && now.change().id().equals(then.id()) ? now.change() : then;
    }

    private void succeeded(Seen now) {
        HostName name = host;
        Optional<AppName> app = now.progress().mark(Step.APP).map(Mark::answer).map(AppName::new);
        if (name == null || app.isEmpty()) {
            outcome.setVisible(false);
            return;
        }
        background.call(
                this,
                () -> {
                    var live = apps.get(name, app.get());
                    if (mayAdminister
                            && !live.pending()
                            && !wizard.progress(name).finished()) {
                        wizard.finish(name);
                    }
                    return live;
                },
                live -> {
                    String url = live.observed().url();
                    if (live.pending() || url == null) {
                        outcome.setVisible(false);
                        return;
                    }
                    var open = new Anchor(url, "");
                    open.add(Icons.of("open"), new Span(t("Open it")));
                    open.setTarget("_blank");
                    open.setId("wizard-url");
                    open.addClassNames("croft-button-link", "croft-primary");
                    var row = new Div(
                            open,
                            Actions.link(t("Its page"), "apps", Links.app(app.get()), false),
                            Actions.link(t("Home"), "home", Links.HOME.isEmpty() ? "." : Links.HOME, false));
                    row.addClassName("croft-actions");
                    var panel = new Panel(t("{0} is live", app.get()))
                            .with(
                                    new StatusText(Tone.OK, url),
                                    new Paragraph(
                                            t(
                                                    "The steps you left out stay here. What was applied can be taken back on the page of generations.")),
                                    row);
                    outcome.removeAll();
                    outcome.add(panel);
                    outcome.setVisible(true);
                },
                problem -> outcome.setVisible(false));
    }

    private WizardStep step(Step step) {
        WizardStep found = steps.get(step);
        if (found == null) {
            throw new IllegalStateException("There is no page for " + step);
        }
        return found;
    }

    private Step currentStep() {
        Step here = current;
        return here == null ? Step.BOX : here;
    }

    private Optional<Mark> mark(Step step) {
        return seen == null ? Optional.empty() : seen.progress().mark(step);
    }
}
