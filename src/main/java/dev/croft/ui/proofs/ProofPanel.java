package dev.croft.ui.proofs;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H3;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Pre;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import dev.croft.operations.Operation;
import dev.croft.proofs.Proofs.Standing;
import dev.croft.proofs.Verification;
import dev.croft.proofs.Verification.Difference;
import dev.croft.proofs.Verification.Outcome;
import dev.croft.proofs.Verification.Output;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Table;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The last verification, and the button that begins another. */
final class ProofPanel extends Div {

    private static final int MOST_SHOWN = 100;

    private final Button verify;
    private final Panel panel;

    ProofPanel(boolean mayOperate, Runnable begin) {
        verify = Actions.button("verify", t("Verify"), "check", begin);
        verify.setVisible(mayOperate);
        panel = new Panel(t("Proof"), verify);
        panel.setId("proof");
        panel.content(new StatusText(Tone.BUSY, t("Reading …")));
        add(panel);
    }

    /** @param underWay the one that runs or waits */
    void show(Optional<Standing> found, @Nullable Operation underWay) {
        verify.setEnabled(underWay == null);
        var body = new Div();
        body.addClassName("croft-stack");
        if (underWay != null) {
            body.add(
                    new StatusText(Tone.BUSY, t("Being verified …")),
                    new Anchor(Links.operation(underWay.id()), t("See how it goes")));
        }
        if (found.isEmpty()) {
            if (underWay == null) {
                body.add(
                        new EmptyState(
                                "search",
                                t("Not verified yet"),
                                t(
                                        "Verifying reads every byte again, builds once more what this box built, and compares. Nothing that runs changes; what those builds need may have to be downloaded.")));
            }
        } else {
            outcome(body, found.get());
        }
        panel.content(body);
    }

    private static void outcome(Div body, Standing standing) {
        Verification found = standing.verification();
        var state = new StatusText(ProofBadge.tone(Optional.of(standing)), ProofBadge.words(found.verdict()));
        state.setId("proof-verdict");
        state.getElement().setAttribute("data-verdict", found.verdict().name());
        body.add(state);
        if (Boolean.FALSE.equals(standing.current())) {
            var older = new Paragraph(t("This was found of an older version than the one that runs. Verify again."));
            older.addClassName("croft-hint");
            older.setId("proof-older");
            body.add(older);
        }
        body.add(new Facts()
                .fact(t("Found"), TimeText.clock(found.at()), new Anchor(Links.operation(found.operation()), t("Log")))
                .fact(
                        t("Read again"),
                        t("{0, plural, one {# path} other {# paths}}, {1}", found.paths(), Words.bytes(found.bytes())))
                .fact(t("Rebuilt byte for byte"), Words.number(found.rebuilt(), 0))
                .fact(t("Came out differently"), Words.number(found.differing(), 0))
                .fact(t("Not rebuilt"), Words.number(found.skipped(), 0))
                .fact(t("Signed by a binary cache"), Words.number(found.fetched(), 0))
                .fact(t("Named after their content"), Words.number(found.named(), 0)));
        if (!found.damaged().isEmpty()) {
            var list = new UnorderedList();
            found.damaged().stream()
                    .limit(MOST_SHOWN)
                    .forEach(path -> list.add(new com.vaadin.flow.component.html.ListItem(Facts.code(path))));
            body.add(
                    new H3(t("Not what was put into the store")),
                    new Paragraph(
                            t(
                                    "Somebody or a failing disk has changed these. On the box, “nix-store --repair-path” brings each back as it was.")),
                    list);
        }
        of(found, Outcome.DIFFERS).forEach(output -> body.add(differing(output)));
        List<Output> skipped = of(found, Outcome.SKIPPED);
        if (!skipped.isEmpty()) {
            var table = new Table(t("Not rebuilt"), List.of(t("Path"), t("Why")));
            skipped.stream()
                    .limit(MOST_SHOWN)
                    .forEach(output ->
                            table.row(Facts.code(output.path()), new Span(output.why() == null ? "" : output.why())));
            body.add(new H3(t("Not rebuilt")), table);
        }
    }

    private static List<Output> of(Verification found, Outcome outcome) {
        return found.outputs().stream()
                .filter(output -> output.outcome() == outcome)
                .toList();
    }

    private static Component differing(Output output) {
        var part = new Div(new H3(t("Came out differently")), Facts.code(output.path()));
        part.addClassNames("croft-stack", "croft-differing");
        part.getElement().setAttribute("data-path", output.path());
        var table = new Table(t("Files that differ"), List.of(t("File"), t("Before"), t("Again")));
        for (Difference file : output.files()) {
            table.row(Facts.code(file.file().isEmpty() ? "." : file.file()), side(file.before()), side(file.after()))
                    .getElement()
                    .setAttribute("data-file", file.file());
        }
        part.add(table);
        output.files().stream().filter(file -> file.lines() != null).forEach(file -> {
            var lines = new Pre(file.lines());
            lines.addClassName("croft-diff");
            lines.getElement().setAttribute("tabindex", "0");
            lines.getElement().setAttribute("role", "region");
            lines.getElement().setAttribute("aria-label", t("What differs in {0}", file.file()));
            part.add(lines);
        });
        if (output.more()) {
            var more = new Paragraph(t("There is more that differs than is shown."));
            more.addClassName("croft-hint");
            part.add(more);
        }
        return part;
    }

    private static Component side(Verification.@Nullable Side side) {
        if (side == null) {
            return new Span("–");
        }
        var text = new Span(Words.bytes(side.bytes()));
        if (side.sha256() != null) {
            text.setTitle(side.sha256());
            text.setText(Words.bytes(side.bytes()) + "  " + side.sha256().substring(0, 12));
        }
        return text;
    }
}
