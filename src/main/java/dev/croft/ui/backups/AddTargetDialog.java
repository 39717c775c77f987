package dev.croft.ui.backups;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import dev.croft.backups.Backups;
import dev.croft.backups.Backups.Added;
import dev.croft.kernel.HostName;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;

/** A new place for backups, and what is to be done on the other side for it. */
public final class AddTargetDialog {

    private final TargetForm form;
    private final Dialogs dialog;

    public AddTargetDialog(HostName host, Backups backups, Background background, Component owner, Runnable onAdded) {
        form = new TargetForm(host, backups, background);
        dialog = new Dialogs(
                t("Add a place for backups"),
                "target-add",
                t("Add"),
                it -> form.add(
                        owner,
                        added -> {
                            it.close();
                            onAdded.run();
                            tell(added);
                        },
                        it::refuse),
                form);
    }

    public void open() {
        dialog.open();
        form.focus();
    }

    private static void tell(Added added) {
        TargetForm.told(added)
                .ifPresent(body -> new Dialogs(
                                t("One thing more"),
                                "target-told",
                                t("Review the change"),
                                dialog -> {
                                    dialog.close();
                                    Actions.go(Links.CHANGES);
                                },
                                body)
                        .orElse(t("Later"))
                        .open());
    }
}
