package dev.croft.ui.settings;

import static dev.croft.ui.support.Texts.inContext;
import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Composite;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.kernel.SecretText;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.RecoveryKeyNote;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import dev.croft.vault.Vault;
import java.util.function.Supplier;

/** The vault's keys: what protects them, the recovery key, new ones for everything. */
final class VaultPanel extends Composite<Panel> {

    private final Vault vault;
    private final Background background;
    private final boolean mayAdminister;
    private final ProblemPanel problem = new ProblemPanel();
    private final Div facts = new Div();
    private final Div fresh = new Div();
    private final Div actions = new Div();

    VaultPanel(Vault vault, Background background, boolean mayAdminister) {
        this.vault = vault;
        this.background = background;
        this.mayAdminister = mayAdminister;
        actions.addClassName("croft-actions");
    }

    @Override
    protected Panel initContent() {
        var panel = new Panel(t("Vault"));
        panel.setId("vault");
        var words = new Paragraph(t("Where this console keeps the values of secrets, encrypted."));
        words.addClassName("croft-hint");
        return panel.with(words, problem, facts, fresh, actions);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        load();
    }

    private void load() {
        background.call(this, vault::status, this::render, problem::show);
    }

    private void render(Vault.Status status) {
        problem.clear();
        if (status.locked() != null) {
            problem.show(status.locked());
        }
        boolean open = status.locked() == null;
        Component recovery = status.recoveryMadeAt() == null
                ? new StatusText(Tone.WARN, t("None yet: if the key file is lost, so are the values"))
                : rich("made {0} by {1}", TimeText.ago(status.recoveryMadeAt()), status.recoveryMadeBy());
        facts.removeAll();
        facts.add(new Facts()
                .fact(
                        t("State"),
                        new StatusText(open ? Tone.OK : Tone.BAD, open ? inContext("state", "Open") : t("Locked")))
                .fact(t("Holds"), t("{0, plural, one {# secret} other {# secrets}}", status.secrets()))
                .fact(
                        t("Protected by"),
                        status.passphrase()
                                ? t("the passphrase in {0}", status.keyPath())
                                : t("the key file {0}", status.keyPath()))
                .code(t("Data key"), status.keyId())
                .fact(t("Recovery key"), recovery));
        actions.removeAll();
        if (mayAdminister && open) {
            actions.add(
                    small("vault-recovery-new", t("New recovery key"), "key", this::askRecovery),
                    small("vault-reencrypt", t("Change all keys"), "restart", this::askReencrypt));
        } else if (mayAdminister) {
            actions.add(small("vault-unlock", t("Unlock with the recovery key"), "key", this::askUnlock));
        }
    }

    private static Button small(String id, String label, String icon, Runnable action) {
        var button = Actions.button(id, label, icon, action);
        button.addThemeVariants(ButtonVariant.SMALL);
        return button;
    }

    private void askRecovery() {
        confirmed(
                t("New recovery key"),
                t("Make it"),
                t("The one that you have on paper opens nothing any more."),
                vault::newRecoveryKey);
    }

    private void askReencrypt() {
        confirmed(
                t("Change all keys"),
                t("Change them"),
                t(
                        "Every value is encrypted anew, with new keys and a new recovery key. Do this when somebody may have seen the key file. The values themselves stay: replace those that were seen."),
                vault::reencrypt);
    }

    private void confirmed(String title, String label, String words, Supplier<SecretText> change) {
        new Dialogs(
                        title,
                        "vault-confirm",
                        label,
                        dialog -> background.call(
                                this,
                                change,
                                key -> {
                                    dialog.close();
                                    fresh.removeAll();
                                    fresh.add(new RecoveryKeyNote(key));
                                    load();
                                },
                                dialog::refuse),
                        new Paragraph(words))
                .open();
    }

    private void askUnlock() {
        var key = new TextField(t("Recovery key"));
        key.setId("vault-recovery");
        key.setPlaceholder("XXXX-XXXX-…");
        key.setWidthFull();
        key.setAutofocus(true);
        key.addClassName("croft-mono");
        key.getElement().setAttribute("autocomplete", "off");
        new Dialogs(
                        t("Unlock the vault"),
                        "vault-confirm",
                        t("Unlock"),
                        dialog -> background.run(
                                this,
                                () -> vault.unlock(SecretText.of(key.getValue())),
                                () -> {
                                    dialog.close();
                                    load();
                                },
                                dialog::refuse),
                        new Paragraph(t("Nine groups of four, from the paper. A new key file is written.")),
                        key)
                .open();
    }
}
