package dev.croft.ui.backups;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import dev.croft.hostlink.HostCommand.RestoreTest;
import dev.croft.hostlink.HostCommand.TestedBackup;
import dev.croft.hostlink.HostCommand.TestedMail;
import dev.croft.kernel.Problem;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Table;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import java.util.List;

/** What a restore test found, app by app. */
final class TestReportDialog extends Dialog {

    TestReportDialog(String target, RestoreTest test) {
        setHeaderTitle(t("What {0} has, tried", target));
        addClassName("croft-dialog");
        var when = new Paragraph(rich(
                "Tried {0}: every byte was fetched and compared with what the repository says of it, then thrown away.",
                TimeText.ago(test.time())));
        var table = new Table(t("Restore test"), List.of(t("Of"), t("Backup of"), t("Size"), t("Held"), t("Outcome")));
        test.apps()
                .forEach(each -> table.row(
                        new Anchor(Links.app(each.app()), each.app().value()),
                        new Span(TimeText.clock(each.time())),
                        Table.text(Words.bytes(each.bytes())),
                        Table.text(tables(each)),
                        outcome(each)));
        TestedMail mail = test.mail();
        if (mail != null) {
            table.row(
                    new Anchor(Links.MAIL, t("Mail")),
                    new Span(TimeText.clock(mail.time())),
                    Table.text(Words.bytes(mail.bytes())),
                    Table.text(t(
                            "{0, plural, one {# mailbox} other {# mailboxes}}, {1, plural, one {# message} other {# messages}}, {2, plural, one {# key} other {# keys}}",
                            mail.mailboxes(),
                            mail.messages(),
                            mail.keys())),
                    mail.problem() == null
                            ? new StatusText(Tone.OK, t("Every message and every key is there"))
                            : failed(mail.problem()));
        }
        var body = new Div(when, table);
        body.addClassNames("croft-dialog-body", "croft-stack");
        body.setId("test-report");
        add(body);
        getFooter().add(new Button(t("Close"), click -> close()));
    }

    private static String tables(TestedBackup tested) {
        return tested.tables() == null
                ? "–"
                : t(
                        "{0, plural, one {# table} other {# tables}}, {1, plural, one {# row} other {# rows}}",
                        tested.tables().count(),
                        tested.tables().rows());
    }

    private static Component outcome(TestedBackup tested) {
        if (tested.problem() != null) {
            return failed(tested.problem());
        }
        return tested.started()
                ? new StatusText(Tone.OK, t("It started, and is healthy"))
                : new Div(
                        new StatusText(Tone.OK, t("Its data came back whole")),
                        new Div(t("Not started: {0}", tested.why() == null ? "" : tested.why())));
    }

    private static Component failed(Problem problem) {
        return new Div(new StatusText(Tone.BAD, problem.what()), new Div(problem.why()));
    }
}
