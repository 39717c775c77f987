package dev.croft.ui.activity;

import com.vaadin.flow.component.Component;
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
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.LogView;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Words;
import jakarta.annotation.security.PermitAll;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One operation: phases, facts, problem, log. */
@Route(Links.ACTIVITY + "/:operation")
@PermitAll
class OperationView extends Page implements BeforeEnterObserver {

    private final Operations operations;
    private final OperationFeed feed;
    private final Background background;
    private final ValueSignal<@Nullable Operation> shown = new ValueSignal<>(null);
    private final ValueSignal<HostReply.@Nullable Progress> progress = new ValueSignal<>(null);
    private final PhaseSteps steps = new PhaseSteps();
    private final Panel facts = new Panel("Facts");
    private final ProblemPanel problem = new ProblemPanel();
    private final LogView log = new LogView("Log of the operation", "No lines yet.");
    private @Nullable Problem shownProblem;

    OperationView(Operations operations, OperationFeed feed, Background background) {
        super("Operation");
        this.operations = operations;
        this.feed = feed;
        this.background = background;
        backTo("Activity", Links.ACTIVITY);
        steps.addClassName("croft-steps-wide");
        log.setId("operation-log");
        log.addClassName("croft-log-tall");
        var layout = new Div(problem, new Panel("Phases").with(steps), facts, new Panel("Log").with(log));
        layout.addClassName("croft-stack");
        content(layout);
        Signal.effect(this, () -> {
            Operation operation = shown.get();
            HostReply.Progress counts = progress.get();
            if (operation != null) {
                render(operation, counts);
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
        feed.follow(this, operation.id(), log, shown::set, progress::set, this::show);
    }

    private void render(Operation operation, HostReply.@Nullable Progress counts) {
        title(operation.title());
        getUI().ifPresent(ui -> ui.getPage().setTitle(getPageTitle()));
        under(OperationList.state(operation));
        getElement().setAttribute("data-state", operation.state().name());
        steps.show(operation, counts);
        showProblem(operation.problem());
        facts.content(factsOf(operation));
        var next = new ArrayList<Component>();
        if (operation.app() != null) {
            next.add(new Anchor(Links.app(operation.app()), "Go to " + operation.app()));
        }
        if (operation.generation() != null) {
            next.add(new Anchor(Links.GENERATIONS, "Generations"));
        }
        actions(next.toArray(Component[]::new));
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
                .fact("What", Words.of(operation.kind()))
                .fact("Asked for by", operation.requestedBy())
                .fact("Asked for", TimeText.clock(operation.createdAt()), TimeText.ago(operation.createdAt()));
        if (operation.startedAt() != null) {
            facts.fact("Took", TimeText.elapsed(operation.startedAt(), operation.finishedAt()));
        }
        if (operation.generation() != null) {
            facts.fact("Generation", String.valueOf(operation.generation()));
        }
        String commit = OperationList.commitOf(operation);
        if (!commit.isEmpty()) {
            facts.fact("Commit", Facts.code(commit));
        }
        for (String name : List.of("revision", "toplevel")) {
            if (operation.result().get(name) instanceof String value) {
                facts.code(
                        name.equals("revision") ? "Configuration" : "System",
                        name.equals("revision") ? Words.commit(value) : value,
                        value);
            }
        }
        facts.code("Operation", operation.id().value());
        facts.fact("Box", new Span(operation.host().value()));
        return facts;
    }
}
