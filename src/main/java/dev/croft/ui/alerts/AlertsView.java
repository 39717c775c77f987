package dev.croft.ui.alerts;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.say;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.shared.Registration;
import dev.croft.alerts.Alert;
import dev.croft.alerts.Alerts;
import dev.croft.alerts.Delivery;
import dev.croft.alerts.Silence;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Table;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import jakarta.annotation.security.PermitAll;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What is wrong, what was, and one of them with all that is known of it. */
@Route(Links.ALERTS + "/:alert?")
@PermitAll
@Needs(Needs.What.ANYTHING_ON_THE_BOX)
class AlertsView extends Page implements BeforeEnterObserver {

    private static final Duration AGAIN = Duration.ofSeconds(3);
    private static final int PAST = 50;

    private final Alerts alerts;
    private final Rights rights;
    private final Background background;
    private final Clock clock;
    private @Nullable Long asked;
    private Registration looking = () -> {};

    private final Rows<Alert> now = new Rows<>("alerts-now", t("Nothing is wrong."), this::row);
    private final Rows<Silence> silences = new Rows<>("alerts-silences", t("Nothing is silenced."), this::row);
    private final Rows<Alert> past = new Rows<>("alerts-past", t("Nothing has been wrong so far."), this::row);

    private final Div one = new Div();
    private @Nullable One shown;

    private record Everything(List<Alert> firing, List<Silence> silences, List<Alert> past) {}

    private record One(Alert alert, List<Delivery> deliveries) {}

    /** Rows that stay the same as long as what they say does. */
    private static final class Rows<T> {

        private final UnorderedList list = new UnorderedList();
        private final Paragraph none;
        private final Function<T, ListItem> row;
        private Map<T, ListItem> rows = new LinkedHashMap<>();

        Rows(String id, String nothing, Function<T, ListItem> row) {
            this.row = row;
            none = new Paragraph(nothing);
            none.addClassName("croft-hint");
            none.setVisible(false);
            list.addClassName("croft-rows");
            list.setId(id);
        }

        Panel in(String title) {
            return new Panel(title).with(none, list);
        }

        void show(List<T> found) {
            none.setVisible(found.isEmpty());
            if (List.copyOf(rows.keySet()).equals(found)) {
                return;
            }
            Map<T, ListItem> next = new LinkedHashMap<>();
            found.forEach(each -> {
                ListItem before = rows.get(each);
                next.put(each, before == null ? row.apply(each) : before);
            });
            rows.forEach((each, item) -> {
                if (!next.containsKey(each)) {
                    list.remove(item);
                }
            });
            int place = 0;
            for (ListItem item : next.values()) {
                if (item.getParent().isEmpty()) {
                    list.addComponentAtIndex(place, item);
                }
                place++;
            }
            rows = next;
        }
    }

    AlertsView(Alerts alerts, Rights rights, Background background, Clock clock) {
        super(t("Alerts"));
        this.alerts = alerts;
        this.rights = rights;
        this.background = background;
        this.clock = clock;
        one.addClassName("croft-stack");
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        asked = event.getRouteParameters().getLong("alert").orElse(null);
        if (asked == null) {
            title(t("Alerts"));
            nowhere();
            actions();
            if (rights.mayOperate()) {
                actions(Actions.button(
                        "silence",
                        t("Silence…"),
                        "moon",
                        () -> SilenceDialog.open(alerts, background, rights, null, clock, this::load)));
            }
            var stack = new Div(now.in(t("Open alerts")), silences.in(t("Silenced")), past.in(t("History")));
            stack.addClassName("croft-stack");
            content(AlertTabs.at("now", rights), stack);
        } else {
            shown = null;
            one.removeAll();
            actions();
            backTo(t("Alerts"), Links.ALERTS);
            content(one);
        }
        // From one of these pages to another the view stays the same, and is not attached anew.
        if (isAttached()) {
            look();
        }
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        look();
    }

    private void look() {
        looking.remove();
        Long id = asked;
        if (id == null) {
            looking = background.every(this, AGAIN, this::everything, this::render, this::show);
        } else {
            looking = background.every(
                    this, AGAIN, () -> new One(still(alerts.get(id)), alerts.deliveries(id)), this::render, this::show);
        }
    }

    private void load() {
        background.call(this, this::everything, this::render, this::show);
    }

    private Everything everything() {
        return new Everything(
                alerts.firing().stream().map(AlertsView::still).toList(),
                alerts.silences(),
                alerts.history(null, PAST).stream()
                        .filter(each -> each.state() == Alert.State.OVER)
                        .map(AlertsView::still)
                        .toList());
    }

    /** Without what changes all the time: a row is replaced only when it says something else. */
    private static Alert still(Alert alert) {
        return new Alert(
                alert.id(),
                alert.kind(),
                alert.host(),
                alert.app(),
                alert.subject(),
                alert.state(),
                alert.beganAt(),
                alert.raisedAt(),
                alert.overAt(),
                alert.beganAt(),
                0,
                alert.words(),
                alert.detail(),
                alert.cause(),
                alert.silenced());
    }

    private void render(Everything found) {
        clearProblem();
        now.show(found.firing());
        silences.show(found.silences());
        past.show(found.past());
    }

    private ListItem row(Alert alert) {
        var title = new Anchor(Links.alert(alert.id()), say(alert.words().what()));
        title.addClassName("croft-row-title");
        var under = new Div(
                new StatusText(AlertWords.tone(alert), AlertWords.of(alert.state())),
                new Span(AlertWords.place(alert.host(), alert.app())),
                alert.overAt() == null
                        ? rich("since {0}", TimeText.clock(alert.beganAt()))
                        : rich("from {0} to {1}", TimeText.clock(alert.beganAt()), TimeText.clock(alert.overAt())));
        if (alert.silenced()) {
            under.add(new Span(t("silenced")));
        }
        if (alert.cause() != null) {
            under.add(rich(
                    "after {0}",
                    new Anchor(
                            Links.operation(alert.cause().operation()),
                            alert.cause().title())));
        }
        under.addClassName("croft-row-under");
        var words = new Div(title, under);
        words.addClassName("croft-row-words");
        var row = new ListItem(words);
        row.addClassName("croft-row");
        row.getElement().setAttribute("data-alert", Long.toString(alert.id()));
        if (alert.state() != Alert.State.OVER && rights.mayOperate(alert.app())) {
            var actions = new Div(Actions.ofRow(
                    t("Silence…"),
                    "moon",
                    t("Silence: {0}", say(alert.words().what())),
                    () -> SilenceDialog.open(alerts, background, rights, alert, clock, this::load)));
            actions.addClassName("croft-actions");
            row.add(actions);
        }
        return row;
    }

    private ListItem row(Silence silence) {
        var title = new Div(silence.kind() == null ? t("Everything") : AlertWords.of(silence.kind()));
        title.addClassName("croft-row-title");
        var under = new Div(
                new Span(silence.host() == null ? t("everywhere") : AlertWords.place(silence.host(), silence.app())),
                rich("until {0}", TimeText.clock(silence.until())),
                new Span(t("by {0}", silence.by())));
        if (!silence.reason().isEmpty()) {
            under.add(new Span(silence.reason()));
        }
        under.addClassName("croft-row-under");
        var words = new Div(title, under);
        words.addClassName("croft-row-words");
        var row = new ListItem(words);
        row.addClassName("croft-row");
        if (silence.host() == null
                ? rights.mayAdministerEverything() || rights.mayOperate()
                : rights.mayOperate(silence.app())) {
            var actions = new Div(Actions.ofRow(
                    t("End"),
                    "cross",
                    t("End the silence of {0}", title.getText()),
                    () -> background.run(this, () -> alerts.speakAgain(silence.id()), this::load, this::show)));
            actions.addClassName("croft-actions");
            row.add(actions);
        }
        return row;
    }

    // ---- one

    private void render(One found) {
        clearProblem();
        if (found.equals(shown)) {
            return;
        }
        shown = found;
        Alert alert = found.alert();
        title(AlertWords.of(alert.kind()));
        actions();
        if (alert.state() != Alert.State.OVER && rights.mayOperate(alert.app())) {
            actions(Actions.button(
                    "silence",
                    t("Silence…"),
                    "moon",
                    () -> SilenceDialog.open(alerts, background, rights, alert, clock, this::load)));
        }
        one.removeAll();
        one.add(what(alert), cause(alert), told(found.deliveries()));
    }

    private static Component what(Alert alert) {
        var facts = new Facts()
                .fact(t("State"), new StatusText(AlertWords.tone(alert), AlertWords.of(alert.state())))
                .fact(t("Where"), AlertWords.place(alert.host(), alert.app()))
                .code(t("What"), alert.subject())
                .fact(t("Since"), TimeText.clock(alert.beganAt()), TimeText.ago(alert.beganAt()));
        if (alert.overAt() != null) {
            facts.fact(t("Until"), TimeText.clock(alert.overAt()));
        }
        var panel = new Panel(say(alert.words().what()))
                .with(
                        new Paragraph(say(alert.words().why())),
                        new Paragraph(say(alert.words().next())),
                        facts);
        if (alert.detail() != null) {
            panel.with(TroublePanel.lines(alert.detail()));
        }
        if (alert.app() != null) {
            var links = new Div(
                    Actions.link(t("Open {0}", alert.app().value()), "apps", Links.app(alert.app()), false),
                    Actions.link(t("Logs"), "activity", Links.app(alert.app(), "logs"), false));
            links.addClassName("croft-actions");
            panel.with(links);
        }
        return panel;
    }

    private Component cause(Alert alert) {
        var cause = alert.cause();
        if (cause == null) {
            return new Panel(t("Likely cause"))
                    .with(new Paragraph(t("Nothing was changed here in the day before it began.")));
        }
        var panel = new Panel(t("Likely cause"))
                .with(new Paragraph(rich(
                        "{0}, by {1}, {2}: the last change before it began.",
                        new Anchor(Links.operation(cause.operation()), cause.title()),
                        cause.by(),
                        TimeText.clock(cause.at()))));
        if (!cause.edits().isEmpty()) {
            var edits = new UnorderedList();
            cause.edits().forEach(edit -> edits.add(new ListItem(edit)));
            edits.addClassName("croft-edits");
            panel.with(edits);
        }
        var app = cause.app() == null ? alert.app() : cause.app();
        var actions = new Div(
                app == null
                        ? Actions.link(t("Roll back the box…"), "back", Links.GENERATIONS, true)
                        : Actions.link(t("Roll back {0}…", app.value()), "back", Links.app(app, "deployments"), true),
                Actions.link(t("See how it went"), "activity", Links.operation(cause.operation()), false));
        actions.addClassName("croft-actions");
        return panel.with(actions);
    }

    private static Component told(List<Delivery> deliveries) {
        if (deliveries.isEmpty()) {
            return new Panel(t("Notifications"))
                    .with(new Paragraph(t("Nobody: there is no channel, or it was silenced.")));
        }
        var table = new Table(t("Notifications"), List.of(t("Channel"), t("State"), t("When")));
        for (Delivery each : deliveries) {
            boolean sent = each.sentAt() != null;
            table.row(
                    Table.text(each.channel()),
                    new StatusText(
                            sent ? Tone.OK : each.givenUpAt() != null ? Tone.BAD : Tone.WARN, AlertWords.of(each)),
                    sent
                            ? TimeText.clock(each.sentAt())
                            : Table.text(
                                    each.problem() == null ? "" : each.problem().why()));
        }
        return new Panel(t("Notifications")).with(table.stacked());
    }
}
