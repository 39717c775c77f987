package dev.croft.ui.settings;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Paragraph;
import dev.croft.access.Providers;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;

/** Asks before a provider is removed. */
public final class RemoveProviderDialog extends Dialogs {

    /** @param owner the page that it is opened on */
    public RemoveProviderDialog(
            Providers.Settings settings,
            Providers providers,
            Background background,
            Component owner,
            Runnable onRemoved) {
        super(
                t("Remove {0}?", settings.name()),
                "provider-remove",
                t("Remove"),
                dialog -> background.run(
                        owner,
                        () -> providers.remove(settings.id()),
                        () -> {
                            dialog.close();
                            onRemoved.run();
                        },
                        dialog::refuse),
                new Paragraph(t("Whoever signed in with it is signed out and cannot come back that way.")));
    }
}
