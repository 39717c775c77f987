package dev.croft.ui.shell;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Section;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.shared.Registration;
import dev.croft.hostlink.HostReply;
import dev.croft.kernel.OperationId;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.ui.activity.OperationFeed;
import dev.croft.ui.activity.PhaseSteps;
import dev.croft.ui.activity.Stops;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.LogView;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Titles;
import dev.croft.ui.support.Words;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The operation that runs on the box, at the bottom of every page: what it is, how far it is, how long it takes, its log when wanted,
 * and at its end what came out and what to do next.
 */
final class OperationDrawer extends Section {

    private final OperationFeed feed;
    private final Stops stops;
    private final BiConsumer<@Nullable Operation, HostReply.@Nullable Progress> onRunning;
    private final Function<Operation, @Nullable String> urlOf;

    private final StatusText title = new StatusText();
    private final Span elapsed = new Span();
    private final Span sentence = new Span();
    private final PhaseSteps steps = new PhaseSteps();
    private final Div actions = new Div();
    private final UnorderedList queue = new UnorderedList();
    private final Button toggle = new Button(t("Log"), Icons.of("up"));
    private final Button dismiss = new Button(Icons.of("cross"));
    private final LogView log = new LogView(t("Log of the running operation"), t("Waiting for the first line …"));
    private final Div logSpace = new Div(log);

    /** What decides about the buttons. */
    private record Pressable(
            OperationId id,
            OperationState state,
            @Nullable Instant startedAt,
            Optional<Stops.Meaning> stop,
            @Nullable String url) {

        Pressable(Operation operation, Optional<Stops.Meaning> stop, @Nullable String url) {
            this(operation.id(), operation.state(), operation.startedAt(), stop, url);
        }
    }

    private @Nullable Pressable drawn;
    private @Nullable Operation shown;
    private HostReply.@Nullable Progress progress;
    private @Nullable OperationId followed;
    private Registration following = () -> {};

    OperationDrawer(
            OperationFeed feed,
            Stops stops,
            BiConsumer<@Nullable Operation, HostReply.@Nullable Progress> onRunning,
            Function<Operation, @Nullable String> urlOf) {
        this.feed = feed;
        this.stops = stops;
        this.onRunning = onRunning;
        this.urlOf = urlOf;
        setId("operation-drawer");
        addClassName("croft-drawer");
        setAriaLabel(t("Running operation"));
        setVisible(false);

        var spoken = new Div(title, sentence);
        spoken.addClassName("croft-drawer-title");
        spoken.getElement().setAttribute("role", "status");
        spoken.getElement().setAttribute("aria-live", "polite");
        elapsed.addClassName("croft-drawer-elapsed");
        sentence.addClassName("croft-drawer-sentence");
        actions.addClassName("croft-actions");

        toggle.setId("operation-log-toggle");
        toggle.addThemeVariants(ButtonVariant.SMALL);
        toggle.addClickListener(click -> expand(!logSpace.isVisible()));
        dismiss.setAriaLabel(t("Dismiss"));
        dismiss.setTooltipText(t("Dismiss"));
        dismiss.addThemeVariants(ButtonVariant.SMALL, ButtonVariant.TERTIARY);
        dismiss.addClickListener(click -> setVisible(false));

        var head = new Div(spoken, steps, elapsed, actions, toggle, dismiss);
        head.addClassName("croft-drawer-head");
        logSpace.addClassName("croft-drawer-log");
        logSpace.setVisible(false);
        queue.addClassName("croft-queue");
        queue.setId("operation-queue");
        queue.getElement().setAttribute("aria-label", t("Waiting operations"));
        queue.setVisible(false);
        add(head, queue, logSpace);
    }

    /** What is under way; when nothing is, the operation that ended last stays until somebody dismisses it. */
    void show(OpenOperations open) {
        showQueue(open.queued());
        open.current()
                .or(() -> open.lastEnded().filter(ended -> shown != null && isSame(ended)))
                .ifPresent(this::take);
    }

    private boolean isSame(Operation operation) {
        return shown != null && shown.id().equals(operation.id());
    }

    private void take(Operation operation) {
        boolean running = !operation.state().isFinal();
        if (!isSame(operation)) {
            progress = null;
            setVisible(true);
        }
        shown = operation;
        if (running && !operation.id().equals(followed)) {
            follow(operation.id());
        }
        render();
    }

    private void showQueue(List<Operation> waiting) {
        queue.removeAll();
        queue.setVisible(!waiting.isEmpty());
        for (Operation operation : waiting) {
            var item = new ListItem();
            item.add(
                    new Anchor(Links.operation(operation.id()), Titles.of(operation)),
                    new Span(
                            operation.problem() == null
                                    ? t("waits for its turn")
                                    : operation.problem().why()));
            item.getElement().setAttribute("data-operation", operation.id().value());
            stops.button(this, operation, "queued-" + operation.id()).ifPresent(button -> {
                button.addThemeVariants(ButtonVariant.SMALL);
                item.add(button);
            });
            queue.add(item);
        }
    }

    private void expand(boolean open) {
        logSpace.setVisible(open);
        toggle.setIcon(Icons.of(open ? "down" : "up"));
        toggle.getElement().setAttribute("aria-expanded", String.valueOf(open));
        getElement().setAttribute("data-expanded", open);
        if (shown != null) {
            follow(shown.id());
        }
    }

    private void follow(OperationId id) {
        following.remove();
        followed = id;
        var all = new ArrayList<Registration>();
        if (logSpace.isVisible()) {
            log.clear();
            all.add(feed.lines(this, id, log, problem -> {}));
        }
        all.add(feed.state(this, id, null, this::follow, this::progress, problem -> {}));
        following = Registration.combine(all.toArray(Registration[]::new));
    }

    /** The followed row as the box tells it; another one may have taken its place meanwhile. */
    private void follow(Operation operation) {
        // what is told here can be older than what the page knows already, never newer than its end
        if (isSame(operation) && shown != null && !shown.state().isFinal()) {
            take(operation);
        }
    }

    private void progress(HostReply.Progress newest) {
        progress = newest;
        render();
    }

    private void render() {
        if (shown == null) {
            return;
        }
        Operation operation = shown;
        boolean ended = operation.state().isFinal();
        getElement().setAttribute("data-state", operation.state().name());
        getElement().setAttribute("data-operation", operation.id().value());
        title.show(Words.tone(operation.state()), Titles.of(operation));
        sentence.setText(ended ? outcome(operation) : underWay(operation));
        steps.setVisible(!ended && operation.state() != OperationState.QUEUED);
        steps.show(operation, progress);
        onRunning.accept(ended ? null : operation, progress);
        // the counts change ten times a second: what can be pressed must not be made anew under the finger
        var pressed = new Pressable(operation, Stops.meaning(operation), urlOf.apply(operation));
        if (pressed.equals(drawn)) {
            return;
        }
        drawn = pressed;
        elapsed.removeAll();
        elapsed.add(TimeText.elapsed(
                operation.startedAt() == null ? operation.createdAt() : operation.startedAt(), operation.finishedAt()));
        dismiss.setVisible(ended);
        actions.removeAll();
        if (ended) {
            nextActions(operation);
        } else {
            var see = small(Actions.link(t("Follow"), "activity", Links.operation(operation.id()), false));
            see.setId("operation-follow");
            actions.add(see);
            // while it waits to be kept, the banner on top of the page has the button
            if (operation.state() != OperationState.AWAITING_CONFIRM) {
                stops.button(this, operation, "drawer").ifPresent(button -> {
                    button.addThemeVariants(ButtonVariant.SMALL);
                    actions.add(button);
                });
            }
        }
    }

    private static String underWay(Operation operation) {
        if (operation.state() == OperationState.QUEUED) {
            return operation.problem() == null
                    ? t("Waits for its turn.")
                    : operation.problem().why();
        }
        return operation.state() == OperationState.LOST ? t("The box does not answer; what runs there goes on.") : "";
    }

    private static String outcome(Operation operation) {
        if (operation.problem() != null) {
            return operation.problem().what();
        }
        if (operation.state() == OperationState.SUCCEEDED && operation.kind() == Operation.Kind.PLAN) {
            return t("Reviewed. Nothing has been changed yet.");
        }
        if (operation.state() == OperationState.SUCCEEDED && operation.generation() != null) {
            return t("Done: generation {0} runs.", operation.generation());
        }
        return Words.of(operation.state());
    }

    private void nextActions(Operation operation) {
        if (operation.state() == OperationState.SUCCEEDED) {
            if (operation.kind() == Operation.Kind.PLAN) {
                actions.add(small(Actions.link(t("See review"), "search", Links.CHANGES, true)));
                return;
            }
            String url = urlOf.apply(operation);
            if (url != null) {
                var open = small(Actions.link(t("Open app"), "open", url, true));
                open.setTarget("_blank");
                open.setId("operation-open-app");
                actions.add(open);
            } else if (operation.app() != null) {
                actions.add(small(Actions.link(t("See app"), "apps", Links.app(operation.app()), false)));
            }
            switch (operation.kind()) {
                case APPLY, DEPLOY, RECONCILE, UPGRADE ->
                    actions.add(small(Actions.link(t("Roll back"), "back", Links.GENERATIONS, false)));
                case ROLLBACK -> actions.add(small(Actions.link(t("Generations"), "layers", Links.GENERATIONS, false)));
                case RESTORE -> actions.add(small(Actions.link(t("Undo"), "back", Links.BACKUPS, false)));
                case RESTORE_COPY -> actions.add(small(Actions.link(t("Compare"), "compare", Links.BACKUPS, false)));
                case VERIFY ->
                    actions.add(small(Actions.link(t("Report"), "search", Links.contents(operation.app()), false)));
                case PLAN, GC, BACKUP, RESTORE_TEST -> {}
            }
        } else {
            var see = small(Actions.link(
                    operation.problem() == null ? t("See details") : t("See problem"),
                    "alert",
                    Links.operation(operation.id()),
                    operation.problem() != null));
            see.setId("operation-see-problem");
            actions.add(see);
        }
    }

    private static Anchor small(Anchor link) {
        link.addClassName("croft-small");
        return link;
    }
}
