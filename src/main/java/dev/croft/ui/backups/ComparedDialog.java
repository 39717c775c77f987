package dev.croft.ui.backups;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import dev.croft.hostlink.HostCommand.ComparedDatabase;
import dev.croft.hostlink.HostCommand.ComparedFiles;
import dev.croft.hostlink.HostCommand.MailComparison;
import dev.croft.hostlink.HostCommand.RestoreComparison;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Table;
import dev.croft.ui.support.Words;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a copy holds, against the data or the mail in use. */
final class ComparedDialog {

    private ComparedDialog() {}

    static void open(RestoreComparison found) {
        var body = new Div(files(found.files()));
        if (!found.files().paths().isEmpty()) {
            var table = new Table(t("Files that differ"), List.of(t("File"), ""));
            found.files().paths().forEach(each -> table.row(Facts.code(each.path()), Table.text(word(each.kind()))));
            body.add(table);
        }
        found.databases().forEach(each -> body.add(database(each)));
        open(t("The copy of {0}, and its data", found.app()), body, found.path());
    }

    static void open(MailComparison found) {
        var table = new Table(
                t("Mailboxes"),
                List.of(
                        t("Mailbox"),
                        t("Messages in use"),
                        t("In the copy"),
                        t("New since"),
                        t("Deleted since"),
                        t("Changed")));
        found.mailboxes()
                .forEach(each -> table.row(
                        Facts.code(each.address()),
                        Table.text(count(each.live())),
                        Table.text(count(each.copy())),
                        Table.text(count(each.onlyLive())),
                        Table.text(count(each.onlyCopy())),
                        Table.text(count(each.changed()))));
        var body = new Div(table);
        if (!found.keys().isEmpty()) {
            var facts = new Facts();
            found.keys()
                    .forEach(each -> facts.fact(
                            t("Key {0}", each.name()),
                            each.same() ? t("the one in use") : t("another than the one in use")));
            body.add(facts);
        }
        open(t("The copy of the mail, and the mail in use"), body, found.path());
    }

    private static void open(String title, Div body, String path) {
        var dialog = new Dialog();
        dialog.setHeaderTitle(title);
        dialog.addClassName("croft-dialog");
        body.addComponentAsFirst(new Paragraph(t("As it was when the copy was made.")));
        body.add(new Facts().code(t("On the box"), path));
        body.addClassNames("croft-dialog-body", "croft-stack");
        body.setId("restore-compared");
        dialog.add(body);
        dialog.getFooter().add(new Button(t("Close"), click -> dialog.close()));
        dialog.open();
    }

    private static Facts files(ComparedFiles files) {
        return new Facts()
                .fact(t("The same"), t("{0, plural, one {# file} other {# files}}", files.same()))
                .fact(t("Changed since"), t("{0, plural, one {# file} other {# files}}", files.changed()))
                .fact(t("Only in use, new since"), t("{0, plural, one {# file} other {# files}}", files.onlyLive()))
                .fact(
                        t("Only in the copy, deleted since"),
                        t("{0, plural, one {# file} other {# files}}", files.onlyCopy()))
                .fact(
                        t("Size"),
                        t(
                                "{0} in use, {1} in the copy",
                                Words.bytes(files.liveBytes()), Words.bytes(files.copyBytes())));
    }

    private static String word(String kind) {
        return switch (kind) {
            case "changed" -> t("changed since");
            case "onlyLive" -> t("new since");
            default -> t("deleted since");
        };
    }

    private static Component database(ComparedDatabase database) {
        var table = new Table(
                t("Tables of {0}", database.database()),
                List.of(database.database(), t("Rows in use"), t("Rows in the copy")));
        database.tables()
                .forEach(each -> table.row(
                        Table.text(each.name()), Table.text(rows(each.live())), Table.text(rows(each.copy()))));
        var words = new Paragraph(t("The copy is loaded into the database {0}.", database.side()));
        words.addClassName("croft-hint");
        return new Div(table, words);
    }

    private static String count(long count) {
        return t("{0, number}", count);
    }

    private static String rows(@Nullable Long count) {
        return count == null ? t("no such table") : count(count);
    }
}
