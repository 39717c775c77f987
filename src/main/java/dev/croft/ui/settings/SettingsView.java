package dev.croft.ui.settings;

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
import dev.croft.access.Operator;
import dev.croft.access.Role;
import dev.croft.access.Tokens;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.CopyButton;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Icons;
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
class SettingsView extends Page {

    private final Tokens tokens;
    private final Background background;
    private final Clock clock;
    private final Operator operator;
    private final UnorderedList list = new UnorderedList();
    private final Paragraph none =
            new Paragraph("No tokens yet. A token lets a script or a CI job use the API as you.");
    private final Div fresh = new Div();

    SettingsView(
            Tokens tokens,
            Vault vault,
            CurrentOperator currentOperator,
            Rights rights,
            Background background,
            Clock clock) {
        super("Settings");
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
        var account = new Panel("Account")
                .with(new Facts()
                        .fact("Name", operator.name())
                        .fact("E-mail", operator.email())
                        .fact("Role", roleName(operator.role())));
        Button create = Actions.button("token-new", "New token", "plus", this::askNew);
        create.addThemeVariants(ButtonVariant.SMALL);
        var stack = new Div(
                account,
                new Panel("API tokens", create).with(fresh, none, list),
                new VaultPanel(vault, background, rights.mayAdminister()));
        stack.addClassNames("croft-stack", "croft-form");
        content(stack);
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
        var under = new Div(new Span(roleName(token.role())), span("made ", TimeText.ago(token.createdAt())));
        under.add(
                token.expiresAt() == null
                        ? new Span("does not expire")
                        : span("expires ", TimeText.clock(token.expiresAt())));
        under.add(
                token.lastUsedAt() == null ? new Span("never used") : span("used ", TimeText.ago(token.lastUsedAt())));
        under.addClassName("croft-row-under");
        var words = new Div(title, under);
        words.addClassName("croft-row-words");
        var revoke = new Button("Revoke", Icons.of("trash"), click -> askRevoke(token));
        revoke.addThemeVariants(ButtonVariant.SMALL);
        revoke.setAriaLabel("Revoke " + token.name());
        var item = new ListItem();
        item.add(words, revoke);
        item.addClassName("croft-row");
        return item;
    }

    private static Span span(String before, com.vaadin.flow.component.Component after) {
        return new Span(new Span(before), after);
    }

    private void askNew() {
        var name = new TextField("What is it for?");
        name.setId("token-name");
        name.setPlaceholder("deploys from CI");
        name.setMaxLength(100);
        name.setAutofocus(true);
        name.setWidthFull();
        var role = new Select<Role>();
        role.setLabel("What may it do?");
        role.setItems(Arrays.stream(Role.values())
                .filter(each -> each.compareTo(operator.role()) <= 0)
                .toList());
        role.setItemLabelGenerator(SettingsView::roleName);
        role.setValue(operator.role().compareTo(Role.OPERATOR) < 0 ? operator.role() : Role.OPERATOR);
        role.setWidthFull();
        var life = new Select<Life>();
        life.setLabel("How long does it work?");
        life.setItems(Life.values());
        life.setItemLabelGenerator(each -> each.label);
        life.setValue(Life.QUARTER);
        life.setWidthFull();
        var dialog = new Dialogs(
                "New API token",
                "token-create",
                "Create",
                it -> {
                    if (name.getValue().isBlank()) {
                        name.setErrorMessage("A name tells you later which one to revoke.");
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
                            () -> tokens.create(name.getValue().strip(), role.getValue(), expires),
                            created -> {
                                it.close();
                                showOnce(created);
                                load();
                            },
                            it::refuse);
                },
                name,
                role,
                life);
        name.addKeyPressListener(Key.ENTER, press -> dialog.confirm());
        dialog.open();
    }

    private void showOnce(Tokens.Created created) {
        String secret = created.secret().reveal();
        var value = Facts.code(secret);
        value.setId("token-secret");
        var line = new Div(value, new CopyButton(secret, "Copy token"));
        line.addClassName("croft-secret-line");
        fresh.removeAll();
        fresh.add(
                new Paragraph("Token \"" + created.token().name()
                        + "\" is ready. Copy it now: Croft keeps only its fingerprint and cannot show it again."),
                line);
        fresh.setVisible(true);
        fresh.getElement().setAttribute("role", "status");
    }

    private void askRevoke(Tokens.Token token) {
        new Dialogs(
                        "Revoke \"" + token.name() + "\"?",
                        "token-revoke",
                        "Revoke",
                        it -> background.run(
                                this,
                                () -> tokens.revoke(token.id()),
                                () -> {
                                    it.close();
                                    fresh.setVisible(false);
                                    load();
                                },
                                it::refuse),
                        new Paragraph("Whatever uses it is refused from now on. This cannot be taken back."))
                .open();
    }

    private static String roleName(Role role) {
        return switch (role) {
            case VIEWER -> "Viewer: may look";
            case OPERATOR -> "Operator: may deploy and roll back";
            case ADMIN -> "Administrator: may do everything";
        };
    }

    private enum Life {
        MONTH("30 days", Duration.ofDays(30)),
        QUARTER("90 days", Duration.ofDays(90)),
        YEAR("One year", Duration.ofDays(365)),
        EVER("Until it is revoked", null);

        private final String label;
        private final @Nullable Duration length;

        Life(String label, @Nullable Duration length) {
            this.label = label;
            this.length = length;
        }
    }
}
