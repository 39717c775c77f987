package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import dev.croft.apps.App;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import java.util.List;

/** Apps: name, where it answers, what it is made from, how it is. */
public final class AppList extends UnorderedList {

    public AppList() {
        addClassName("croft-rows");
    }

    public void show(List<App> apps) {
        removeAll();
        apps.forEach(app -> add(row(app)));
    }

    /** What there is to see before the first app. */
    public static Component empty() {
        var action = Actions.link(t("Deploy your first app"), "deploy", Links.NEW_APP, true);
        action.setId("first-app");
        return new EmptyState(
                "sprout",
                t("No apps yet"),
                t(
                        "Give Croft the address of a git repository. It looks at the project, says how it would build it, and runs it on the box."),
                action);
    }

    private static ListItem row(App app) {
        var title = new Anchor(Links.app(app.name()), app.name().value());
        title.addClassName("croft-row-title");
        var first = new Div(title);
        if (app.observed().url() != null) {
            first.add(address(app.observed().url()));
        }
        first.addClassName("croft-row-main");
        var under = new Div(new Span(source(app)));
        under.addClassName("croft-row-under");
        if (app.spec().source().rev() != null) {
            under.add(Facts.code(Words.commit(app.spec().source().rev())));
        }
        var words = new Div(first, under);
        words.addClassName("croft-row-words");

        var state = new Div(new StatusText(Words.appTone(app), Words.appState(app)));
        state.addClassName("croft-row-state");
        if (app.observed().since() != null) {
            var since = rich("since {0}", TimeText.ago(app.observed().since()));
            since.addClassName("croft-seen");
            state.add(since);
        }
        if (app.pending()) {
            state.add(new StatusText(Tone.WARN, t("Change pending")));
        }
        var item = new ListItem();
        item.add(words, state);
        item.addClassName("croft-row");
        item.getElement().setAttribute("data-app", app.name().value());
        item.getElement().setAttribute("data-state", app.observed().state());
        return item;
    }

    static Anchor address(String url) {
        var link = new Anchor(url, url.replaceFirst("^https?://", "").replaceFirst("/$", ""));
        link.setTarget("_blank");
        link.addClassName("croft-url");
        return link;
    }

    private static String source(App app) {
        return app.spec().source().url().replaceFirst("^[a-z+]+://", "").replaceFirst("\\.git$", "");
    }
}
