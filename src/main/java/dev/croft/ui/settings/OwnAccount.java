package dev.croft.ui.settings;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.OrderedList;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.textfield.Autocomplete;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.access.MyAccount;
import dev.croft.kernel.SecretText;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.CopyButton;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Tone;
import java.util.List;
import java.util.stream.Collectors;

/** The signed-in person's own account: password, authenticator app, recovery codes. */
public final class OwnAccount extends Div {

    private final MyAccount account;
    private final Background background;
    private final Div facts = new Div();
    private final Div fresh = new Div();
    private final ProblemPanel problem = new ProblemPanel();
    private final Div actions = new Div();

    public OwnAccount(MyAccount account, Background background) {
        this.account = account;
        this.background = background;
        setId("my-account");
        addClassName("croft-stack");
        actions.addClassName("croft-actions");
        add(facts, fresh, problem, actions);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        load();
    }

    private void load() {
        background.call(this, account::status, this::render, problem::show);
    }

    private void render(MyAccount.Status status) {
        problem.clear();
        facts.removeAll();
        actions.removeAll();
        var known = new Facts()
                .fact(t("Name"), status.operator().name())
                .fact(t("E-mail"), status.operator().email());
        if (status.provider() != null) {
            facts.add(known.fact(t("Signed in by"), status.provider()));
            return;
        }
        known.fact(
                t("Authenticator app"),
                status.secondFactor()
                        ? new StatusText(Tone.OK, t("A code is asked for at each sign-in"))
                        : new StatusText(Tone.WARN, t("None: the password alone is enough")));
        if (status.secondFactor()) {
            known.fact(
                    t("Recovery codes"),
                    t("{0, plural, one {# code left} other {# codes left}}", status.recoveryCodes()));
        }
        facts.add(known);
        actions.add(small("password-change", t("Change password"), "key", this::askPassword));
        if (status.secondFactor()) {
            actions.add(
                    small("codes-new", t("New recovery codes"), "restart", this::askCodes),
                    small("totp-remove", t("Remove the app"), "trash", this::askRemove));
        } else {
            actions.add(small("totp-add", t("Add an authenticator app"), "plus", this::enrol));
        }
    }

    private static Button small(String id, String label, String icon, Runnable action) {
        var button = Actions.button(id, label, icon, action);
        button.addThemeVariants(ButtonVariant.SMALL);
        return button;
    }

    private void askPassword() {
        var now = password("password-now", t("Current password"), Autocomplete.CURRENT_PASSWORD);
        var next = password("password-next", t("New password"), Autocomplete.NEW_PASSWORD);
        next.setHelperText(t("At least 12 characters. A few words are easier to remember than symbols."));
        new Dialogs(
                        t("Change password"),
                        "password-save",
                        t("Change it"),
                        dialog -> background.run(
                                this,
                                () -> account.changePassword(
                                        SecretText.of(now.getValue()), SecretText.of(next.getValue())),
                                () -> {
                                    dialog.close();
                                    load();
                                },
                                dialog::refuse),
                        new Paragraph(t("All other sessions of your account end.")),
                        now,
                        next)
                .open();
        now.focus();
    }

    private static PasswordField password(String id, String label, Autocomplete purpose) {
        var field = new PasswordField(label);
        field.setId(id);
        field.setAutocomplete(purpose);
        field.setWidthFull();
        return field;
    }

    private void enrol() {
        background.call(this, account::startSecondFactor, this::show, problem::show);
    }

    private void show(MyAccount.Enrolment enrolment) {
        var code = new TextField(t("Code"));
        code.setId("totp-code");
        code.getElement().setAttribute("autocomplete", "one-time-code");
        code.setMaxLength(10);
        code.setWidthFull();
        var key = Facts.code(enrolment.key().reveal().replaceAll("(.{4})(?=.)", "$1 "));
        key.setId("totp-key");
        var line = new Div(key, new CopyButton(enrolment.key().reveal(), t("Copy key")));
        line.addClassName("croft-secret-line");
        new Dialogs(
                        t("Add an authenticator app"),
                        "totp-save",
                        t("Add it"),
                        dialog -> background.call(
                                this,
                                () -> account.finishSecondFactor(SecretText.of(code.getValue())),
                                codes -> {
                                    dialog.close();
                                    showOnce(codes);
                                    load();
                                },
                                dialog::refuse),
                        new Paragraph(
                                t("Scan this with the app, or type the key there. Then type the code that it shows.")),
                        QrCode.of(enrolment.uri().reveal(), t("QR code for the authenticator app")),
                        line,
                        code)
                .open();
        code.focus();
    }

    private void askCodes() {
        new Dialogs(
                        t("New recovery codes"),
                        "codes-make",
                        t("Make them"),
                        dialog -> background.call(
                                this,
                                account::newRecoveryCodes,
                                codes -> {
                                    dialog.close();
                                    showOnce(codes);
                                    load();
                                },
                                dialog::refuse),
                        new Paragraph(t("Those that you have stop working.")))
                .open();
    }

    private void askRemove() {
        new Dialogs(
                        t("Remove the authenticator app?"),
                        "totp-remove-confirm",
                        t("Remove it"),
                        dialog -> background.run(
                                this,
                                account::removeSecondFactor,
                                () -> {
                                    dialog.close();
                                    fresh.removeAll();
                                    load();
                                },
                                dialog::refuse),
                        new Paragraph(
                                t(
                                        "From then on whoever knows your password gets in. The recovery codes are removed too.")))
                .open();
    }

    private void showOnce(List<SecretText> codes) {
        var list = new OrderedList();
        list.setId("recovery-codes");
        list.addClassName("croft-codes");
        codes.forEach(code -> {
            var item = new ListItem(code.reveal());
            item.addClassName("croft-mono");
            list.add(item);
        });
        var copy = new CopyButton(
                codes.stream().map(SecretText::reveal).collect(Collectors.joining("\n")), t("Copy all codes"));
        fresh.removeAll();
        fresh.addClassName("croft-fresh-token");
        fresh.getElement().setAttribute("role", "status");
        fresh.add(
                new Paragraph(
                        t(
                                "Your recovery codes. Each stands in once for a code of the app. Keep them on paper, apart from the device with the app: Croft cannot show them again.")),
                list,
                copy);
    }
}
