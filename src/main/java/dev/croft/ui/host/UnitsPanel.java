package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import dev.croft.alerts.Alerts;
import dev.croft.alerts.UnitNow;
import dev.croft.hostlink.UnitStates.SeenUnit;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Table;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/** What the box's services do, as systemd told of it, and when it did. */
final class UnitsPanel extends Div {

    private static final Duration AGAIN = Duration.ofSeconds(3);

    private final Panel panel = new Panel(t("Services"));
    private final Div seen = new Div();
    private final Div rows = new Div();
    private List<SeenUnit> shown = List.of();

    UnitsPanel(Alerts alerts, Background background, HostName host, Consumer<Problem> onProblem) {
        seen.addClassName("croft-hint");
        panel.with(rows, seen);
        add(panel);
        setVisible(false);
        addAttachListener(
                attached -> background.every(this, AGAIN, () -> alerts.units(host, null), this::show, onProblem));
    }

    private void show(List<UnitNow> found) {
        setVisible(!found.isEmpty());
        if (found.isEmpty()) {
            return;
        }
        UnitNow any = found.getFirst();
        seen.removeAll();
        seen.add(
                any.current()
                        ? rich("Told by systemd as it happens, last heard {0}.", TimeText.ago(any.seenAt()))
                        : rich("The box does not tell now. So it was {0}.", TimeText.ago(any.seenAt())));
        List<SeenUnit> units = found.stream().map(UnitNow::unit).toList();
        if (units.equals(shown)) {
            return;
        }
        shown = units;
        var table = new Table(t("Services"), List.of(t("Service"), t("State"), t("Since"), t("Restarts"))).stacked();
        units.forEach(unit -> table.row(
                        name(unit),
                        state(unit),
                        unit.since() == null ? Table.text("–") : TimeText.clock(unit.since()),
                        Table.text(Integer.toString(unit.restarts())))
                .getElement()
                .setAttribute("data-unit", unit.unit()));
        rows.removeAll();
        rows.add(table);
    }

    private static Component name(SeenUnit unit) {
        return unit.app() == null
                ? Table.text(unit.unit())
                : new Anchor(Links.app(unit.app()), unit.app().value());
    }

    private static Component state(SeenUnit unit) {
        return switch (unit.active()) {
            case "active" -> new StatusText(Tone.OK, unit.sub().equals("exited") ? t("done") : t("running"));
            case "failed" -> new StatusText(Tone.BAD, t("failed ({0})", unit.result()));
            case "activating", "reloading" ->
                unit.sub().startsWith("auto-restart")
                        ? new StatusText(Tone.BAD, t("fell, is started again ({0})", unit.result()))
                        : new StatusText(Tone.BUSY, t("starting"));
            case "deactivating" -> new StatusText(Tone.BUSY, t("stopping"));
            default -> new StatusText(Tone.IDLE, t("not running"));
        };
    }
}
