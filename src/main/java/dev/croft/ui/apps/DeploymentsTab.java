package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import dev.croft.apps.App;
import dev.croft.apps.Apps;
import dev.croft.apps.Deployment;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import dev.croft.operations.Operations.AppData;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.DataChoice;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Titles;
import dev.croft.ui.support.Words;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The versions of this app that came to the box, or were to come: what, when, by whom, how it went, and the way back to each. */
final class DeploymentsTab extends Div implements AppTab {

    private static final int MOST = 200;

    private final HostName host;
    private final AppName app;
    private final Apps apps;
    private final Operations operations;
    private final Background background;
    private final PushBridge bridge;
    private final boolean mayOperate;
    private final UnorderedList list = new UnorderedList();
    private final ProblemPanel problem = new ProblemPanel();
    private final Div nothing = new Div();

    /** @param operations those of the deployments that the console remembers, for their duration and their problem */
    private record Seen(List<Deployment> deployments, Map<OperationId, Operation> operations) {}

    DeploymentsTab(
            HostName host,
            AppName app,
            Apps apps,
            Operations operations,
            Background background,
            PushBridge bridge,
            boolean mayOperate) {
        this.host = host;
        this.app = app;
        this.apps = apps;
        this.operations = operations;
        this.background = background;
        this.bridge = bridge;
        this.mayOperate = mayOperate;
        list.addClassNames("croft-rows", "croft-surface");
        list.setVisible(false);
        list.setId("deployments");
        add(problem, list, nothing);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        load();
        bridge.<Operation>latest(this, listener -> operations.watch(host, listener), changed -> load(), problem::show);
    }

    private void load() {
        background.call(this, this::read, this::render, problem::show);
    }

    private Seen read() {
        return new Seen(
                apps.deployments(host, app),
                operations.list(host, null, MOST).stream()
                        .collect(Collectors.toMap(Operation::id, Function.identity())));
    }

    private void render(Seen seen) {
        list.removeAll();
        seen.deployments()
                .forEach(
                        deployment -> list.add(row(deployment, seen.operations().get(deployment.operation()))));
        list.setVisible(!seen.deployments().isEmpty());
        nothing.removeAll();
        if (seen.deployments().isEmpty()) {
            nothing.add(new EmptyState(
                    "deploy", t("Not deployed yet"), t("Each deployment appears here with its commit and its log.")));
        }
    }

    private ListItem row(Deployment deployment, @Nullable Operation operation) {
        var title = new Anchor(Links.operation(deployment.operation()), title(deployment, operation));
        title.addClassName("croft-row-title");
        var first = new Div(title);
        if (deployment.rev() != null) {
            var commit = Facts.code(Words.commit(deployment.rev()));
            commit.setTitle(deployment.rev());
            first.add(commit);
        }
        if (deployment.ref() != null) {
            first.add(new Span(deployment.ref()));
        }
        if (deployment.current()) {
            var now = new Span(t("In force"));
            now.addClassName("croft-badge");
            now.getElement().setAttribute("data-kind", "current");
            first.add(now);
        }
        first.addClassName("croft-row-main");
        var under = new Div(
                new Span(t("by {0}", deployment.by())), TimeText.clock(deployment.at()), TimeText.ago(deployment.at()));
        under.addClassName("croft-row-under");
        if (operation != null && operation.startedAt() != null) {
            under.add(rich("took {0}", TimeText.elapsed(operation.startedAt(), operation.finishedAt())));
        }
        if (deployment.generation() != null) {
            under.add(new Span(t("generation {0}", deployment.generation())));
        }
        if (deployment.snapshot() != null) {
            under.add(new Span(
                    t("data kept: {0}", Words.bytes(deployment.snapshot().bytes()))));
        }
        var words = new Div(first, under);
        if (operation != null
                && operation.problem() != null
                && deployment.outcome().isFinal()) {
            var why = new Div(operation.problem().what());
            why.addClassName("croft-row-problem");
            words.add(why);
        }
        words.addClassName("croft-row-words");
        var item = new ListItem();
        item.add(words, new StatusText(Words.tone(deployment.outcome()), Words.of(deployment.outcome())));
        item.addClassNames("croft-row", "deployment");
        item.getElement().setAttribute("data-operation", deployment.operation().value());
        item.getElement().setAttribute("data-state", deployment.outcome().name());
        if (deployment.current()) {
            item.getElement().setAttribute("data-current", true);
        }
        if (deployment.rev() != null) {
            item.getElement().setAttribute("data-rev", deployment.rev());
        }
        if (mayOperate && !deployment.current() && deployment.outcome() == OperationState.SUCCEEDED) {
            var back = new Button(t("Roll back to this"), Icons.of("back"), click -> ask(deployment));
            back.addClassName("roll-back");
            back.addThemeVariants(ButtonVariant.SMALL);
            back.setAriaLabel(t("Roll back to the version of {0}", title(deployment, operation)));
            item.add(back);
        }
        return item;
    }

    private static String title(Deployment deployment, @Nullable Operation operation) {
        return operation != null ? Titles.of(operation) : Words.of(deployment.kind());
    }

    private void ask(Deployment deployment) {
        var choice = new DataChoice();
        choice.about(List.of(new DataChoice.Loss(app, deployment.snapshot())));
        var facts = new Facts();
        if (deployment.rev() != null) {
            facts.fact(t("Version"), Facts.code(Words.commit(deployment.rev())));
        }
        facts.fact(t("From"), TimeText.clock(deployment.at()), new Span(t("by {0}", deployment.by())));
        new Dialogs(
                        t("Roll back {0}?", app),
                        "confirm-roll-back",
                        t("Roll back"),
                        dialog -> background.call(
                                this,
                                () -> operations.rollBackApp(
                                        host, app, deployment.operation(), AppData.comesBack(choice.withData())),
                                operation -> dialog.close(),
                                dialog::refuse),
                        new Paragraph(t(
                                "{0} alone returns to this version, with the settings that it had then. Everything else on the box stays as it is. If it is not healthy, what runs now comes back.",
                                app)),
                        facts,
                        choice)
                .open();
    }

    @Override
    public void show(App now) {
        // the list follows the operations themselves
    }
}
