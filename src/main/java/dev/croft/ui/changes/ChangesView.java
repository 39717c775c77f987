package dev.croft.ui.changes;

import static dev.croft.ui.support.Texts.inContext;
import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.say;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.shared.Registration;
import com.vaadin.flow.signals.Signal;
import com.vaadin.flow.signals.local.ValueSignal;
import dev.croft.access.OperatorPaths;
import dev.croft.desired.Changes;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.Draft;
import dev.croft.desired.Edit;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.desired.HostState.Services;
import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostReply;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.Subscription;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import dev.croft.ui.activity.OperationFeed;
import dev.croft.ui.activity.PhaseSteps;
import dev.croft.ui.activity.Stops;
import dev.croft.ui.services.Engines;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.OutsideNote;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Titles;
import dev.croft.ui.support.Words;
import dev.croft.vault.Secrets;
import jakarta.annotation.security.PermitAll;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What waits to be applied, what it would do to the box, and the button that does it. */
@Route(Links.CHANGES)
@PermitAll
@Needs(Needs.What.ANYTHING_ON_THE_BOX)
class ChangesView extends Page {

    /** Rows in which the newest plan is looked for. */
    private static final int RECENT = 30;

    private static final int USUAL_SECONDS = 60;
    private static final List<Integer> SECONDS = List.of(30, 60, 120, 300, 600);

    /** What waits, at one moment. */
    private record Pending(
            List<Draft> drafts, List<Edit> edits, Changes changes, Set<String> apps, String before, String after) {}

    /** The newest plan with the secrets that it missed and that nobody has set since, and a change that is being applied right now. */
    private record UnderWay(
            @Nullable Operation plan, @Nullable Operation change, List<Review.MissingSecret> missing) {}

    private final DesiredStates desired;
    private final Operations operations;
    private final Secrets secrets;
    private final OperationFeed feed;
    private final Stops stops;
    private final Rights rights;
    private final Background background;
    private final PushBridge bridge;
    private final Optional<HostName> host;
    private final Optional<OutsideNote> outside;

    private final ValueSignal<@Nullable Pending> pending = new ValueSignal<>(null);
    private final ValueSignal<UnderWay> underWay = new ValueSignal<>(new UnderWay(null, null, List.of()));
    private final ValueSignal<Reviewed.@Nullable Basis> basis = new ValueSignal<>(null);

    private final PendingEdits edits;
    private final Panel wished;
    private final Div review = new Div();
    private final Div layout = new Div();
    private final Div nothing = new Div();
    private final PhaseSteps steps = new PhaseSteps();
    private final Span counts = new Span();
    private final Select<Integer> within = new Select<>();
    private final Checkbox always = new Checkbox(t("Wait for me to keep it"));
    private final Div time = new Div(new Span(t("Goes back after")), within);
    private @Nullable OperationId followed;
    private Registration following = () -> {};

    ChangesView(
            DesiredStates desired,
            Operations operations,
            Secrets secrets,
            OperationFeed feed,
            Stops stops,
            Rights rights,
            Background background,
            PushBridge bridge,
            OperatorPaths paths,
            CurrentHost currentHost) {
        super(t("Changes"));
        this.desired = desired;
        this.operations = operations;
        this.secrets = secrets;
        this.feed = feed;
        this.stops = stops;
        this.rights = rights;
        this.background = background;
        this.bridge = bridge;
        this.host = currentHost.get().map(Host::name);
        this.outside = host.map(name -> new OutsideNote(name, operations, paths, background));
        this.edits = new PendingEdits(host.map(HostName::value).orElse(""), this::mayDiscard, this::askDiscard);
        this.wished = new Panel(t("Waiting to be applied")).with(edits);
        review.addClassName("croft-stack");
        layout.add(wished, review);
        layout.addClassName("croft-review");
        layout.setVisible(false);
        counts.addClassName("croft-hint");
        steps.addClassName("croft-steps-wide");
        within.setId("confirm-within");
        within.setAriaLabel(t("Time to keep the change"));
        within.setItems(SECONDS);
        within.setItemLabelGenerator(ChangesView::span);
        within.setValue(USUAL_SECONDS);
        always.setId("confirm-always");
        always.addValueChangeListener(changed -> time.setVisible(!always.isVisible() || changed.getValue()));
        time.addClassName("croft-within");
        content(nothing, layout);
        if (host.isEmpty()) {
            nothing.add(new EmptyState("host", t("No box yet"), t("This console was started without a host.")));
            return;
        }
        Signal.effect(this, () -> {
            Pending now = pending.get();
            UnderWay operationsNow = underWay.get();
            Reviewed.Basis planned = basis.get();
            if (now != null) {
                render(now, operationsNow, planned);
            }
        });
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        host.ifPresent(name -> {
            // read after listening has begun, or a change in between would be missed
            bridge.<Boolean>latest(
                    this,
                    listener -> {
                        Subscription subscription = desired.watch(name, () -> listener.accept(true));
                        listener.accept(true);
                        return subscription;
                    },
                    changed -> load(name),
                    this::show);
            bridge.<Boolean>latest(
                    this,
                    listener -> {
                        Subscription subscription = operations.watch(name, operation -> listener.accept(true));
                        listener.accept(true);
                        return subscription;
                    },
                    changed -> look(name),
                    this::show);
        });
    }

    private void load(HostName name) {
        background.call(this, () -> read(name), pending::set, this::show);
    }

    private Pending read(HostName name) {
        HostState wish = desired.draft(name);
        return new Pending(
                desired.drafts(name),
                desired.edits(name),
                desired.changes(name),
                wish.apps().keySet().stream().map(AppName::value).collect(Collectors.toSet()),
                desired.inForce(name).map(state -> desired.render(state).text()).orElse(""),
                desired.render(wish).text());
    }

    private void look(HostName name) {
        background.call(
                this,
                () -> {
                    List<Operation> recent = operations.list(name, null, RECENT);
                    Operation plan = Reviewed.latest(recent).orElse(null);
                    return new UnderWay(
                            plan,
                            recent.stream()
                                    .filter(each -> each.kind() != Operation.Kind.PLAN
                                            && !each.state().isFinal())
                                    .findFirst()
                                    .orElse(null),
                            missing(name, plan));
                },
                underWay::set,
                this::show);
    }

    private List<Review.MissingSecret> missing(HostName name, @Nullable Operation plan) {
        List<Review.MissingSecret> then =
                plan == null ? List.of() : Review.of(plan.result()).missingSecrets();
        return then.isEmpty() ? then : MissingSecrets.still(then, secrets.list(name));
    }

    // ---- what is shown

    private void render(Pending now, UnderWay operationsNow, Reviewed.@Nullable Basis planned) {
        HostName name = host.orElseThrow();
        boolean empty = now.edits().isEmpty() && now.drafts().isEmpty();
        nothing.removeAll();
        layout.setVisible(!empty);
        getElement().setAttribute("data-edits", String.valueOf(now.edits().size()));
        var buttons = new ArrayList<Component>();
        if (empty) {
            under(t("{0} is what it should be.", name));
            nothing.add(new EmptyState(
                    "check",
                    t("Nothing is pending"),
                    t(
                            "What you change on an app or on the box collects here, together with what others change. Nothing touches the box until it is applied."),
                    Actions.link(t("Apps"), "apps", Links.APPS, false)));
            actions();
            return;
        }
        under(t(
                "{0, plural, one {# change} other {# changes}} that {1} does not know yet. Everybody here sees the same.",
                now.edits().size(), name));
        edits.show(now.drafts(), now.edits());
        review.removeAll();
        if (operationsNow.change() != null) {
            review.add(busy(operationsNow.change()));
        }
        Operation plan = operationsNow.plan();
        boolean planning = plan != null && !plan.state().isFinal();
        if (plan == null || plan.state() == OperationState.CANCELLED) {
            review.add(offer());
        } else if (planning) {
            review.add(progress(plan));
        } else if (plan.state() != OperationState.SUCCEEDED) {
            review.add(failure(plan));
        } else {
            boolean outdated = Reviewed.isOutdated(plan, planned, now.changes(), now.drafts());
            Review found = Review.of(plan.result());
            if (outdated) {
                review.add(outdatedNote());
            }
            List<Component> obstacles = obstacles(name, now, found, operationsNow.missing());
            review.add(obstacles);
            review.add(
                    verdict(plan, found, !outdated && operationsNow.change() == null && obstacles.isEmpty()),
                    new ReviewReport(found, now.apps(), now.before(), now.after()));
        }
        if (rights.mayOperate()) {
            if (now.drafts().size() > 1 && now.drafts().stream().allMatch(each -> mayDiscard(each.app()))) {
                buttons.add(Actions.button("discard-all", t("Discard all"), "trash", this::askDiscardAll));
            }
            if (!planning) {
                boolean again = plan != null && plan.state() == OperationState.SUCCEEDED;
                var button = again
                        ? Actions.button("review-again", t("Review again"), "search", this::plan)
                        : Actions.primary("review", t("Review"), "search", this::plan);
                button.setDisableOnClick(true);
                buttons.add(button);
            }
        }
        actions(buttons.toArray(Component[]::new));
    }

    private Component offer() {
        var panel = new Panel(t("Not reviewed yet"))
                .with(
                        new Paragraph(
                                t(
                                        "A review builds the new system beside the running one and says what applying it would do: packages, units that restart, ports, users, room on the disk. Nothing changes on the box.")));
        panel.setId("review-offer");
        return panel;
    }

    private Component busy(Operation change) {
        var note = new Div(
                Icons.of("info"),
                new Span(t(
                        "{0} is under way. What it applies disappears from here when it is done.", Titles.of(change))),
                new Anchor(Links.operation(change.id()), t("Follow")));
        note.addClassName("croft-note");
        note.setId("changes-busy");
        return note;
    }

    private Component outdatedNote() {
        return note(
                "review-outdated",
                t("The changes are others than those that were reviewed. Review again before you apply."));
    }

    private Component progress(Operation plan) {
        follow(plan);
        steps.show(plan, null);
        var panel = new Panel(t("Reviewing …")).with(steps, counts);
        if (plan.state() == OperationState.QUEUED) {
            panel.with(new Paragraph(
                    plan.problem() == null
                            ? t("It waits for its turn.")
                            : plan.problem().why()));
        }
        var row = new Div(Actions.link(t("Follow the log"), "activity", Links.operation(plan.id()), false));
        row.addClassName("croft-actions");
        stops.button(this, plan, "review").ifPresent(row::add);
        panel.with(row);
        panel.setId("review-progress");
        return panel;
    }

    private void follow(Operation plan) {
        if (plan.id().equals(followed)) {
            return;
        }
        followed = plan.id();
        following.remove();
        counts.setText("");
        following = feed.state(this, plan.id(), null, changed -> {}, this::progress, problem -> {});
    }

    private void progress(HostReply.Progress newest) {
        counts.setText(Words.counts(newest));
        Operation plan = underWay.peek().plan();
        if (plan != null && !plan.state().isFinal()) {
            steps.show(plan, newest);
        }
    }

    private Component failure(Operation plan) {
        var failed = new Div();
        failed.addClassName("croft-stack");
        failed.setId("review-failed");
        if (plan.problem() != null) {
            var panel = new ProblemPanel();
            panel.show(plan.problem(), Actions.link(t("See the log"), "activity", Links.operation(plan.id()), false));
            failed.add(panel);
        } else {
            failed.add(new Paragraph(t("The review ended as: {0}.", Words.of(plan.state()))));
        }
        return failed;
    }

    /** What has to be settled before these changes can be applied. */
    private List<Component> obstacles(HostName name, Pending now, Review found, List<Review.MissingSecret> missing) {
        var obstacles = new ArrayList<Component>();
        boolean settings = now.drafts().stream().anyMatch(each -> each.app() == null);
        if (settings && rights.mayOperate() && !rights.mayAdminister()) {
            obstacles.add(note(
                    "review-not-allowed",
                    t(
                            "The settings of {0} are among the changes, and only an administrator may apply those: {1}. Ask one, or deploy the apps one by one.",
                            name,
                            now.edits().stream()
                                    .filter(each -> each.app() == null)
                                    .map(each -> say(each.said()))
                                    .collect(Collectors.joining("; ")))));
        }
        if (!missing.isEmpty()) {
            obstacles.add(new MissingSecrets(
                    name, missing, now.apps(), secrets, background, rights.mayOperate(), () -> look(name)));
        }
        found.majors().stream().filter(Review.MajorChange::up).forEach(major -> obstacles.add(upgrade(name, major)));
        return obstacles;
    }

    private Component note(String id, String words) {
        var note = new Div(Icons.of("alert"), new Span(words));
        note.addClassNames("croft-note", "croft-note-warn");
        note.setId(id);
        return note;
    }

    /** A major upgrade is a change of its own, with a rehearsal and a comparison. */
    private Component upgrade(HostName name, Review.MajorChange major) {
        var panel = new Panel(t(
                        "{0} goes from {1} to {2}",
                        Engines.label(major.engine()),
                        major.engine().version(major.from()),
                        major.engine().version(major.to())))
                .with(new Paragraph(t(
                        "A new major version cannot read the data of the one before. The guided upgrade copies the data, lets the new "
                                + "version take the copy over, compares every table, and keeps the old directory: so it is not applied "
                                + "together with other changes.")));
        if (rights.mayAdminister()) {
            var row = new Div(Actions.primary(
                    "review-upgrade-guided", t("Go to the guided upgrade"), "up", () -> takeUpgradeOut(name, major)));
            row.addClassName("croft-actions");
            panel.with(new Paragraph(t("This takes the new version out of the changes here; the others stay.")), row);
        } else {
            panel.with(new Paragraph(t("An administrator can start it, on the page of the service.")));
        }
        panel.setId("review-upgrade");
        panel.getElement().setAttribute("data-tone", "warn");
        return panel;
    }

    private void takeUpgradeOut(HostName name, Review.MajorChange major) {
        background.call(
                this,
                () -> {
                    HostSettings drafted = desired.draft(name).host();
                    Services inForce = desired.inForce(name)
                            .map(each -> each.host().services())
                            .orElse(Services.NONE);
                    Services without = Engines.atVersion(drafted.services(), major.engine(), major.from(), inForce);
                    if (!without.equals(drafted.services())) {
                        desired.putSettings(name, drafted.withServices(without), desired.digest(drafted));
                    }
                    return desired.changes(name).host() == null;
                },
                alone -> {
                    if (alone) {
                        Actions.go(Links.service(Engines.word(major.engine())));
                    } else {
                        show(Problem.of(
                                ProblemCode.CONFLICT,
                                "The new version is out of the changes; the upgrade has not begun.",
                                "An upgrade changes the box's settings, and other edits of them are waiting.",
                                "Review and apply or discard them, then open Services → "
                                        + Engines.label(major.engine()) + " and upgrade."));
                    }
                },
                this::show);
    }

    /** The decision: what kind of change it is, what that means, and Apply. */
    private Component verdict(Operation plan, Review found, boolean applicable) {
        var title = new H2(found.host() ? t("This changes the box itself") : t("Only apps change"));
        String touches = Words.touches(found.reasons());
        var meaning = new Paragraph(
                found.host()
                        ? touches.isEmpty()
                                ? t(
                                        "A mistake here could lock you out, so the box does not keep it by itself: once it is active, every page asks \"Can you see this?\", and without your Keep the box goes back.")
                                : t(
                                        "It touches {0}. A mistake here could lock you out, so the box does not keep it by itself: once it is active, every page asks \"Can you see this?\", and without your Keep the box goes back.",
                                        touches)
                        : t(
                                "Croft keeps the change when every changed app passes its health check. If one does not, what runs now comes back."));
        var figures = new Div(
                figure(
                        String.valueOf(found.packages().size()),
                        found.packages().size() == 1 ? t("package") : t("packages")),
                figure(
                        found.units().isEmpty() ? t("none") : ReviewReport.unitWords(found.units()),
                        inContext("part of a review", "units")),
                figure(
                        found.bytesNeeded() == null ? t("not known") : Words.bytes(found.bytesNeeded()),
                        t("more on the disk")),
                figure(found.reboot() ? t("needed") : t("not needed"), t("restart of the box")));
        figures.addClassName("croft-figures");
        var panel = new Div(title, meaning, figures);
        panel.addClassNames("croft-panel", "croft-verdict");
        panel.setId("review-verdict");
        panel.getElement().setAttribute("data-level", found.host() ? "host" : "app");
        panel.getElement().setAttribute("data-plan", plan.id().value());
        var when = new Div(rich("Reviewed {0} for {1}", TimeText.ago(plan.finishedAt()), plan.requestedBy()));
        when.addClassName("croft-hint");
        if (found.host()) {
            outside.ifPresent(panel::add);
        }
        if (rights.mayOperate()) {
            var apply = Actions.primary("apply", t("Apply"), "check", () -> apply(found));
            apply.setDisableOnClick(true);
            apply.setEnabled(applicable);
            always.setVisible(!found.host());
            time.setVisible(found.host() || always.getValue());
            var row = new Div(always, time, apply);
            row.addClassNames("croft-actions", "croft-apply");
            panel.add(row);
        }
        panel.add(when);
        return panel;
    }

    private static Component figure(String value, String label) {
        var number = new Span(value);
        number.addClassName("croft-figure-value");
        var words = new Span(label);
        words.addClassName("croft-figure-label");
        var figure = new Div(number, words);
        figure.addClassName("croft-figure");
        return figure;
    }

    private static String span(int seconds) {
        return seconds < 120
                ? t("{0, plural, one {# second} other {# seconds}}", seconds)
                : t("{0, plural, one {# minute} other {# minutes}}", seconds / 60);
    }

    // ---- what can be done

    private void plan() {
        HostName name = host.orElseThrow();
        clearProblem();
        background.call(
                this,
                () -> {
                    // read before the plan: an edit in between makes the review look old, never newer than it is
                    Changes changes = desired.changes(name);
                    return new Reviewed.Basis(operations.plan(name).id(), changes);
                },
                planned -> {
                    basis.set(planned);
                    look(name);
                },
                problem -> {
                    show(problem);
                    look(name);
                });
    }

    private void apply(Review found) {
        HostName name = host.orElseThrow();
        clearProblem();
        var request = new Operations.Apply(
                found.toplevel().isEmpty() ? null : found.toplevel(),
                null,
                new Confirming(!found.host() && always.getValue(), within.getValue()));
        background.call(
                this,
                () -> operations.apply(name, request),
                operation -> Actions.go(Links.operation(operation.id())),
                problem -> {
                    if (problem.code() == ProblemCode.PLAN_OUTDATED) {
                        basis.set(null);
                    }
                    show(problem);
                    look(name);
                });
    }

    private boolean mayDiscard(@Nullable AppName app) {
        return app == null ? rights.mayAdminister() : rights.mayOperate(app);
    }

    private void askDiscard(@Nullable AppName app) {
        HostName name = host.orElseThrow();
        String thing = app == null ? name.value() : app.value();
        new Dialogs(
                        t("Discard the changes of {0}?", thing),
                        "discard-confirmed",
                        t("Discard"),
                        dialog -> background.run(
                                this,
                                () -> {
                                    if (app == null) {
                                        desired.discardSettings(name);
                                    } else {
                                        desired.discard(name, app);
                                    }
                                },
                                dialog::close,
                                dialog::refuse),
                        new Paragraph(t("They are gone for everybody. The box stays as it is.")))
                .open();
    }

    private void askDiscardAll() {
        HostName name = host.orElseThrow();
        new Dialogs(
                        t("Discard every change?"),
                        "discard-confirmed",
                        t("Discard all"),
                        dialog -> background.run(this, () -> desired.discardAll(name), dialog::close, dialog::refuse),
                        new Paragraph(
                                t(
                                        "Everything that waits is gone for everybody, whoever made it. The box stays as it is.")))
                .open();
    }
}
