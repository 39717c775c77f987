package dev.croft.ui.changes;

import static dev.croft.ui.support.Texts.say;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H3;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Section;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import dev.croft.desired.Draft;
import dev.croft.desired.Edit;
import dev.croft.kernel.AppName;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.TimeText;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The edits in words, the box itself first, then app by app, with who made them and a way to take them back. */
public final class PendingEdits extends Div {

    private final String box;
    private final Predicate<@Nullable AppName> mayDiscard;
    private final Consumer<@Nullable AppName> discard;

    /**
     * @param box name of the box, for its own settings
     * @param discard asked with the app, or null for the box's own settings
     */
    public PendingEdits(String box, Predicate<@Nullable AppName> mayDiscard, Consumer<@Nullable AppName> discard) {
        this.box = box;
        this.mayDiscard = mayDiscard;
        this.discard = discard;
        addClassName("croft-pending");
        setId("pending-edits");
    }

    public void show(List<Draft> drafts, List<Edit> edits) {
        removeAll();
        Set<@Nullable AppName> things = new LinkedHashSet<>();
        edits.forEach(edit -> things.add(edit.app()));
        drafts.forEach(draft -> things.add(draft.app()));
        // drafts come by age, edits in order: what has no edit in words stands last
        new ArrayList<>(things).forEach(thing -> add(group(thing, drafts, edits)));
    }

    private Component group(@Nullable AppName app, List<Draft> drafts, List<Edit> edits) {
        var title = new H3();
        title.add(app == null ? new Anchor(Links.HOST, box) : new Anchor(Links.app(app), app.value()));
        if (app == null) {
            var own = new Span(t("the box itself"));
            own.addClassName("croft-hint");
            title.add(own);
        }
        var head = new Div(title);
        head.addClassName("croft-pending-head");
        if (mayDiscard.test(app)) {
            var button = new Button(t("Discard"), Icons.of("trash"), click -> discard.accept(app));
            button.setId("discard-" + (app == null ? "settings" : app.value()));
            button.addThemeVariants(ButtonVariant.SMALL, ButtonVariant.TERTIARY);
            button.setAriaLabel(t("Discard the changes of {0}", app == null ? box : app.value()));
            head.add(button);
        }
        var group = section(app, app == null ? box : app.value(), head, edits);
        drafts.stream()
                .filter(draft -> Objects.equals(draft.app(), app))
                .findFirst()
                .ifPresent(draft -> {
                    var who = new Div(new Span(draft.savedBy()), TimeText.ago(draft.savedAt()));
                    who.addClassName("croft-row-under");
                    group.add(who);
                });
        return group;
    }

    /**
     * An app that nobody has drafted yet, with the lines that it would have.
     *
     * @param when what drafts it
     */
    public static Component proposed(AppName app, String when, List<Edit> edits) {
        var hint = new Span(when);
        hint.addClassName("croft-hint");
        var title = new H3(app.value());
        title.add(hint);
        var head = new Div(title);
        head.addClassName("croft-pending-head");
        return section(app, app.value(), head, edits);
    }

    private static Section section(@Nullable AppName app, String name, Div head, List<Edit> edits) {
        var list = new UnorderedList();
        list.addClassName("croft-edits");
        edits.stream().filter(edit -> Objects.equals(edit.app(), app)).forEach(edit -> {
            var item = new ListItem(say(edit.said()));
            item.getElement().setAttribute("data-field", edit.field());
            list.add(item);
        });
        var group = new Section(head, list);
        group.addClassName("croft-pending-group");
        group.setAriaLabel(name);
        group.getElement().setAttribute("data-thing", app == null ? "" : app.value());
        return group;
    }
}
