package dev.croft.ui.backups;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.radiobutton.RadioButtonGroup;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.data.renderer.ComponentRenderer;
import dev.croft.backups.Backups;
import dev.croft.hostlink.HostCommand.Backup;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
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
    private final Span lost = new Span();
    private final HostName host;
    private final String target;
    private final Backup found;
    private final TextArea mailboxes = new TextArea(t("Only these mailboxes"));
    private final Backups backups;
    private final Dialogs dialog;

    RestoreDialog(
            HostName host,
            String target,
            Backup found,
            Backups backups,
            Background background,
            Component view,
            boolean mayAdminister) {
        this.host = host;
        this.target = target;
        this.found = found;
        boolean ofMail = found.app() == null;
        this.backups = backups;
        inPlace.setId("restore-mode");
        inPlace.setLabel(t("Where to"));
        inPlace.setItems(false, true);
        inPlace.setItemLabelGenerator(each -> title(each, ofMail));
        inPlace.setRenderer(new ComponentRenderer<>(each -> option(each, ofMail, mayAdminister)));
        inPlace.setItemEnabledProvider(each -> !each || mayAdminister);
        inPlace.setValue(false);
        inPlace.addClassName("croft-choice");
        var since = TimeText.elapsed(found.time(), null);
        lost.add(
                ofMail
                        ? rich("Set aside: what came in since, in {0}", since)
                        : rich("Set aside: what {0} wrote since, in {1}", found.app(), since));
        lost.addClassName("croft-lost");
        lost.setId("restore-lost");
        lost.setVisible(false);
        mailboxes.setId("restore-mailboxes");
        mailboxes.setHelperText(
                t("One address a line. Leave empty for all of them, and the keys that mail is signed with."));
        mailboxes.addClassName("croft-mono");
        mailboxes.setWidthFull();
        mailboxes.setVisible(ofMail);
        inPlace.addValueChangeListener(change -> lost.setVisible(change.getValue()));
        var which = new Paragraph(rich(
                "The backup of {0}, {1}, from {2}.", TimeText.clock(found.time()), Words.bytes(found.bytes()), target));
        dialog = new Dialogs(
                ofMail ? t("Restore the mail") : t("Restore {0}", found.app()),
                "restore-confirm",
                t("Restore"),
                it -> background.call(
                        view,
                        this::start,
                        operation -> {
                            it.close();
                            Actions.go(Links.operation(operation.id()));
                        },
                        it::refuse),
                which,
                inPlace,
                mailboxes,
                lost);
    }

    private Operation start() {
        AppName app = found.app();
        KeptBackup backup = app == null
                ? KeptBackup.ofMail(
                        target,
                        found.id(),
                        mailboxes
                                .getValue()
                                .lines()
                                .map(String::strip)
                                .filter(line -> !line.isEmpty())
                                .toList())
                : KeptBackup.of(target, found.id(), app);
        return inPlace.getValue() ? backups.restore(host, backup) : backups.restoreCopy(host, backup);
    }

    void open() {
        dialog.open();
    }

    private static String title(boolean inPlace, boolean ofMail) {
        if (ofMail) {
            return inPlace ? t("In the place of the mail") : t("Beside the mail");
        }
        return inPlace ? t("In the place of the data") : t("Beside the data");
    }

    private static Div option(boolean inPlace, boolean ofMail, boolean mayAdminister) {
        var title = new Span(title(inPlace, ofMail));
        title.addClassName("croft-choice-title");
        String words;
        if (ofMail) {
            words = inPlace
                    ? t(
                            "The mail server stops for a moment, and starts with the mailboxes of the backup; what comes in meanwhile waits. What is in them now is kept.")
                    : t(
                            "A copy of the mailboxes, which nobody sees. You get to know what differs. Nothing is lost; it takes room on the disk until you discard it.");
        } else {
            words = inPlace
                    ? t(
                            "The app stops for a moment, and starts with the data of the backup: files and databases. If it is not healthy then, all goes back. What it has now is kept as a snapshot.")
                    : t(
                            "A copy of files and databases, which the app does not see. You get to know what differs. Nothing is lost; it takes room on the disk until you discard it.");
        }
        var under = new Span(inPlace && !mayAdminister ? words + " " + t("Only an administrator may do this.") : words);
        under.addClassName("croft-hint");
        return new Div(title, under);
    }
}
