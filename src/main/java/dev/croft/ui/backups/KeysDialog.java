package dev.croft.ui.backups;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Paragraph;
import dev.croft.backups.Backups;
import dev.croft.desired.HostState.Target;
import dev.croft.kernel.HostName;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;

/** A place gets other keys: they were mistyped, or its server has new ones. */
final class KeysDialog {

    private final Dialogs dialog;

    KeysDialog(
            HostName host,
            String name,
            Target target,
            Backups backups,
            Background background,
            Component view,
            Runnable onGiven) {
        var fields = new KeyFields(target.type());
        dialog = new Dialogs(
                t("Other keys for {0}", name),
                "target-keys-confirm",
                t("Use these"),
                it -> background.call(
                        view,
                        () -> backups.giveKeys(host, name, fields.typed()),
                        added -> {
                            fields.forget();
                            it.close();
                            onGiven.run();
                            TargetForm.told(added)
                                    .ifPresent(body -> new Dialogs(
                                                    t("One thing more"),
                                                    "target-keys-told",
                                                    t("Done"),
                                                    Dialogs::close,
                                                    body)
                                            .open());
                        },
                        it::refuse),
                new Paragraph(
                        t(
                                "The backups that are there stay, and the box uses these from the next run on. There is no change to apply.")),
                fields);
    }

    void open() {
        dialog.open();
    }
}
