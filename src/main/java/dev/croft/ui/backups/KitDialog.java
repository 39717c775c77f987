package dev.croft.ui.backups;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.server.streams.DownloadHandler;
import com.vaadin.flow.server.streams.DownloadResponse;
import dev.croft.backups.Backups;
import dev.croft.backups.RecoveryKit;
import dev.croft.kernel.HostName;
import dev.croft.kernel.SecretText;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Icons;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;

/** The recovery kit, to be printed or downloaded by an administrator who types their password once more. */
final class KitDialog {

    private final PasswordField password = new PasswordField("Your password");
    private final Checkbox fresh = new Checkbox("With a new recovery key of this console's vault");
    private final Div ready = new Div();
    private final Dialogs dialog;

    KitDialog(HostName host, Backups backups, Background background, Component owner) {
        password.setId("kit-password");
        password.setWidthFull();
        password.setAutofocus(true);
        fresh.setId("kit-recovery-key");
        fresh.setHelperText("The one that you have on paper opens nothing any more. It cannot be shown a second time.");
        ready.setId("kit-ready");
        ready.addClassName("croft-stack");
        dialog = new Dialogs(
                "Recovery kit",
                "kit-make",
                "Make it",
                it -> background.call(
                        owner,
                        () -> backups.kit(host, SecretText.of(password.getValue()), fresh.getValue()),
                        this::show,
                        refused -> {
                            password.clear();
                            it.refuse(refused);
                        }),
                new Paragraph(
                        "One page with all that is needed when this box, or this console, is gone: where the backups are, their passwords, and the commands that bring the data back without Croft. Keep it on paper, away from both. That you looked is written to the console's log."),
                password,
                fresh,
                ready);
        dialog.orElse("Close");
        dialog.addOpenedChangeListener(change -> {
            if (!change.isOpened()) {
                password.clear();
                ready.removeAll();
            }
        });
    }

    void open() {
        dialog.open();
    }

    private void show(RecoveryKit kit) {
        password.clear();
        password.setVisible(false);
        fresh.setVisible(false);
        byte[] page = KitPage.html(kit).getBytes(StandardCharsets.UTF_8);
        var print = new Anchor(resource(page, kit, true), "");
        print.add(Icons.of("open"), new Span("Open to print"));
        print.setTarget("_blank");
        print.setId("kit-print");
        var keep = new Anchor(resource(page, kit, false), "");
        keep.add(Icons.of("download"), new Span("Download"));
        keep.getElement().setAttribute("download", true);
        keep.setId("kit-download");
        for (Anchor each : new Anchor[] {print, keep}) {
            each.addClassName("croft-button-link");
        }
        print.addClassName("croft-primary");
        var links = new Div(print, keep);
        links.addClassName("croft-actions");
        ready.removeAll();
        ready.add(new Paragraph("It is ready. These links work until you close this."), links);
    }

    private static DownloadHandler resource(byte[] page, RecoveryKit kit, boolean inline) {
        var handler = DownloadHandler.fromInputStream(event -> new DownloadResponse(
                new ByteArrayInputStream(page),
                "croft-recovery-kit-" + kit.host().name() + ".html",
                "text/html; charset=utf-8",
                page.length));
        return inline ? handler.inline() : handler;
    }
}
