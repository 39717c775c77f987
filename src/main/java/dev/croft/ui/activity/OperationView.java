package dev.croft.ui.activity;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.signals.Signal;
import com.vaadin.flow.signals.local.ValueSignal;
import dev.croft.hostlink.HostReply;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.LogView;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Titles;
import dev.croft.ui.support.Words;
import jakarta.annotation.security.PermitAll;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One operation, live: how far it is and how long it will take, what it builds, its log, and how it ended. */
@Route(Links.ACTIVITY + "/:operation")
@PermitAll
@Needs(Needs.What.ANYTHING_ON_THE_BOX)
class OperationView extends Page implements BeforeEnterObserver {

    private final Operations operations;
    private final OperationFeed feed;
    private final Stops stops;
    private final Background background;
    private final ValueSignal<@Nullable Operation> shown = new ValueSignal<>(null);
    private final ValueSignal<HostReply.@Nullable Progress> progress = new ValueSignal<>(null);
    private final ValueSignal<Map<String, Double>> usual = new ValueSignal<>(Map.of());
    private final PhaseSteps steps = new PhaseSteps();
    private final Span counts = new Span();
    private final Span elapsed = new Span();
    private final Span left = new Span();
    private final Panel facts = new Panel(t("Facts"));
    private final ProblemPanel problem = new ProblemPanel();
    private final Div waits = new Div();
    private final LogView log = new LogView(t("Log of the operation"), t("No lines yet."));
    private final Div chosen = new Div();
    private final Panel builds = new Panel(t("Builds and downloads"));
    private final StepTree tree = new StepTree(() -> builds.setVisible(true));
    private @Nullable Problem shownProblem;
    private @Nullable Operation drawn;

    OperationView(Operations operations, OperationFeed feed, Stops stops, Background background) {
        super(t("Operation"));
        this.operations = operations;
        this.feed = feed;
        this.stops = stops;
        this.background = background;
        backTo(t("Activity"), Links.ACTIVITY);
        steps.addClassName("croft-steps-wide");
        log.setId("operation-log");
        log.addClassName("croft-log-tall");
        waits.addClassNames("croft-note", "croft-note-warn");
        waits.setId("operation-waits");
        waits.setVisible(false);
        counts.setId("operation-counts");
        left.setId("operation-left");
        elapsed.setId("operation-elapsed");
        var pace = new Div(elapsed, left, counts);
        pace.addClassName("croft-pace");
        builds.with(tree);
        builds.setVisible(false);
        tree.addChosenListener(event -> choose(event.path(), event.name()));
        chosen.addClassName("croft-chosen");
        chosen.setVisible(false);
        var layout = new Div(
                waits,
                problem,
                new Panel(t("Phases")).with(steps, pace),
                builds,
                new Panel(t("Log")).with(chosen, log),
                facts);
        layout.addClassName("croft-stack");
        content(layout);
        Signal.effect(this, () -> {
            Operation operation = shown.get();
            HostReply.Progress newest = progress.get();
            if (operation != null) {
                render(operation, newest);
            }
        });
        Signal.effect(this, () -> {
            Operation operation = shown.get();
            if (operation != null) {
                renderForecast(operation, usual.get());
            }
        });
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        OperationId id =
                new OperationId(event.getRouteParameters().get("operation").orElse(""));
        addAttachListener(attached -> {
            attached.unregisterListener();
            background.call(this, () -> operations.get(id), this::start, this::show);
        });
    }

    private void start(Operation operation) {
        shown.set(operation);
        feed.lines(this, operation.id(), log, this::show);
        feed.state(this, operation.id(), tree, shown::set, progress::set, this::show);
        if (!operation.state().isFinal()) {
            background.call(
                    this,
                    () -> operations.usualSeconds(operation.kind(), operation.host(), operation.app()),
                    usual::set,
                    problem -> {});
        }
    }

    private void choose(String path, String name) {
        log.showDerivation(path);
        chosen.setVisible(!path.isEmpty());
        chosen.removeAll();
        if (!path.isEmpty()) {
            var all = new Button(t("Show all lines"), click -> {
                tree.unchoose();
                choose("", "");
            });
            all.setId("operation-log-all");
            all.addThemeVariants(ButtonVariant.SMALL);
            chosen.add(new Span(t("Only what this build says:")), Facts.code(name), all);
        }
    }

    private void render(Operation operation, HostReply.@Nullable Progress newest) {
        steps.show(operation, newest);
        counts.setText(operation.state().isFinal() ? "" : Words.counts(newest));
        if (operation.equals(drawn)) {
            return; // only the counts moved: what can be pressed must not be made anew under the finger
        }
        drawn = operation;
        title(Titles.of(operation));
        getUI().ifPresent(ui -> ui.getPage().setTitle(getPageTitle()));
        under(OperationList.state(operation));
        getElement().setAttribute("data-state", operation.state().name());
        showWaiting(operation);
        showProblem(
                operation.state().isFinal() || operation.state() == OperationState.LOST ? operation.problem() : null);
        facts.content(factsOf(operation));
        elapsed.removeAll();
        if (operation.startedAt() != null) {
            TimeText time = TimeText.elapsed(operation.startedAt(), operation.finishedAt());
            elapsed.add(operation.finishedAt() == null ? rich("Running for {0}", time) : rich("Took {0}", time));
        }
        var next = new ArrayList<Component>();
        if (operation.problem() != null && operation.problem().code() == ProblemCode.PLAN_OUTDATED) {
            next.add(Actions.link(t("Review again"), "search", Links.CHANGES, true));
        }
        if (operation.kind() == Operation.Kind.PLAN && operation.state() == OperationState.SUCCEEDED) {
            next.add(Actions.link(t("See review"), "search", Links.CHANGES, true));
        }
        if (operation.app() != null) {
            next.add(new Anchor(Links.app(operation.app()), t("Go to {0}", operation.app())));
        }
        if (operation.generation() != null) {
            next.add(new Anchor(Links.GENERATIONS, t("Generations")));
        }
        if (operation.state() == OperationState.SUCCEEDED) {
            switch (operation.kind()) {
                case RESTORE -> next.add(new Anchor(Links.BACKUPS, t("Undo")));
                case RESTORE_COPY -> next.add(new Anchor(Links.BACKUPS, t("Compare")));
                case RESTORE_TEST -> next.add(new Anchor(Links.BACKUPS, t("Report")));
                case VERIFY -> next.add(new Anchor(Links.contents(operation.app()), t("Report")));
                case PLAN, APPLY, DEPLOY, ROLLBACK, RECONCILE, GC, UPGRADE, BACKUP -> {}
            }
        }
        stops.button(this, operation, "operation").ifPresent(next::add);
        actions(next.toArray(Component[]::new));
    }

    private void renderForecast(Operation operation, Map<String, Double> usualSeconds) {
        left.removeAll();
        Forecast.end(operation, usualSeconds).ifPresent(end -> left.add(TimeText.estimate(end)));
        if (operation.state() == OperationState.RUNNING && usualSeconds.isEmpty()) {
            left.add(new Span(t("no estimate: nothing like it has succeeded here before")));
        }
    }

    private void showWaiting(Operation operation) {
        boolean queued = operation.state() == OperationState.QUEUED;
        waits.setVisible(queued);
        waits.removeAll();
        if (queued) {
            Problem why = operation.problem();
            waits.add(
                    Icons.of("info"),
                    new Span(why == null ? t("It waits for its turn.") : why.what() + " " + why.why()));
        }
    }

    private void showProblem(@Nullable Problem what) {
        if (Objects.equals(what, shownProblem)) {
            return;
        }
        shownProblem = what;
        if (what == null) {
            problem.clear();
            return;
        }
        problem.show(what);
        if (what.detail() != null) {
            problem.open();
        }
    }

    private static Facts factsOf(Operation operation) {
        var facts = new Facts()
                .fact(t("What"), Words.of(operation.kind()))
                .fact(t("Asked for by"), operation.requestedBy())
                .fact(t("Asked for"), TimeText.clock(operation.createdAt()), TimeText.ago(operation.createdAt()));
        if (operation.generation() != null) {
            facts.fact(t("Generation"), String.valueOf(operation.generation()));
        }
        String size = KeptSize.words(operation);
        if (!size.isEmpty()) {
            facts.fact(t("Size"), size);
        }
        String commit = OperationList.commitOf(operation);
        if (!commit.isEmpty()) {
            facts.fact(t("Commit"), Facts.code(commit));
        }
        for (String name : List.of("revision", "toplevel")) {
            if (operation.result().get(name) instanceof String value) {
                facts.code(
                        name.equals("revision") ? t("Configuration") : t("System"),
                        name.equals("revision") ? Words.commit(value) : value,
                        value);
            }
        }
        facts.code(t("Operation"), operation.id().value());
        facts.fact(t("Box"), new Span(operation.host().value()));
        return facts;
    }
}
