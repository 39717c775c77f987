package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.inContext;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H3;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.NativeDetails;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Section;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.select.Select;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.Edit;
import dev.croft.hostlink.HostCommand.Comparison;
import dev.croft.hostlink.HostCommand.Generation;
import dev.croft.hostlink.HostCommand.NameChanges;
import dev.croft.hostlink.HostCommand.PackageChange;
import dev.croft.hostlink.HostCommand.PortChanges;
import dev.croft.hostlink.HostCommand.UnitFiles;
import dev.croft.kernel.HostName;
import dev.croft.kernel.ProblemException;
import dev.croft.maintenance.Generations;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.DiffText;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.PackageList;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.Words;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What lies between two generations: packages with sizes, unit files, ports, users, and the state they were made from. */
final class CompareDialog extends Dialog {

    private static final int MOST_EDITS = 50;

    private final HostName host;
    private final Generations generations;
    private final DesiredStates desired;
    private final Background background;
    private final Select<Generation> from = new Select<>();
    private final Select<Generation> to = new Select<>();
    private final Div result = new Div();
    private final ProblemPanel problem = new ProblemPanel();

    private record Found(Comparison comparison, List<Edit> edits) {}

    CompareDialog(
            HostName host,
            List<Generation> known,
            int first,
            int second,
            Generations generations,
            DesiredStates desired,
            Background background) {
        this.host = host;
        this.generations = generations;
        this.desired = desired;
        this.background = background;
        setHeaderTitle(t("Compare generations"));
        addClassNames("croft-dialog", "croft-compare");
        setId("compare");
        choose(from, "compare-from", inContext("of two generations", "From"), known, first);
        choose(to, "compare-to", inContext("of two generations", "To"), known, second);
        var swap = new Button(Icons.of("compare"), click -> swap());
        swap.setId("compare-swap");
        swap.setAriaLabel(t("Swap the two"));
        swap.setTooltipText(t("Swap the two"));
        var pair = new Div(from, swap, to);
        pair.addClassName("croft-compare-pair");
        result.addClassName("croft-compare-result");
        result.setId("compare-result");
        var body = new Div(pair, problem, result);
        body.addClassName("croft-dialog-body");
        add(body);
        var close = new Button(t("Close"), click -> close());
        close.setId("compare-close");
        close.addThemeVariants(ButtonVariant.PRIMARY);
        getFooter().add(close);
        addAttachListener(attached -> compare());
    }

    private void choose(Select<Generation> select, String id, String label, List<Generation> known, int selected) {
        select.setId(id);
        select.setLabel(label);
        select.setItems(known);
        select.setItemLabelGenerator(each -> each.number() + "  " + GenerationRow.title(each)
                + (each.current() ? "  " + t("(running)") : "")
                + (each.label() == null ? "" : "  “" + each.label() + "”"));
        known.stream().filter(each -> each.number() == selected).findFirst().ifPresent(select::setValue);
        select.addValueChangeListener(changed -> {
            if (changed.isFromClient()) {
                compare();
            }
        });
    }

    private void swap() {
        Generation first = from.getValue();
        from.setValue(to.getValue());
        to.setValue(first);
        compare();
    }

    private void compare() {
        Generation first = from.getValue();
        Generation second = to.getValue();
        if (first == null || second == null) {
            return;
        }
        problem.clear();
        result.removeAll();
        if (first.number() == second.number()) {
            result.add(quiet(t("Choose two different generations.")));
            return;
        }
        result.add(quiet(t("Comparing …")));
        background.call(
                this,
                () -> {
                    Comparison comparison = generations.compare(host, first.number(), second.number());
                    return new Found(comparison, edits(comparison));
                },
                found -> {
                    // the answer to an older question must not replace the newer one's
                    if (first.equals(from.getValue()) && second.equals(to.getValue())) {
                        render(found);
                    }
                },
                refused -> {
                    result.removeAll();
                    problem.show(refused);
                });
    }

    /** Empty also where one of the two has no state, or one that this console cannot read: the texts are shown in any case. */
    private List<Edit> edits(Comparison comparison) {
        String before = comparison.state().from();
        String after = comparison.state().to();
        if (before == null || after == null) {
            return List.of();
        }
        try {
            return desired.edits(desired.parse(before), desired.parse(after));
        } catch (ProblemException unreadable) {
            return List.of();
        }
    }

    private void render(Found found) {
        Comparison comparison = found.comparison();
        result.removeAll();
        result.add(summary(comparison));
        MajorNote.of(comparison).forEach(result::add);
        if (!found.edits().isEmpty()) {
            result.add(section("edits", t("In words"), new EditList(found.edits(), MOST_EDITS)));
        }
        result.add(
                section("packages", t("Packages"), packages(comparison.closure())),
                section("units", t("Unit files"), units(comparison.units())),
                section("ports", t("Ports"), ports(comparison.ports())),
                section("users", t("Users"), users(comparison.users())));
        String before = comparison.state().from();
        String after = comparison.state().to();
        if (before == null || after == null) {
            result.add(section("state", "state.json", quiet(t("One of the two systems does not carry its state."))));
        } else if (before.equals(after)) {
            result.add(section("state", "state.json", quiet(t("The same in both."))));
        } else {
            var diff = new DiffText();
            diff.show(before, after);
            var details = new NativeDetails(new Span(t("state.json, line by line")), diff);
            details.addClassName("croft-more");
            details.setId("compare-state");
            result.add(details);
        }
    }

    private static Component summary(Comparison comparison) {
        UnitFiles units = comparison.units();
        var summary = new Paragraph(t(
                "{0, plural, =0 {no packages} one {# package} other {# packages}}, {1, plural, =0 {no unit files} one {# unit file} other {# unit files}}, {2}",
                comparison.closure().size(),
                units.added().size() + units.removed().size() + units.changed().size(),
                comparison.bytes() == 0 ? t("the same size") : Words.signedBytes(comparison.bytes())));
        summary.setId("compare-summary");
        summary.addClassName("croft-compare-summary");
        return summary;
    }

    private static Component packages(List<PackageChange> changes) {
        return changes.isEmpty() ? quiet(t("The same in both.")) : new PackageList(changes);
    }

    private static Component units(UnitFiles files) {
        return names(files.added(), files.removed(), files.changed());
    }

    private static Component users(@Nullable NameChanges users) {
        return users == null
                ? quiet(t("Not known: one of the two systems does not say."))
                : names(users.added(), users.removed(), users.changed());
    }

    private static Component ports(@Nullable PortChanges ports) {
        if (ports == null) {
            return quiet(t("Not known: one of the two systems does not say."));
        }
        return names(
                ports.opened().stream()
                        .map(each -> t("{0} opens", Words.port(each)))
                        .toList(),
                ports.closed().stream()
                        .map(each -> t("{0} closes", Words.port(each)))
                        .toList(),
                List.of());
    }

    private static Component names(List<String> added, List<String> removed, List<String> changed) {
        if (added.isEmpty() && removed.isEmpty() && changed.isEmpty()) {
            return quiet(t("The same in both."));
        }
        var list = new UnorderedList();
        list.addClassName("croft-changes");
        added.forEach(name -> list.add(row("added", name)));
        removed.forEach(name -> list.add(row("removed", name)));
        changed.forEach(name -> list.add(row("changed", name)));
        return list;
    }

    private static ListItem row(String kind, String name) {
        var item = new ListItem(mark(kind), new Span(name));
        item.getElement().setAttribute("data-kind", kind);
        return item;
    }

    private static Span mark(String kind) {
        var mark = new Span(
                switch (kind) {
                    case "added" -> "+";
                    case "removed" -> "−";
                    default -> "~";
                });
        mark.addClassName("croft-change-mark");
        mark.getElement().setAttribute("role", "img");
        mark.getElement()
                .setAttribute(
                        "aria-label",
                        switch (kind) {
                            case "added" -> t("added");
                            case "removed" -> t("removed");
                            default -> t("changed");
                        });
        return mark;
    }

    private static Section section(String key, String title, Component content) {
        var section = new Section(new H3(title), content);
        section.addClassName("croft-compare-section");
        section.setId("compare-" + key);
        return section;
    }

    private static Paragraph quiet(String text) {
        var words = new Paragraph(text);
        words.addClassName("croft-hint");
        return words;
    }
}
