package dev.croft.ui.activity;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Titles;
import dev.croft.ui.support.Words;
import java.util.List;
import java.util.Map;

/** Operations, newest first: what, how it went, who, when, how long. */
public final class OperationList extends UnorderedList {

    public OperationList() {
        addClassName("croft-rows");
    }

    public void show(List<Operation> operations) {
        removeAll();
        operations.forEach(operation -> add(row(operation)));
    }

    private static ListItem row(Operation operation) {
        var title = new Anchor(Links.operation(operation.id()), Titles.of(operation));
        title.addClassName("croft-row-title");
        var first = new Div(title);
        String commit = commitOf(operation);
        if (!commit.isEmpty()) {
            first.add(Facts.code(commit));
        }
        first.addClassName("croft-row-main");
        var under = new Div();
        under.addClassName("croft-row-under");
        under.add(new Span(operation.requestedBy()), TimeText.ago(operation.createdAt()));
        if (operation.startedAt() != null) {
            under.add(rich("took {0}", TimeText.elapsed(operation.startedAt(), operation.finishedAt())));
        }
        String size = KeptSize.words(operation);
        if (!size.isEmpty()) {
            under.add(new Span(size));
        }
        if (operation.generation() != null) {
            under.add(new Span(t("generation {0}", operation.generation())));
        }
        var words = new Div(first, under);
        if (operation.problem() != null) {
            var why = new Div(operation.problem().what());
            // while it waits this is why, not a failure
            why.addClassName(operation.state().isFinal() ? "croft-row-problem" : "croft-row-under");
            words.add(why);
        }
        words.addClassName("croft-row-words");
        var item = new ListItem();
        item.add(words, state(operation));
        item.addClassName("croft-row");
        item.getElement().setAttribute("data-operation", operation.id().value());
        item.getElement().setAttribute("data-state", operation.state().name());
        return item;
    }

    static Component state(Operation operation) {
        String words = operation.state() == OperationState.RUNNING && operation.phase() != null
                ? Words.phase(operation.phase()) + " …"
                : Words.of(operation.state());
        return new StatusText(Words.tone(operation.state()), words);
    }

    /** The commit that the box reports for the operation's app (docs/protocol.md §4: apps → app → rev). */
    static String commitOf(Operation operation) {
        if (operation.app() != null
                && operation.result().get("apps") instanceof Map<?, ?> apps
                && apps.get(operation.app().value()) instanceof Map<?, ?> app
                && app.get("rev") instanceof String rev) {
            return Words.commit(rev);
        }
        return "";
    }
}
