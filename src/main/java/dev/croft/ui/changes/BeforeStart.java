package dev.croft.ui.changes;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H3;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.OrderedList;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import dev.croft.ui.support.Words;
import org.jspecify.annotations.Nullable;

/** What happens to one app's data before its new version starts, step by step, and what comes of it when a step fails. */
final class BeforeStart extends Div {

    /** @param copy null: the app has no data, or its version stays */
    BeforeStart(String app, Review.@Nullable DataCopy copy, boolean migrates) {
        addClassName("croft-before-start");
        getElement().setAttribute("data-app", app);
        var steps = new OrderedList();
        if (copy != null) {
            if (migrates) {
                steps.add(step("stop", app + " is stopped, so that nobody writes from here on", ""));
            }
            copy.databases().forEach(each -> steps.add(database(each)));
            if (copy.fileBytes() > 0 || copy.databases().isEmpty()) {
                steps.add(step("files", "its files are copied" + how(copy.method()), Words.bytes(copy.fileBytes())));
            }
        }
        if (migrates) {
            steps.add(step("migrate", "its migration runs", ""));
        }
        add(new H3("Before " + app + "'s new version starts"), steps, new Paragraph(otherwise(copy != null, migrates)));
    }

    private static ListItem database(Review.DatabaseCopy copy) {
        String size = copy.bytes() == null ? "size not known: its server does not answer" : Words.bytes(copy.bytes());
        return switch (copy.engine()) {
            case "postgresql" -> step("dump", "its PostgreSQL database " + copy.database() + " is dumped", size);
            case "mysql" -> step("dump", "its MariaDB database " + copy.database() + " is dumped", size);
            case "redis" -> step("dump", "its Redis writes down what it has, and that is copied", size);
            default -> step("dump", "its database " + copy.database() + " is copied", size);
        };
    }

    private static String how(String method) {
        return switch (method) {
            case "reflink", "subvolume" -> " (shared, which takes no room at first)";
            default -> "";
        };
    }

    private static String otherwise(boolean copied, boolean migrates) {
        if (migrates) {
            return copied
                    ? "If the migration fails, the version that runs now serves on, with its data as it was."
                    : "If the migration fails, the change is taken back, and the version that runs now serves on.";
        }
        return "If a copy fails, nothing is changed. If the new version is not healthy, the one that runs now serves on; going back later "
                + "can bring this data back, too.";
    }

    private static ListItem step(String kind, String words, String size) {
        var item = new ListItem(new Span(words));
        if (!size.isEmpty()) {
            var bytes = new Span(size);
            bytes.addClassName("croft-change-size");
            item.add(bytes);
        }
        item.getElement().setAttribute("data-step", kind);
        return item;
    }
}
