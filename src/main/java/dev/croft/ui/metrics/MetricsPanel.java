package dev.croft.ui.metrics;

import static dev.croft.ui.support.Texts.say;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.combobox.ComboBox;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.shared.Registration;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import dev.croft.telemetry.Telemetry;
import dev.croft.telemetry.Telemetry.Kept;
import dev.croft.telemetry.Telemetry.Query;
import dev.croft.telemetry.Telemetry.Reading;
import dev.croft.telemetry.Telemetry.Window;
import dev.croft.ui.metrics.Charts.Mark;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Titles;
import dev.croft.ui.support.Words;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a box, a unit of it or an app uses: charts, what was changed in that time, and what is to be told of it. */
public final class MetricsPanel extends Div {

    private static final Duration AT_FIRST = Duration.ofHours(1);

    /** Readings that wait for a slow page. */
    private static final int MOST_WAITING = 60;

    private static final int MOST_OPERATIONS = 100;
    private static final int MOST_MARKS = 200;
    private static final int MOST_ROWS = 20;

    private final HostName host;
    private final @Nullable AppName app;
    private final Telemetry telemetry;
    private final Operations operations;
    private final Background background;
    private final PushBridge bridge;
    private final Clock clock;
    private final Charts charts;
    private final ComboBox<String> unit = new ComboBox<>();
    private final ProblemPanel problem = new ProblemPanel();
    private final Panel changes = new Panel(t("What happened in this time"));
    private final Paragraph kept = new Paragraph();
    private final UnorderedList notes = new UnorderedList();

    private Duration span = AT_FIRST;
    private @Nullable Instant end;
    private int asked;
    private List<Happened> shownChanges = List.of();
    private @Nullable Registration following;
    private boolean seen;
    private @Nullable Problem told;

    private record Happened(OperationId id, String title, OperationState state, Instant at) {}

    private record Seen(Window window, List<Operation> operations) {}

    /** @param app null: the box, with a choice of its units */
    public MetricsPanel(
            HostName host,
            @Nullable AppName app,
            Telemetry telemetry,
            Operations operations,
            Background background,
            PushBridge bridge,
            Clock clock) {
        this.host = host;
        this.app = app;
        this.telemetry = telemetry;
        this.operations = operations;
        this.background = background;
        this.bridge = bridge;
        this.clock = clock;
        this.charts = new Charts(app == null ? host.value() : app.value());
        addClassName("croft-stack");
        unit.setId("metrics-unit");
        unit.addClassName("croft-metrics-unit");
        unit.setLabel(t("Of"));
        unit.setPlaceholder(t("the whole box"));
        unit.setClearButtonVisible(true);
        unit.addValueChangeListener(change -> {
            charts.label(change.getValue() == null ? host.value() : change.getValue());
            follow();
            load();
        });
        kept.addClassName("croft-hint");
        kept.setId("metrics-kept");
        notes.addClassName("croft-hint");
        notes.setId("metrics-notes");
        changes.setId("metrics-changes");
        changes.setVisible(false);
        charts.addWantedListener(wanted -> {
            span = wanted.span();
            end = wanted.to();
            load();
        });
        if (app == null) {
            add(unit);
        }
        add(problem, charts, changes, kept, notes);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        seen = false;
        load();
        follow();
        bridge.<Operation>latest(this, listener -> operations.watch(host, listener), changed -> remark(), this::tell);
    }

    private void follow() {
        if (following != null) {
            following.remove();
        }
        String of = unit.getValue();
        following = bridge.<Reading>all(
                this,
                MOST_WAITING,
                listener -> telemetry.follow(host, app, of, listener),
                batch -> batch.values().forEach(this::take),
                this::tell);
    }

    private void take(Reading reading) {
        if (reading.problem() != null) {
            tell(reading.problem());
            return;
        }
        if (!seen && !reading.values().isEmpty()) {
            // Before the first measurement it was not known which series there are.
            load();
            return;
        }
        tell(null);
        if (end == null) {
            charts.reading(reading);
        }
    }

    private void tell(@Nullable Problem why) {
        if (Objects.equals(why, told)) {
            return;
        }
        told = why;
        if (why == null) {
            problem.clear();
        } else {
            problem.show(why);
        }
    }

    private void load() {
        int mine = ++asked;
        Instant until = end;
        Instant now = clock.instant();
        Instant to = until == null ? now : until;
        String of = unit.getValue();
        var query = new Query(of, to.minus(span), to, null);
        background.call(
                this,
                () -> new Seen(telemetry.window(host, app, query), happened(to.minus(span), to)),
                found -> {
                    if (mine == asked) {
                        render(found, of, until == null);
                    }
                },
                this::tell);
    }

    /** Something happened: the marks are read again, and what was measured stays where it is. */
    private void remark() {
        int mine = asked;
        Instant to = end == null ? clock.instant() : end;
        background.call(
                this,
                () -> happened(to.minus(span), to),
                found -> {
                    if (mine == asked) {
                        mark(found);
                    }
                },
                this::tell);
    }

    /** Changes of the box (for an app: those that were its own, or of all), and whatever failed. */
    private List<Operation> happened(Instant from, Instant to) {
        List<Operation> found = new ArrayList<>();
        List<Operation> page = operations.list(host, null, MOST_OPERATIONS);
        while (!page.isEmpty() && found.size() < MOST_MARKS) {
            page.stream()
                    .filter(each ->
                            !each.createdAt().isBefore(from) && each.createdAt().isBefore(to))
                    .filter(each -> each.kind() != Operation.Kind.PLAN)
                    .filter(each ->
                            app == null || each.app() == null || each.app().equals(app))
                    .filter(each -> !each.kind().isBeside() || each.state() == OperationState.FAILED)
                    .forEach(found::add);
            if (page.size() < MOST_OPERATIONS || page.getLast().createdAt().isBefore(from)) {
                break;
            }
            page = operations.list(host, null, page.getLast().id(), MOST_OPERATIONS);
        }
        return found;
    }

    private void render(Seen found, @Nullable String of, boolean live) {
        Window window = found.window();
        seen = !window.series().isEmpty();
        tell(window.problem());
        if (app == null
                && !window.units().equals(unit.getListDataView().getItems().toList())) {
            List<String> units = Stream.concat(window.units().stream(), Stream.ofNullable(of))
                    .distinct()
                    .sorted()
                    .toList();
            unit.setItems(units);
            unit.setValue(of);
        }
        charts.present(window, app == null && of == null ? ChartPlan.OF_A_BOX : ChartPlan.OF_A_UNIT, live);
        mark(found.operations());
        show(window.kept(), window.cut());
    }

    private void mark(List<Operation> happened) {
        charts.mark(happened.reversed().stream()
                .map(each -> new Mark(
                        each.id().value(),
                        each.startedAt() == null ? each.createdAt() : each.startedAt(),
                        t("{0}: {1}", Titles.of(each), Words.of(each.state())),
                        Words.tone(each.state())))
                .toList());
        show(happened);
    }

    private void show(List<Operation> happened) {
        List<Happened> now = happened.stream()
                .map(each -> new Happened(each.id(), each.title(), each.state(), each.createdAt()))
                .toList();
        if (now.equals(shownChanges)) {
            return;
        }
        shownChanges = now;
        var rows = new UnorderedList();
        rows.addClassName("croft-rows");
        happened.stream().limit(MOST_ROWS).forEach(each -> rows.add(row(each)));
        changes.content(rows);
        if (happened.size() > MOST_ROWS) {
            var more = new Paragraph(new Anchor(
                    Links.ACTIVITY, t("and {0, plural, one {# more} other {# more}}", happened.size() - MOST_ROWS)));
            changes.with(more);
        }
        changes.setVisible(!happened.isEmpty());
    }

    private static ListItem row(Operation operation) {
        var title = new Anchor(Links.operation(operation.id()), Titles.of(operation));
        title.addClassName("croft-row-title");
        var under = new Div(TimeText.clock(operation.createdAt()), new Span(operation.requestedBy()));
        under.addClassName("croft-row-under");
        var words = new Div(title, under);
        words.addClassName("croft-row-words");
        var item = new ListItem();
        item.add(words, new StatusText(Words.tone(operation.state()), Words.of(operation.state())));
        item.addClassName("croft-row");
        item.getElement().setAttribute("data-operation", operation.id().value());
        return item;
    }

    private void show(Kept now, int cut) {
        kept.setText(
                now.limit().toBytes() == 0
                        ? ""
                        : t(
                                "Seconds are kept for an hour, 10 seconds for a day, minutes for a week, 10 minutes for a month and hours for a year. All boxes together take {0} of at most {1} on the console’s disk.",
                                Words.bytes(now.taken().toBytes()),
                                Words.bytes(now.limit().toBytes())));
        List<String> words =
                new ArrayList<>(now.notes().stream().map(note -> say(note)).toList());
        if (cut > 0) {
            words.add(t(
                    "{0, plural, one {# unit or disk is} other {# units and disks are}} not measured: there are too many.",
                    cut));
        }
        List<String> before =
                notes.getChildren().map(each -> each.getElement().getText()).toList();
        if (!words.equals(before)) {
            notes.removeAll();
            words.forEach(each -> notes.add(new ListItem(each)));
        }
        notes.setVisible(!words.isEmpty());
    }
}
