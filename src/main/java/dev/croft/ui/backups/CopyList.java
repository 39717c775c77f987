package dev.croft.ui.backups;

import static dev.croft.ui.support.Texts.mark;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Composite;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import dev.croft.backups.Backups;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Rights;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Copies that lie beside the data of apps, and beside the mail: what they hold, and the way to be rid of them. */
final class CopyList extends Composite<Div> {

    private final HostName host;
    private final Backups backups;
    private final Background background;
    private final Rights rights;
    private final Runnable onDiscarded;
    private final Consumer<Problem> onProblem;

    CopyList(
            HostName host,
            Backups backups,
            Background background,
            Rights rights,
            Runnable onDiscarded,
            Consumer<Problem> onProblem) {
        this.host = host;
        this.backups = backups;
        this.background = background;
        this.rights = rights;
        this.onDiscarded = onDiscarded;
        this.onProblem = onProblem;
    }

    void show(List<Left> found) {
        getContent().addClassName("croft-left");
        getContent().removeAll();
        getContent()
                .add(Left.rows(
                        t("Restored to be looked at. Nothing that runs sees them; they take room on the disk."),
                        found,
                        this::buttons));
    }

    private List<Button> buttons(Left copy) {
        var buttons = new ArrayList<Button>();
        if (copy.mayOperate(rights)) {
            buttons.add(RowButton.of(mark("Compare"), "compare", copy.owner(), () -> compare(copy)));
        }
        if (copy.mayAdminister(rights)) {
            buttons.add(RowButton.of(mark("Discard"), "trash", copy.owner(), () -> askDiscard(copy)));
        }
        return buttons;
    }

    private void compare(Left copy) {
        AppName app = copy.app();
        if (app == null) {
            background.call(
                    (Component) this, () -> backups.comparedMail(host, copy.id()), ComparedDialog::open, onProblem);
        } else {
            background.call(
                    (Component) this, () -> backups.compared(host, app, copy.id()), ComparedDialog::open, onProblem);
        }
    }

    private void askDiscard(Left copy) {
        new Dialogs(
                        copy.app() == null
                                ? t("Discard the copy of the mail?")
                                : t("Discard the copy of {0}?", copy.app()),
                        "discard-confirm",
                        t("Discard"),
                        dialog -> background.run(
                                (Component) this,
                                () -> backups.discard(host, copy.app(), copy.id()),
                                () -> {
                                    dialog.close();
                                    onDiscarded.run();
                                },
                                dialog::refuse),
                        new Paragraph(
                                copy.app() == null
                                        ? t(
                                                "Its messages are deleted. The mail in use and the backup stay as they are.")
                                        : t(
                                                "Its files, and the databases it was loaded into, are deleted. The app's own data and the backup stay as they are.")))
                .open();
    }
}
