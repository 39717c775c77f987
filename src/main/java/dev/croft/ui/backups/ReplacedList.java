package dev.croft.ui.backups;

import static dev.croft.ui.support.Texts.mark;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Composite;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.textfield.Autocomplete;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.backups.Backups;
import dev.croft.kernel.HostName;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Rights;
import java.util.List;

/** What apps and the mail had until a backup took its place: the way back, and the way to be rid of it. */
public final class ReplacedList extends Composite<Div> {

    private final HostName host;
    private final Backups backups;
    private final Background background;
    private final Rights rights;
    private final Runnable onDropped;

    public ReplacedList(HostName host, Backups backups, Background background, Rights rights, Runnable onDropped) {
        this.host = host;
        this.backups = backups;
        this.background = background;
        this.rights = rights;
        this.onDropped = onDropped;
    }

    public void show(List<Left> found) {
        getContent().addClassName("croft-left");
        getContent().removeAll();
        getContent()
                .add(Left.rows(
                        t(
                                "A restored backup took its place. It stays until you go back to it or delete it; it takes room on the disk."),
                        found,
                        each -> each.mayAdminister(rights)
                                ? List.of(
                                        RowButton.of(mark("Go back"), "restart", each.owner(), () -> askUndo(each)),
                                        RowButton.of(mark("Delete"), "trash", each.owner(), () -> askDrop(each)))
                                : List.of()));
        setVisible(!found.isEmpty());
    }

    private void askUndo(Left data) {
        new Dialogs(
                        data.app() == null
                                ? t("Go back to the mail from before?")
                                : t("Go back to what {0} had?", data.app()),
                        "undo-confirm",
                        t("Go back"),
                        dialog -> background.call(
                                (Component) this,
                                () -> backups.undoRestore(host, data.app(), data.id()),
                                operation -> {
                                    dialog.close();
                                    Actions.go(Links.operation(operation.id()));
                                },
                                dialog::refuse),
                        new Paragraph(back(data)))
                .open();
    }

    private static String back(Left data) {
        return data.app() == null
                ? t(
                        "The mail server stops for a moment, and starts with the mailboxes that it had before the restore. What they have now is kept in turn, beside the mail.")
                : t(
                        "The app stops for a moment, and starts with the files and databases that it had before the restore. If it is not healthy then, all stays as it is. What it has now is kept in turn, so this can be undone as well.");
    }

    private void askDrop(Left data) {
        var typed = new TextField(t("Type {0} to confirm", data.key()));
        typed.setId("replaced-name");
        typed.setWidthFull();
        typed.setAutocomplete(Autocomplete.OFF);
        new Dialogs(
                        data.app() == null ? t("Delete the mail from before?") : t("Delete what {0} had?", data.app()),
                        "replaced-confirm",
                        t("Delete"),
                        dialog -> background.run(
                                (Component) this,
                                () -> backups.dropReplaced(
                                        host,
                                        data.app(),
                                        data.id(),
                                        typed.getValue().strip()),
                                () -> {
                                    dialog.close();
                                    onDropped.run();
                                },
                                dialog::refuse),
                        new Paragraph(
                                data.app() == null
                                        ? t(
                                                "The restore cannot be undone then. What came in between that backup and the restore is in no other place, unless a later backup has it.")
                                        : t(
                                                "The restore cannot be undone then. What the app wrote between that backup and the restore is in no other place, unless a later backup has it.")),
                        typed)
                .open();
    }
}
