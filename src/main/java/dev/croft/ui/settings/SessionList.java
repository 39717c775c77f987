package dev.croft.ui.settings;

import static dev.croft.ui.support.Texts.inContext;
import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Composite;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import dev.croft.access.Sessions;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.TimeText;
import java.util.List;

/** Who is signed in where, and a way to end it. */
final class SessionList extends Composite<Panel> {

    private final Sessions sessions;
    private final Background background;
    private final boolean everybody;
    private final UnorderedList list = new UnorderedList();
    private final ProblemPanel problem = new ProblemPanel();

    /** @param everybody for administrators; else one's own */
    SessionList(Sessions sessions, Background background, boolean everybody) {
        this.sessions = sessions;
        this.background = background;
        this.everybody = everybody;
        list.addClassName("croft-rows");
        list.setId("sessions");
    }

    @Override
    protected Panel initContent() {
        return new Panel(everybody ? t("Who is signed in") : t("Where you are signed in")).with(problem, list);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        load();
    }

    private void load() {
        background.call(this, everybody ? sessions::all : sessions::mine, this::render, problem::show);
    }

    private void render(List<Sessions.Session> found) {
        problem.clear();
        list.removeAll();
        found.forEach(session -> list.add(row(session)));
    }

    private ListItem row(Sessions.Session session) {
        var title = new Div(everybody ? t("{0}: {1}", session.account(), device(session)) : device(session));
        title.addClassName("croft-row-title");
        var under = new Div(
                new Span(t("from {0}", session.address())),
                rich("signed in {0}", TimeText.ago(session.since())),
                rich("last seen {0}", TimeText.ago(session.lastSeen())));
        if (session.provider() != null) {
            under.add(new Span(t("with {0}", session.provider())));
        }
        if (session.current()) {
            under.add(new Span(t("this browser")));
        }
        under.addClassName("croft-row-under");
        var words = new Div(title, under);
        words.addClassName("croft-row-words");
        var row = new ListItem(words);
        row.addClassName("croft-row");
        row.getElement().setAttribute("data-session", String.valueOf(session.id()));
        if (!session.current()) {
            row.add(Actions.ofRow(
                    t("Revoke"),
                    "trash",
                    t("Revoke the session of {0}, {1}", session.account(), device(session)),
                    () -> ask(session)));
        }
        return row;
    }

    /** "Firefox on Linux", as the sessions name it. */
    private static String device(Sessions.Session session) {
        String[] names = session.device().split(" on ", 2);
        return names.length == 2
                ? inContext("a browser and its system", "{0} on {1}", names[0], names[1])
                : session.device();
    }

    private void ask(Sessions.Session session) {
        new Dialogs(
                        t("End this session?"),
                        "session-revoke",
                        t("End it"),
                        dialog -> background.run(
                                this,
                                () -> sessions.revoke(session.id()),
                                () -> {
                                    dialog.close();
                                    load();
                                },
                                dialog::refuse),
                        new Paragraph(t(
                                "{0} is signed out there at once ({1}). What is not saved there is lost.",
                                session.account(), device(session))))
                .open();
    }
}
