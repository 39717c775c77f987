package dev.croft.ui.alerts;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.say;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import dev.croft.alerts.Alert;
import dev.croft.alerts.Alerts;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.TimeText;
import java.time.Duration;
import java.util.List;

/** The alerts that are open, each a link to what is known of it; nothing while there is none. Silenced ones are left to the alerts' page. */
public final class FiringNote extends Div {

    private static final Duration AGAIN = Duration.ofSeconds(5);
    private static final int MOST = 5;

    private List<Line> shown = List.of();

    /** All of an alert that a line shows: as long as it stays the same, so does the line under somebody's pointer. */
    private record Line(long id, String what) {}

    public FiringNote(Alerts alerts, Background background) {
        setId("firing-alerts");
        addClassNames("croft-note", "croft-note-warn");
        getElement().setAttribute("role", "status");
        setVisible(false);
        addAttachListener(attached -> background.every(this, AGAIN, alerts::firing, this::show, problem -> {}));
    }

    private void show(List<Alert> firing) {
        List<Alert> open = firing.stream().filter(each -> !each.silenced()).toList();
        List<Line> lines = open.stream()
                .map(each -> new Line(each.id(), say(each.words().what())))
                .toList();
        if (lines.equals(shown)) {
            return;
        }
        shown = lines;
        removeAll();
        setVisible(!open.isEmpty());
        var words = new Span();
        open.stream()
                .limit(MOST)
                .forEach(each -> words.add(new Div(rich(
                        "{0} Since {1}",
                        new Anchor(Links.alert(each.id()), say(each.words().what())),
                        TimeText.clock(each.beganAt())))));
        if (open.size() > MOST) {
            words.add(new Div(t("and {0, plural, one {# more} other {# more}}", open.size() - MOST)));
        }
        add(Icons.of("alert"), words, new Anchor(Links.ALERTS, t("Alerts")));
    }
}
