package dev.croft.ui.backups;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.server.streams.DownloadHandler;
import com.vaadin.flow.server.streams.DownloadResponse;
import dev.croft.backups.Backups;
import dev.croft.backups.RecoveryKit;
import dev.croft.kernel.HostName;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Icons;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;

/** The recovery kit, to be printed or downloaded by an administrator who shows once more who they are. */
public final class KitDialog {

    private final Checkbox fresh = new Checkbox(t("With a new recovery key of this console's vault"));
    private final Div ready = new Div();
    private final Dialogs dialog;

    public KitDialog(HostName host, Backups backups, Background background, Component owner) {
        fresh.setId("kit-recovery-key");
        fresh.setHelperText(
                t("The one that you have on paper opens nothing any more. It cannot be shown a second time."));
        ready.setId("kit-ready");
        ready.addClassName("croft-stack");
        dialog = new Dialogs(
                t("Recovery kit"),
                "kit-make",
                t("Make it"),
                it -> background.call(owner, () -> backups.kit(host, fresh.getValue()), this::show, it::refuse),
                new Paragraph(
                        t(
                                "One page with all that is needed when this box, or this console, is gone: where the backups are, their passwords, and the commands that bring the data back without Croft. Keep it on paper, away from both. That you looked is written to the console's log.")),
                fresh,
                ready);
        dialog.orElse(t("Close"));
        dialog.addOpenedChangeListener(change -> {
            if (!change.isOpened()) {
                ready.removeAll();
            }
        });
    }

    public void open() {
        dialog.open();
    }

    private void show(RecoveryKit kit) {
        fresh.setVisible(false);
        byte[] page = KitPage.html(kit).getBytes(StandardCharsets.UTF_8);
        var print = new Anchor(resource(page, kit, true), "");
        print.add(Icons.of("open"), new Span(t("Open to print")));
        print.setTarget("_blank");
        print.setId("kit-print");
        var keep = new Anchor(resource(page, kit, false), "");
        keep.add(Icons.of("download"), new Span(t("Download")));
        keep.getElement().setAttribute("download", true);
        keep.setId("kit-download");
        for (Anchor each : new Anchor[] {print, keep}) {
            each.addClassName("croft-button-link");
        }
        print.addClassName("croft-primary");
        var links = new Div(print, keep);
        links.addClassName("croft-actions");
        ready.removeAll();
        ready.add(new Paragraph(t("It is ready. These links work until you close this.")), links);
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
