package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.say;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import dev.croft.desired.Edit;
import java.util.List;

/** What lies between two states, in words: the box itself first, then app by app. */
final class EditList extends UnorderedList {

    EditList(List<Edit> edits, int most) {
        addClassName("croft-edits");
        edits.stream().limit(most).forEach(edit -> add(row(edit)));
        if (edits.size() > most) {
            add(new ListItem(t("and {0, number} more", edits.size() - most)));
        }
    }

    private static ListItem row(Edit edit) {
        var about = new Span(edit.app() == null ? t("Box") : edit.app().value());
        about.addClassName("croft-edit-about");
        return new ListItem(about, new Span(say(edit.said())));
    }
}
