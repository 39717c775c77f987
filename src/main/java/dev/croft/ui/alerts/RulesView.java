package dev.croft.ui.alerts;

import static dev.croft.ui.support.Texts.inContext;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.NumberField;
import com.vaadin.flow.router.Route;
import dev.croft.alerts.AlertKind;
import dev.croft.alerts.AlertKind.Measure;
import dev.croft.alerts.Alerts;
import dev.croft.alerts.Rule;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Table;
import dev.croft.ui.support.Tone;
import jakarta.annotation.security.PermitAll;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** When something is told of. */
@Route(Links.ALERT_RULES)
@PermitAll
@Needs(Needs.What.ANYTHING_ON_THE_BOX)
class RulesView extends Page {

    private static final double PERCENT = 100;

    private final Alerts alerts;
    private final Background background;
    private final boolean mayChange;
    private final Panel panel = new Panel(t("Rules"));

    RulesView(Alerts alerts, Rights rights, Background background) {
        super(t("Alerts"));
        this.alerts = alerts;
        this.background = background;
        this.mayChange = rights.mayAdministerEverything();
        var stack = new Div(panel);
        stack.addClassName("croft-stack");
        content(AlertTabs.at("rules", rights), stack);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        load();
    }

    private void load() {
        background.call(this, alerts::rules, this::render, this::show);
    }

    private void render(List<Rule> rules) {
        List<String> headings = new ArrayList<>(List.of(t("What"), t("State"), t("Raised when"), t("Resolved when")));
        if (mayChange) {
            headings.add(inContext("verb", "Change"));
        }
        var table = new Table(t("Rules"), headings).stacked();
        for (Rule rule : rules) {
            List<Component> cells = new ArrayList<>(List.of(
                    Table.text(AlertWords.of(rule.kind())),
                    rule.enabled() ? new StatusText(Tone.OK, t("On")) : new StatusText(Tone.IDLE, t("Off")),
                    Table.text(t(
                            "{0}, {1}",
                            AlertWords.wrong(rule.kind(), rule.threshold()), AlertWords.lasting(rule.raiseAfter()))),
                    Table.text(t(
                            "{0}, {1}",
                            AlertWords.well(rule.kind(), rule.calmAt()), AlertWords.lasting(rule.clearAfter())))));
            if (mayChange) {
                cells.add(Actions.ofRow(
                        inContext("verb", "Change"),
                        "settings",
                        t("Change: {0}", AlertWords.of(rule.kind())),
                        () -> ask(rule)));
            }
            table.row(cells.toArray(Component[]::new))
                    .getElement()
                    .setAttribute("data-rule", rule.kind().wireName());
        }
        panel.content(table);
    }

    private void ask(Rule rule) {
        AlertKind kind = rule.kind();
        boolean hasThreshold = kind.measure() != Measure.NONE;
        double factor = kind.measure() == Measure.SHARE ? PERCENT : 1;
        var on = new Checkbox(t("Send notifications"), rule.enabled());
        on.setId("rule-on");
        String unit = AlertWords.unit(kind.measure());
        var threshold = number(
                "rule-threshold",
                kind.moreIsWorse() ? t("Threshold ({0})", unit) : t("Threshold ({0}, or less)", unit),
                rule.threshold() * factor);
        var calm = number(
                "rule-calm",
                kind.moreIsWorse() ? t("Well again below ({0})", unit) : t("Well again above ({0})", unit),
                rule.calmAt() * factor);
        var raise = seconds("rule-raise", t("Raised after it has lasted (seconds)"), rule.raiseAfter());
        var clear = seconds("rule-clear", t("Resolved after it has been well for (seconds)"), rule.clearAfter());
        threshold.setVisible(hasThreshold);
        calm.setVisible(hasThreshold);
        new Dialogs(
                        AlertWords.of(kind),
                        "rule-save",
                        t("Save"),
                        dialog -> background.call(
                                dialog,
                                () -> alerts.change(new Rule(
                                        kind,
                                        on.getValue(),
                                        hasThreshold ? value(threshold.getValue()) / factor : rule.threshold(),
                                        hasThreshold ? value(calm.getValue()) / factor : rule.calmAt(),
                                        Duration.ofSeconds(whole(raise.getValue())),
                                        Duration.ofSeconds(whole(clear.getValue())))),
                                changed -> {
                                    dialog.close();
                                    load();
                                },
                                dialog::refuse),
                        on,
                        threshold,
                        calm,
                        raise,
                        clear,
                        new Paragraph(
                                t(
                                        "What comes back often within six hours has to be well for longer each time, so that nobody is told of it over and over.")))
                .open();
    }

    private static double value(@Nullable Double value) {
        return value == null ? 0 : value;
    }

    /** What is no number is refused by the use case, as is what is less than nothing. */
    private static int whole(@Nullable Integer value) {
        return value == null ? -1 : value;
    }

    private static NumberField number(String id, String label, double value) {
        var field = new NumberField(label);
        field.setId(id);
        field.setValue(value);
        field.setWidthFull();
        return field;
    }

    private static IntegerField seconds(String id, String label, Duration value) {
        var field = new IntegerField(label);
        field.setId(id);
        field.setMin(0);
        field.setValue((int) value.toSeconds());
        field.setWidthFull();
        return field;
    }
}
