package dev.croft.ui.settings;

import static dev.croft.ui.support.Texts.mark;
import static dev.croft.ui.support.Texts.marked;
import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Key;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.router.Route;
import dev.croft.access.CurrentOperator;
import dev.croft.access.Grant;
import dev.croft.access.Operator;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Tokens;
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
import dev.croft.ui.support.TimeText;
import dev.croft.vault.Vault;
import jakarta.annotation.security.PermitAll;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The account, and the tokens with which programs act for it. */
@Route(Links.SETTINGS)
@PermitAll
@Needs(Needs.What.NOTHING)
class SettingsView extends Page {

    private final Tokens tokens;
    private final Background background;
    private final Clock clock;
    private final Operator operator;
    private final UnorderedList list = new UnorderedList();
    private final Paragraph none =
            new Paragraph(t("No tokens yet. A token lets a script or a CI job use the API as you."));
    private final Div fresh = new Div();

    SettingsView(
            Tokens tokens,
            Vault vault,
            CurrentOperator currentOperator,
            Rights rights,
            Background background,
            Clock clock) {
        super(t("Settings"));
        this.tokens = tokens;
        this.background = background;
        this.clock = clock;
        this.operator = currentOperator.get();
        list.addClassName("croft-rows");
        list.setId("tokens");
        none.addClassName("croft-hint");
        none.setVisible(false);
        fresh.setVisible(false);
        fresh.addClassName("croft-fresh-token");
        var account = new Panel(t("Account"))
                .with(new Facts()
                        .fact(t("Name"), operator.name())
                        .fact(t("E-mail"), operator.email())
                        .fact(t("May"), Held.words(operator.grants())));
        Button create = Actions.button("token-new", t("New token"), "plus", this::askNew);
        create.addThemeVariants(ButtonVariant.SMALL);
        var stack = new Div(account, new Panel(t("API tokens"), create).with(fresh, none, list));
        if (rights.maySeeEverything()) {
            stack.add(new VaultPanel(vault, background, rights.mayAdministerEverything()));
        }
        stack.addClassNames("croft-stack", "croft-form");
        content(SettingsTabs.at("general", rights), stack);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        load();
    }

    private void load() {
        background.call(this, tokens::list, this::render, this::show);
    }

    private void render(List<Tokens.Token> found) {
        list.removeAll();
        none.setVisible(found.isEmpty() && !fresh.isVisible());
        for (Tokens.Token token : found) {
            list.add(row(token));
        }
    }

    private ListItem row(Tokens.Token token) {
        var title = new Div(token.name());
        title.addClassName("croft-row-title");
        var under = new Div(
                new Span(Held.words(new Grant(token.role(), token.scope()))),
                rich("made {0}", TimeText.ago(token.createdAt())));
        under.add(
                token.expiresAt() == null
                        ? new Span(t("does not expire"))
                        : rich("expires {0}", TimeText.clock(token.expiresAt())));
        under.add(
                token.lastUsedAt() == null
                        ? new Span(t("never used"))
                        : rich("used {0}", TimeText.ago(token.lastUsedAt())));
        under.addClassName("croft-row-under");
        var words = new Div(title, under);
        words.addClassName("croft-row-words");
        var revoke = Actions.ofRow(t("Revoke"), "trash", t("Revoke {0}", token.name()), () -> askRevoke(token));
        var item = new ListItem();
        item.add(words, revoke);
        item.addClassName("croft-row");
        return item;
    }

    private void askNew() {
        var name = new TextField(t("What is it for?"));
        name.setId("token-name");
        name.setPlaceholder(t("deploys from CI"));
        name.setMaxLength(100);
        name.setAutofocus(true);
        name.setWidthFull();
        var role = new Select<Role>();
        role.setLabel(t("What may it do?"));
        role.setItemLabelGenerator(Held::role);
        role.setWidthFull();
        var scope = new Select<Scope>();
        scope.setLabel(t("For what?"));
        scope.setItems(
                operator.grants().all().stream().map(Grant::scope).distinct().toList());
        scope.setItemLabelGenerator(Held::scope);
        scope.setWidthFull();
        scope.addValueChangeListener(chosen -> offerRoles(role, chosen.getValue()));
        operator.grants().all().stream().findFirst().map(Grant::scope).ifPresent(scope::setValue);
        var life = new Select<Life>();
        life.setLabel(t("How long does it work?"));
        life.setItems(Life.values());
        life.setItemLabelGenerator(each -> marked(each.label));
        life.setValue(Life.QUARTER);
        life.setWidthFull();
        var dialog = new Dialogs(
                t("New API token"),
                "token-create",
                t("Create"),
                it -> {
                    if (name.getValue().isBlank()) {
                        name.setErrorMessage(t("A name tells you later which one to revoke."));
                        name.setInvalid(true);
                        name.focus();
                        it.again();
                        return;
                    }
                    var expires = life.getValue().length == null
                            ? null
                            : clock.instant().plus(life.getValue().length);
                    background.call(
                            this,
                            () -> tokens.create(name.getValue().strip(), role.getValue(), scope.getValue(), expires),
                            created -> {
                                it.close();
                                showOnce(created);
                                load();
                            },
                            it::refuse);
                },
                name,
                scope,
                role,
                life);
        name.addKeyPressListener(Key.ENTER, press -> dialog.confirm());
        dialog.open();
    }

    private void showOnce(Tokens.Created created) {
        String secret = created.secret().reveal();
        var value = Facts.code(secret);
        value.setId("token-secret");
        var line = new Div(value, new CopyButton(secret, t("Copy token")));
        line.addClassName("croft-secret-line");
        fresh.removeAll();
        fresh.add(
                new Paragraph(t(
                        "Token \"{0}\" is ready. Copy it now: Croft keeps only its fingerprint and cannot show it again.",
                        created.token().name())),
                line);
        fresh.setVisible(true);
        fresh.getElement().setAttribute("role", "status");
    }

    private void askRevoke(Tokens.Token token) {
        new Dialogs(
                        t("Revoke \"{0}\"?", token.name()),
                        "token-revoke",
                        t("Revoke"),
                        it -> background.run(
                                this,
                                () -> tokens.revoke(token.id()),
                                () -> {
                                    it.close();
                                    fresh.setVisible(false);
                                    load();
                                },
                                it::refuse),
                        new Paragraph(t("Whatever uses it is refused from now on. This cannot be taken back.")))
                .open();
    }

    /** Those that the person holds for it; the lowest that can deploy is chosen. */
    private void offerRoles(Select<Role> role, Scope scope) {
        List<Role> held = Arrays.stream(Role.values())
                .filter(each -> operator.may(each, scope))
                .toList();
        role.setItems(held);
        role.setValue(held.contains(Role.OPERATOR) ? Role.OPERATOR : held.getFirst());
    }

    private enum Life {
        MONTH(mark("30 days"), Duration.ofDays(30)),
        QUARTER(mark("90 days"), Duration.ofDays(90)),
        YEAR(mark("One year"), Duration.ofDays(365)),
        EVER(mark("Until it is revoked"), null);

        private final String label;
        private final @Nullable Duration length;

        Life(String label, @Nullable Duration length) {
            this.label = label;
            this.length = length;
        }
    }
}
