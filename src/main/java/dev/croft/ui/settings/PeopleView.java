package dev.croft.ui.settings;

import static dev.croft.ui.support.Texts.inContext;
import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.router.Route;
import dev.croft.access.Grants;
import dev.croft.access.People;
import dev.croft.access.People.Invitation;
import dev.croft.access.People.Person;
import dev.croft.access.Scope;
import dev.croft.apps.Apps;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.CopyButton;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Held;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Table;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import jakarta.annotation.security.PermitAll;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Who has an account, and what they may do. */
@Route(Links.PEOPLE)
@PermitAll
@Needs(Needs.What.ADMINISTER_EVERYTHING)
class PeopleView extends Page {

    private final People people;
    private final Hosts hosts;
    private final Apps apps;
    private final Background background;
    private final Clock clock;
    private final Panel panel;
    private final Div fresh = new Div();
    private List<Scope> scopes = List.of(Scope.EVERYWHERE);

    PeopleView(People people, Hosts hosts, Apps apps, Background background, Clock clock, Rights rights) {
        super(t("Settings"));
        this.people = people;
        this.hosts = hosts;
        this.apps = apps;
        this.background = background;
        this.clock = clock;
        actions(Actions.primary("person-invite", t("Invite somebody"), "plus", this::askInvite));
        panel = new Panel(t("Who may do what"));
        fresh.setVisible(false);
        fresh.addClassName("croft-fresh-token");
        var stack = new Div(fresh, panel);
        stack.addClassName("croft-stack");
        content(SettingsTabs.at("people", rights), stack);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        background.call(this, this::whatRolesCanBeHeldFor, found -> scopes = found, this::show);
        load();
    }

    private List<Scope> whatRolesCanBeHeldFor() {
        List<Scope> found = new ArrayList<>(List.of(Scope.EVERYWHERE));
        for (Host host : hosts.list()) {
            found.add(Scope.of(host.name()));
            apps.list(host.name()).forEach(app -> found.add(Scope.of(host.name(), app.name())));
        }
        return found;
    }

    private void load() {
        background.call(this, people::list, this::render, this::show);
    }

    private void render(List<Person> found) {
        var table = new Table(t("People"), List.of(t("Name"), t("May"), t("State"), inContext("verb", "Change")));
        for (Person person : found) {
            var name = new Div(new Span(person.name()), mail(person));
            table.row(name, held(person), state(person), buttons(person));
        }
        panel.content(table);
    }

    /** What somebody holds by a provider's rules is changed where those are. */
    private static Component held(Person person) {
        Component words = Table.text(Held.words(person.grants()));
        if (!person.vouchedFor()) {
            return words;
        }
        var rules = new Div(rich("by the rules of {0}", new Anchor(Links.SIGN_IN, t("their provider"))));
        rules.addClassNames("croft-hint", "croft-sentence");
        return new Div(words, rules);
    }

    private static Component mail(Person person) {
        var mail = new Div(person.email());
        mail.addClassName("croft-hint");
        return mail;
    }

    private Component state(Person person) {
        if (person.disabled()) {
            return new StatusText(Tone.WARN, t("Disabled"));
        }
        Instant until = person.invitedUntil();
        if (until == null) {
            return new StatusText(Tone.OK, t("Active"));
        }
        return until.isAfter(clock.instant())
                ? rich("Invited until {0}", TimeText.clock(until))
                : new StatusText(Tone.WARN, t("Invitation expired"));
    }

    private Component buttons(Person person) {
        var row = new Div();
        if (!person.vouchedFor()) {
            row.add(
                    Actions.ofRow(
                            inContext("verb", "Change"),
                            "settings",
                            t("Change what {0} may do", person.name()),
                            () -> askGrant(person)),
                    Actions.ofRow(t("New link"), "key", t("New link for {0}", person.name()), () -> askAgain(person)));
        }
        row.add(
                Actions.ofRow(
                        person.disabled() ? t("Enable") : t("Disable"),
                        person.disabled() ? "play" : "pause",
                        person.disabled() ? t("Enable {0}", person.name()) : t("Disable {0}", person.name()),
                        () -> background.call(
                                this,
                                () -> people.disable(person.id(), !person.disabled()),
                                changed -> done(),
                                this::show)),
                Actions.ofRow(t("Remove"), "trash", t("Remove {0}", person.name()), () -> askRemove(person)));
        row.addClassName("croft-actions");
        return row;
    }

    private void done() {
        clearProblem();
        load();
    }

    private void askInvite() {
        var name = new TextField(t("User name"));
        name.setId("person-name");
        name.setMaxLength(32);
        name.setAutofocus(true);
        name.setWidthFull();
        var email = new TextField(t("E-mail"));
        email.setId("person-email");
        email.setHelperText(t("The author of the changes that this person makes."));
        email.setWidthFull();
        var grants = new GrantRows(scopes, Grants.NONE);
        new Dialogs(
                        t("Invite somebody"),
                        "person-create",
                        t("Make a link"),
                        dialog -> background.call(
                                dialog,
                                () -> people.invite(
                                        name.getValue().strip(),
                                        email.getValue().strip(),
                                        grants.grants()),
                                invitation -> {
                                    dialog.close();
                                    showOnce(invitation);
                                    done();
                                },
                                dialog::refuse),
                        name,
                        email,
                        grants)
                .open();
    }

    private void askGrant(Person person) {
        var grants = new GrantRows(scopes, person.grants());
        new Dialogs(
                        t("What may {0} do?", person.name()),
                        "person-grant",
                        t("Save"),
                        dialog -> background.call(
                                dialog,
                                () -> people.grant(person.id(), grants.grants()),
                                changed -> {
                                    dialog.close();
                                    done();
                                },
                                dialog::refuse),
                        grants,
                        new Paragraph(t("It counts at once, also for open sessions and for this person's API tokens.")))
                .open();
    }

    private void askAgain(Person person) {
        new Dialogs(
                        t("Make a new link for {0}?", person.name()),
                        "person-again",
                        t("Make a link"),
                        dialog -> background.call(
                                dialog,
                                () -> people.inviteAgain(person.id()),
                                invitation -> {
                                    dialog.close();
                                    showOnce(invitation);
                                    done();
                                },
                                dialog::refuse),
                        new Paragraph(
                                t("Whoever opens it chooses a password for this account. Earlier links stop working.")))
                .open();
    }

    private void askRemove(Person person) {
        new Dialogs(
                        t("Remove {0}?", person.name()),
                        "person-remove",
                        t("Remove"),
                        dialog -> background.run(
                                dialog,
                                () -> people.remove(person.id()),
                                () -> {
                                    dialog.close();
                                    done();
                                },
                                dialog::refuse),
                        new Paragraph(
                                t(
                                        "The account and its API tokens are gone at once. What they did stays in the audit. To keep the account, disable it instead.")))
                .open();
    }

    private void showOnce(Invitation invitation) {
        UI.getCurrent().getPage().fetchCurrentURL(here -> {
            String base = here.toString().substring(0, here.toString().lastIndexOf(Links.PEOPLE));
            String link = base + Links.WELCOME + "#" + invitation.link().reveal();
            var value = Facts.code(link);
            value.setId("person-link");
            var line = new Div(value, new CopyButton(link, t("Copy the link")));
            line.addClassName("croft-secret-line");
            fresh.removeAll();
            fresh.add(
                    new Paragraph(t(
                            "Give this link to {0}. It works once, for a day, and is not shown again.",
                            invitation.person().name())),
                    line);
            fresh.setVisible(true);
            fresh.getElement().setAttribute("role", "status");
        });
    }
}
