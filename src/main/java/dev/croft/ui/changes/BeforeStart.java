package dev.croft.ui.changes;

import static dev.croft.ui.support.Texts.t;

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
                steps.add(step("stop", t("{0} is stopped, so that nobody writes from here on", app), ""));
            }
            copy.databases().forEach(each -> steps.add(database(each)));
            if (copy.fileBytes() > 0 || copy.databases().isEmpty()) {
                steps.add(step("files", files(copy.method()), Words.bytes(copy.fileBytes())));
            }
        }
        if (migrates) {
            steps.add(step("migrate", t("its migration runs"), ""));
        }
        add(new H3(t("Before {0}'s new version starts", app)), steps, new Paragraph(otherwise(copy != null, migrates)));
    }

    private static ListItem database(Review.DatabaseCopy copy) {
        String size =
                copy.bytes() == null ? t("size not known: its server does not answer") : Words.bytes(copy.bytes());
        return switch (copy.engine()) {
            case "postgresql" -> step("dump", t("its PostgreSQL database {0} is dumped", copy.database()), size);
            case "mysql" -> step("dump", t("its MariaDB database {0} is dumped", copy.database()), size);
            case "redis" -> step("dump", t("its Redis writes down what it has, and that is copied"), size);
            default -> step("dump", t("its database {0} is copied", copy.database()), size);
        };
    }

    private static String files(String method) {
        return switch (method) {
            case "reflink", "subvolume" -> t("its files are copied (shared, which takes no room at first)");
            default -> t("its files are copied");
        };
    }

    private static String otherwise(boolean copied, boolean migrates) {
        if (migrates) {
            return copied
                    ? t("If the migration fails, the version that runs now serves on, with its data as it was.")
                    : t("If the migration fails, the change is taken back, and the version that runs now serves on.");
        }
        return t(
                "If a copy fails, nothing is changed. If the new version is not healthy, the one that runs now serves on; going back later "
                        + "can bring this data back, too.");
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
