package dev.croft.ui.alerts;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.say;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeDetails;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Pre;
import com.vaadin.flow.component.html.Span;
import dev.croft.alerts.AlertKind;
import dev.croft.alerts.Alerts;
import dev.croft.alerts.Trouble;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.TimeText;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What is wrong with a box or an app right now: what happened, why, what to do next. Nothing while all is well. */
public final class TroublePanel extends Div {

    private static final Duration AGAIN = Duration.ofSeconds(3);

    /** What is shown; a row stays the same as long as what it says does. */
    private final Map<Shown, Component> rows = new LinkedHashMap<>();

    /** All of a trouble that a row shows. */
    private record Shown(
            AlertKind kind,
            String subject,
            Instant since,
            String what,
            String why,
            @Nullable String detail) {}

    /** @param app null: the whole box */
    public TroublePanel(
            Alerts alerts, Background background, HostName host, @Nullable AppName app, Consumer<Problem> onProblem) {
        addClassName("croft-troubles");
        getElement().setAttribute("role", "status");
        setVisible(false);
        addAttachListener(attached -> background.every(
                this, AGAIN, () -> alerts.troubles(host, app), found -> show(found, app == null), onProblem));
    }

    private void show(List<Trouble> found, boolean ofTheBox) {
        Map<Shown, Component> next = new LinkedHashMap<>();
        for (Trouble trouble : found) {
            Shown shown = new Shown(
                    trouble.kind(),
                    trouble.subject(),
                    trouble.since(),
                    trouble.words().what().english(),
                    trouble.words().why().english(),
                    trouble.detail());
            Component row = rows.get(shown);
            next.put(shown, row == null ? row(trouble, ofTheBox) : row);
        }
        if (!List.copyOf(next.keySet()).equals(List.copyOf(rows.keySet()))) {
            rows.entrySet().stream()
                    .filter(each -> !next.containsKey(each.getKey()))
                    .forEach(each -> remove(each.getValue()));
            rows.clear();
            rows.putAll(next);
            int place = 0;
            for (Component row : next.values()) {
                if (row.getParent().isEmpty()) {
                    addComponentAtIndex(place, row);
                }
                place++;
            }
        }
        setVisible(!rows.isEmpty());
    }

    private static Component row(Trouble trouble, boolean ofTheBox) {
        var what = new Paragraph(say(trouble.words().what()));
        what.addClassName("croft-trouble-what");
        var when = rich("Since {0}", TimeText.clock(trouble.since()));
        when.addClassName("croft-hint");
        var words = new Div(
                what,
                new Paragraph(say(trouble.words().why())),
                new Paragraph(say(trouble.words().next())),
                when);
        words.addClassName("croft-trouble-words");
        if (trouble.detail() != null) {
            words.add(lines(trouble.detail()));
        }
        AppName app = trouble.app();
        if (app != null) {
            var actions = new Div();
            actions.addClassName("croft-actions");
            if (ofTheBox) {
                actions.add(Actions.link(t("Open {0}", app.value()), "apps", Links.app(app), false));
            }
            actions.add(Actions.link(t("Logs"), "activity", Links.app(app, "logs"), false));
            actions.add(Actions.link(t("Roll back…"), "back", Links.app(app, "deployments"), false));
            words.add(actions);
        }
        var row = new Div(Icons.of("alert"), words);
        row.addClassNames("croft-note", "croft-note-warn", "croft-trouble");
        row.getElement().setAttribute("data-kind", trouble.kind().wireName());
        return row;
    }

    static Component lines(String detail) {
        var text = new Pre(detail);
        text.addClassName("croft-source");
        text.getElement().setAttribute("tabindex", "0");
        var details = new NativeDetails(new Span(t("Last lines of its log")), text);
        details.setOpen(true);
        return details;
    }
}
