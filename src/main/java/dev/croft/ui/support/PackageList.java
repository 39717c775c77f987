package dev.croft.ui.support;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.data.value.ValueChangeMode;
import dev.croft.hostlink.HostCommand.PackageChange;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Packages that come, go or change, the biggest difference first, with their sum; filtered by name when there are many. */
public final class PackageList extends Div {

    private static final int MOST = 200;
    private static final int WORTH_A_FILTER = 8;

    private final List<PackageChange> changes;
    private final UnorderedList rows = new UnorderedList();
    private final Span total = new Span();

    public PackageList(List<PackageChange> changes) {
        this.changes = changes.stream()
                .sorted(Comparator.comparing((PackageChange change) -> Math.abs(change.bytes()))
                        .reversed()
                        .thenComparing(PackageChange::name))
                .toList();
        addClassName("croft-packages");
        total.addClassName("croft-hint");
        total.setId("packages-total");
        rows.addClassName("croft-changes");
        // Many scroll in a frame of their own, by keyboard too.
        rows.getElement().setAttribute("tabindex", "0");
        rows.getElement().setAttribute("aria-label", t("Packages"));
        var head = new Div(total);
        head.addClassName("croft-packages-head");
        if (changes.size() >= WORTH_A_FILTER) {
            var filter = new TextField();
            filter.setId("packages-filter");
            filter.setPlaceholder(t("Filter by name"));
            filter.setAriaLabel(t("Filter packages by name"));
            filter.setPrefixComponent(Icons.of("search"));
            filter.setClearButtonVisible(true);
            filter.setValueChangeMode(ValueChangeMode.LAZY);
            filter.addValueChangeListener(change -> show(change.getValue()));
            head.add(filter);
        }
        add(head, rows);
        show("");
    }

    private void show(String text) {
        String needle = text.strip().toLowerCase(Locale.ROOT);
        List<PackageChange> matching = changes.stream()
                .filter(change -> change.name().toLowerCase(Locale.ROOT).contains(needle))
                .toList();
        long bytes = matching.stream().mapToLong(PackageChange::bytes).sum();
        total.setText(
                matching.isEmpty()
                        ? t("No package is called that.")
                        : t(
                                "{0, plural, one {# package} other {# packages}}, {1} in all",
                                matching.size(), Words.signedBytes(bytes)));
        rows.removeAll();
        matching.stream().limit(MOST).forEach(change -> rows.add(row(change)));
        if (matching.size() > MOST) {
            rows.add(new ListItem(t("and {0, number} smaller ones", matching.size() - MOST)));
        }
    }

    private static ListItem row(PackageChange change) {
        String kind = change.from().isEmpty() ? "added" : change.to().isEmpty() ? "removed" : "changed";
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
        var name = new Span(change.name());
        name.addClassName("croft-row-title");
        var versions = new Span(
                switch (kind) {
                    case "added" -> versions(change.to());
                    case "removed" -> versions(change.from());
                    default ->
                        change.from().equals(change.to())
                                ? t("{0} rebuilt", versions(change.to()))
                                : versions(change.from()) + " → " + versions(change.to());
                });
        versions.addClassName("croft-code");
        var size = new Span(Words.signedBytes(change.bytes()));
        size.addClassName("croft-change-size");
        var item = new ListItem(mark, name, versions, size);
        item.getElement().setAttribute("data-kind", kind);
        item.getElement().setAttribute("data-package", change.name());
        return item;
    }

    private static String versions(List<String> versions) {
        return String.join(
                ", ", versions.stream().filter(each -> !each.isEmpty()).toList());
    }
}
