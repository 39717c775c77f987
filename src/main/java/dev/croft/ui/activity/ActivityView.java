package dev.croft.ui.activity;

import static dev.croft.ui.support.Texts.mark;
import static dev.croft.ui.support.Texts.marked;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.data.value.ValueChangeMode;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.signals.Signal;
import com.vaadin.flow.signals.local.ValueSignal;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.Titles;
import dev.croft.ui.support.Words;
import jakarta.annotation.security.PermitAll;
import java.util.List;
import java.util.Locale;

/** Everything that was done to the box, by whom, and how it went. */
@Route(Links.ACTIVITY)
@PermitAll
@Needs(Needs.What.ANYTHING_ON_THE_BOX)
class ActivityView extends Page {

    private static final int MOST = 200;

    private final Operations operations;
    private final Background background;
    private final PushBridge bridge;
    private final ValueSignal<List<Operation>> known = new ValueSignal<>(List.of());
    private final ValueSignal<String> needle = new ValueSignal<>("");
    private final ValueSignal<Outcome> outcome = new ValueSignal<>(Outcome.ALL);
    private final OperationList list = new OperationList();
    private final Div nothing = new Div();

    ActivityView(Operations operations, Background background, PushBridge bridge, Rights rights) {
        super(t("Activity"));
        this.operations = operations;
        this.background = background;
        this.bridge = bridge;
        under(t("Every change to the box, newest first."));
        if (rights.mayAdministerEverything()) {
            actions(Actions.link(t("Audit"), "shield", Links.AUDIT, false));
        }

        var search = new TextField();
        search.setId("activity-filter");
        search.setPlaceholder(t("App, person or words"));
        search.setAriaLabel(t("Filter by app, person or words"));
        search.setPrefixComponent(Icons.of("search"));
        search.setClearButtonVisible(true);
        search.setValueChangeMode(ValueChangeMode.LAZY);
        search.addValueChangeListener(
                change -> needle.set(change.getValue().strip().toLowerCase(Locale.ROOT)));
        var states = new Select<Outcome>();
        states.setAriaLabel(t("Outcome"));
        states.setItems(Outcome.values());
        states.setItemLabelGenerator(each -> marked(each.label));
        states.setValue(Outcome.ALL);
        states.addValueChangeListener(change -> outcome.set(change.getValue()));
        var filters = new Div(search, states);
        filters.addClassName("croft-filters");
        list.addClassName("croft-surface");
        content(filters, list, nothing);

        Signal.effect(
                this,
                () -> show(known.get().stream()
                        .filter(operation -> outcome.get().takes(operation) && matches(operation, needle.get()))
                        .toList()));
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        load();
        bridge.<Operation>latest(this, listener -> operations.watch(null, listener), changed -> load(), this::show);
    }

    private void load() {
        background.call(this, () -> operations.list(null, null, MOST), known::set, this::show);
    }

    private void show(List<Operation> matching) {
        list.show(matching);
        list.setVisible(!matching.isEmpty());
        nothing.removeAll();
        if (matching.isEmpty()) {
            nothing.add(
                    known.peek().isEmpty()
                            ? new EmptyState(
                                    "activity",
                                    t("Nothing happened yet"),
                                    t("Deployments and roll-backs appear here with their logs."))
                            : new EmptyState("search", t("No match"), t("No operation fits the filter.")));
        }
    }

    private static boolean matches(Operation operation, String text) {
        return text.isEmpty()
                || Titles.of(operation).toLowerCase(Locale.ROOT).contains(text)
                || operation.requestedBy().toLowerCase(Locale.ROOT).contains(text)
                || Words.of(operation.kind()).toLowerCase(Locale.ROOT).contains(text)
                || (operation.app() != null && operation.app().value().contains(text));
    }

    private enum Outcome {
        ALL(mark("All")),
        RUNNING(mark("Running")),
        DONE(mark("Done")),
        FAILED(mark("Failed or reverted"));

        private final String label;

        Outcome(String label) {
            this.label = label;
        }

        boolean takes(Operation operation) {
            OperationState state = operation.state();
            return switch (this) {
                case ALL -> true;
                case RUNNING -> !state.isFinal();
                case DONE -> state == OperationState.SUCCEEDED;
                case FAILED -> state.isFinal() && state != OperationState.SUCCEEDED;
            };
        }
    }
}
