package dev.croft.ui.backups;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.textfield.PasswordField;
import dev.croft.backups.Backups;
import dev.croft.hostlink.HostCommand.ComparedDatabase;
import dev.croft.hostlink.HostCommand.ComparedFiles;
import dev.croft.hostlink.HostCommand.RestoreComparison;
import dev.croft.hostlink.HostCommand.RestoredCopy;
import dev.croft.kernel.HostName;
import dev.croft.kernel.SecretText;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Table;
import dev.croft.ui.support.Words;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is done with a copy that lies beside an app's data. */
final class CopyDialogs {

    private CopyDialogs() {}

    static void compared(RestoreComparison found) {
        var dialog = new Dialog();
        dialog.setHeaderTitle("The copy of " + found.app() + ", and its data");
        dialog.addClassName("croft-dialog");
        var body = new Div(new Paragraph("As it was when the copy was made."), files(found.files()));
        body.addClassNames("croft-dialog-body", "croft-stack");
        body.setId("restore-compared");
        if (!found.files().paths().isEmpty()) {
            var table = new Table("Files that differ", List.of("File", ""));
            found.files().paths().forEach(each -> table.row(Facts.code(each.path()), Table.text(word(each.kind()))));
            body.add(table);
        }
        found.databases().forEach(each -> body.add(database(each)));
        body.add(new Facts().code("On the box", found.path()));
        dialog.add(body);
        dialog.getFooter().add(new Button("Close", click -> dialog.close()));
        dialog.open();
    }

    private static Facts files(ComparedFiles files) {
        return new Facts()
                .fact("The same", Words.plural(files.same(), "file"))
                .fact("Changed since", Words.plural(files.changed(), "file"))
                .fact("Only in use, new since", Words.plural(files.onlyLive(), "file"))
                .fact("Only in the copy, deleted since", Words.plural(files.onlyCopy(), "file"))
                .fact(
                        "Size",
                        Words.bytes(files.liveBytes()) + " in use, " + Words.bytes(files.copyBytes()) + " in the copy");
    }

    private static String word(String kind) {
        return switch (kind) {
            case "changed" -> "changed since";
            case "onlyLive" -> "new since";
            default -> "deleted since";
        };
    }

    private static Component database(ComparedDatabase database) {
        var table = new Table(
                "Tables of " + database.database(), List.of(database.database(), "Rows in use", "Rows in the copy"));
        database.tables()
                .forEach(each -> table.row(
                        Table.text(each.name()), Table.text(rows(each.live())), Table.text(rows(each.copy()))));
        var words = new Paragraph("The copy is loaded into the database " + database.side() + ".");
        words.addClassName("croft-hint");
        return new Div(table, words);
    }

    private static String rows(@Nullable Long count) {
        return count == null ? "no such table" : String.valueOf(count);
    }

    static void discard(
            HostName host,
            RestoredCopy copy,
            Backups backups,
            Background background,
            Component owner,
            Runnable onDone) {
        var password = new PasswordField("Your password");
        password.setId("discard-password");
        password.setWidthFull();
        password.setAutofocus(true);
        new Dialogs(
                        "Discard the copy of " + copy.app() + "?",
                        "discard-confirm",
                        "Discard",
                        dialog -> background.run(
                                owner,
                                () -> backups.discard(
                                        host, copy.app(), copy.snapshot(), SecretText.of(password.getValue())),
                                () -> {
                                    dialog.close();
                                    onDone.run();
                                },
                                refused -> {
                                    password.clear();
                                    dialog.refuse(refused);
                                }),
                        new Paragraph(
                                "Its files, and the databases it was loaded into, are deleted. The app's own data and the backup stay as they are."),
                        password)
                .open();
    }
}
