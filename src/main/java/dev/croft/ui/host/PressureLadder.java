package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.OrderedList;
import com.vaadin.flow.component.html.Span;
import dev.croft.hostlink.HostCommand.DiskReport;
import dev.croft.hostlink.HostCommand.GarbagePolicy;
import dev.croft.hostlink.HostCommand.Pressure;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import java.util.List;

/** How full the disk is, in words, and what happens next when it gets fuller. */
final class PressureLadder extends Div {

    private static final List<String> LEVELS = List.of("ok", "warn", "collect", "refuse");

    PressureLadder(DiskReport report) {
        Pressure pressure = report.pressure();
        GarbagePolicy policy = report.policy();
        addClassName("croft-ladder-box");
        var status = new StatusText(tone(pressure.level()), title(pressure.level()));
        status.setId("pressure");
        status.getElement().setAttribute("data-level", pressure.level());
        var head = new Div(status);
        report.store()
                .ifPresent(disk ->
                        head.add(new Span(t("The disk of the Nix store has {0} free.", Words.bytes(disk.free())))));
        head.addClassName("croft-row-main");
        var steps = new OrderedList();
        steps.addClassName("croft-ladder");
        for (String level : LEVELS) {
            steps.add(step(level, policy, level.equals(pressure.level())));
        }
        var never = step(t("Data stays"), t("However full the disk gets, apps' data is never deleted."));
        never.getElement().setAttribute("data-level", "never");
        steps.add(never);
        add(head, steps);
    }

    private static ListItem step(String level, GarbagePolicy policy, boolean here) {
        long least = policy.minFree();
        ListItem step = switch (level) {
            case "ok" -> step(t("Room enough"), t("{0} or more free: nothing has to happen.", Words.bytes(3 * least)));
            case "warn" -> step(t("Warn"), t("Below {0} free, Croft says so here.", Words.bytes(3 * least)));
            case "collect" ->
                step(
                        t("Collect"),
                        policy.automatic()
                                ? t(
                                        "Below {0} free, the box deletes what nothing needs, by the policy.",
                                        Words.bytes(2 * least))
                                : t(
                                        "Below {0} free, garbage should go. Automatic collection is off: press the button.",
                                        Words.bytes(2 * least)));
            default ->
                step(
                        t("Refuse"),
                        t("Below {0} free, deploys are refused. What runs keeps running.", Words.bytes(least)));
        };
        step.getElement().setAttribute("data-level", level);
        if (here) {
            step.getElement().setAttribute("aria-current", "step");
        }
        return step;
    }

    private static ListItem step(String title, String words) {
        var name = new Span(title);
        name.addClassName("croft-row-title");
        var text = new Span(words);
        text.addClassName("croft-hint");
        return new ListItem(name, text);
    }

    private static Tone tone(String level) {
        return switch (level) {
            case "ok" -> Tone.OK;
            case "warn", "collect" -> Tone.WARN;
            default -> Tone.BAD;
        };
    }

    private static String title(String level) {
        return switch (level) {
            case "ok" -> t("Room enough");
            case "warn" -> t("Getting full");
            case "collect" -> t("Full enough to collect garbage");
            default -> t("Too full for deploys");
        };
    }
}
