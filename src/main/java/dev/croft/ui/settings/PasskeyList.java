package dev.croft.ui.settings;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Composite;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.access.MyAccount;
import dev.croft.access.Passkeys;
import dev.croft.access.Passkeys.Passkey;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.ConsoleAddress;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.PasskeyPrompt;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.TimeText;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/** The passkeys of a local account: a new one, other names, and the way to be rid of one. */
final class PasskeyList extends Composite<Panel> {

    private static final int NAME_MOST = 64;

    private final Passkeys passkeys;
    private final MyAccount account;
    private final Background background;
    private final PasskeyPrompt prompt = new PasskeyPrompt();
    private final UnorderedList list = new UnorderedList();
    private final Paragraph none = new Paragraph(
            t("None yet. With a passkey you sign in by your finger, face or PIN instead of the password."));
    private final ProblemPanel problem = new ProblemPanel();
    private final Div actions = new Div();

    PasskeyList(Passkeys passkeys, MyAccount account, Background background) {
        this.passkeys = passkeys;
        this.account = account;
        this.background = background;
        list.addClassName("croft-rows");
        list.setId("passkeys");
        none.addClassName("croft-hint");
        actions.addClassName("croft-actions");
        var add = Actions.button("passkey-add", t("Add a passkey"), "plus", this::begin);
        add.addThemeVariants(ButtonVariant.SMALL);
        actions.add(add);
    }

    @Override
    protected Panel initContent() {
        var panel = new Panel(t("Passkeys")).with(problem, none, list, prompt, actions);
        // Until it is known that no provider keeps them.
        panel.setVisible(false);
        return panel;
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        load();
    }

    private void load() {
        background.call(
                this,
                () -> account.status().provider() == null
                        ? Optional.of(passkeys.mine())
                        : Optional.<List<Passkey>>empty(),
                found -> {
                    getContent().setVisible(found.isPresent());
                    found.ifPresent(this::render);
                },
                problem::show);
    }

    private void render(List<Passkey> found) {
        problem.clear();
        list.removeAll();
        none.setVisible(found.isEmpty());
        found.forEach(each -> list.add(row(each)));
    }

    private ListItem row(Passkey passkey) {
        var title = new Div(passkey.name());
        title.addClassName("croft-row-title");
        var used = passkey.usedAt();
        var under = new Div(
                new Span(t("for {0}", passkey.site())),
                rich("added {0}", TimeText.ago(passkey.addedAt())),
                used == null ? new Span(t("not used yet")) : rich("last used {0}", TimeText.ago(used)));
        under.addClassName("croft-row-under");
        var words = new Div(title, under);
        words.addClassName("croft-row-words");
        var row = new ListItem(
                words,
                Actions.ofRow(t("Rename"), "tag", t("Rename the passkey {0}", passkey.name()), () -> askName(passkey)),
                Actions.ofRow(
                        t("Remove"), "trash", t("Remove the passkey {0}", passkey.name()), () -> askRemove(passkey)));
        row.addClassName("croft-row");
        row.getElement().setAttribute("data-passkey", passkey.name());
        return row;
    }

    private void begin() {
        URI page = ConsoleAddress.of(UI.getCurrent());
        background.call(this, () -> passkeys.begin(page), this::askNew, problem::show);
    }

    private void askNew(String options) {
        TextField name = name("");
        new Dialogs(
                        t("Add a passkey"),
                        "passkey-make",
                        t("Go on in the browser"),
                        dialog -> prompt.create(
                                options,
                                answer -> background.call(
                                        this,
                                        () -> passkeys.finish(name.getValue(), answer),
                                        made -> {
                                            dialog.close();
                                            load();
                                        },
                                        dialog::refuse),
                                dialog::refuse),
                        new Paragraph(
                                t(
                                        "Your browser asks where to keep it: on this device, on your phone, or on a security key. It is good for this address of the console only.")),
                        name)
                .open();
        name.focus();
    }

    private void askName(Passkey passkey) {
        TextField name = name(passkey.name());
        new Dialogs(
                        t("Rename the passkey"),
                        "passkey-rename",
                        t("Rename"),
                        dialog -> background.call(
                                this,
                                () -> passkeys.rename(passkey.id(), name.getValue()),
                                renamed -> {
                                    dialog.close();
                                    load();
                                },
                                dialog::refuse),
                        name)
                .open();
        name.focus();
    }

    private static TextField name(String value) {
        var field = new TextField(t("Name"));
        field.setId("passkey-name");
        field.setHelperText(t("What keeps it, such as “Phone”."));
        field.setValue(value);
        field.setMaxLength(NAME_MOST);
        field.setWidthFull();
        return field;
    }

    private void askRemove(Passkey passkey) {
        new Dialogs(
                        t("Remove the passkey {0}?", passkey.name()),
                        "passkey-remove",
                        t("Remove"),
                        dialog -> background.run(
                                this,
                                () -> passkeys.remove(passkey.id()),
                                () -> {
                                    dialog.close();
                                    load();
                                },
                                dialog::refuse),
                        new Paragraph(
                                t(
                                        "It signs nobody in any more. Delete it on the device too, or that keeps offering it.")))
                .open();
    }
}
