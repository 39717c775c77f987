package dev.croft.ui.backups;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.radiobutton.RadioButtonGroup;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.data.renderer.ComponentRenderer;
import dev.croft.backups.Backups;
import dev.croft.hostlink.HostCommand.Backup;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.SecretText;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations.KeptBackup;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Words;

/** A backup comes back: beside the data, where nothing is lost, or in its place; what each costs stands beside it. */
final class RestoreDialog {

    private final RadioButtonGroup<Boolean> inPlace = new RadioButtonGroup<>();
    private final PasswordField password = new PasswordField("Your password");
    private final Span lost = new Span();
    private final HostName host;
    private final KeptBackup backup;
    private final Backups backups;
    private final Dialogs dialog;

    RestoreDialog(
            HostName host,
            String target,
            AppName app,
            Backup found,
            Backups backups,
            Background background,
            Component owner,
            boolean mayAdminister) {
        this.host = host;
        this.backup = new KeptBackup(target, found.id(), app);
        this.backups = backups;
        inPlace.setId("restore-mode");
        inPlace.setLabel("Where to");
        inPlace.setItems(false, true);
        inPlace.setItemLabelGenerator(each -> each ? "In the place of the data" : "Beside the data");
        inPlace.setRenderer(new ComponentRenderer<>(each -> option(each, mayAdminister)));
        inPlace.setItemEnabledProvider(each -> !each || mayAdminister);
        inPlace.setValue(false);
        inPlace.addClassName("croft-choice");
        lost.add(new Span("Lost: what " + app + " wrote since, in "), TimeText.elapsed(found.time(), null));
        lost.addClassName("croft-lost");
        lost.setId("restore-lost");
        lost.setVisible(false);
        password.setId("restore-password");
        password.setWidthFull();
        password.setVisible(false);
        inPlace.addValueChangeListener(change -> {
            lost.setVisible(change.getValue());
            password.setVisible(change.getValue());
        });
        var which = new Paragraph(
                new Span("The backup of "),
                TimeText.clock(found.time()),
                new Span(", " + Words.bytes(found.bytes()) + ", from " + target + "."));
        dialog = new Dialogs(
                "Restore " + app,
                "restore-confirm",
                "Restore",
                it -> background.call(
                        owner,
                        this::start,
                        operation -> {
                            it.close();
                            Actions.go(Links.operation(operation.id()));
                        },
                        refused -> {
                            password.clear();
                            it.refuse(refused);
                        }),
                which,
                inPlace,
                lost,
                password);
    }

    private Operation start() {
        return inPlace.getValue()
                ? backups.restore(host, backup, SecretText.of(password.getValue()))
                : backups.restoreCopy(host, backup);
    }

    void open() {
        dialog.open();
    }

    private static Div option(boolean inPlace, boolean mayAdminister) {
        var title = new Span(inPlace ? "In the place of the data" : "Beside the data");
        title.addClassName("croft-choice-title");
        String words = inPlace
                ? "The app stops for a moment, and starts with the data of the backup: files and databases. If it is not healthy then, all goes back. What it has now is kept as a snapshot."
                        + (mayAdminister ? "" : " Only an administrator may do this.")
                : "A copy of files and databases, which the app does not see. You get to know what differs. Nothing is lost; it takes room on the disk until you discard it.";
        var under = new Span(words);
        under.addClassName("croft-hint");
        return new Div(title, under);
    }
}
