package dev.croft.ui.services;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import dev.croft.hostlink.HostCommand.MailRecord;
import dev.croft.kernel.Problem;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.BoxWords;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Tone;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The records that others look for before they take the box's mail: exactly what to publish, and what is there. */
final class MailRecordsTab extends Div implements ServicePage.Part<MailSeen> {

    private final MailView page;
    private final Button again = Actions.button("dns-again", t("Ask again"), "restart", this::ask);
    private final Div zones = new Div();
    private boolean asked;

    MailRecordsTab(MailView page) {
        this.page = page;
        addClassName("croft-stack");
        zones.addClassName("croft-stack");
        zones.setId("mail-dns");
        again.setDisableOnClick(true);
        again.setVisible(false);
        var hint = new Paragraph(
                t(
                        "Other servers ask the domain's zone whose mail this is. Publish these records where the zone is kept; the one of type PTR is set by whoever gave the box its address."));
        hint.addClassName("croft-hint");
        var actions = new Div(again);
        actions.addClassName("croft-actions");
        add(hint, zones, actions);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        asked = false;
    }

    @Override
    public void show(MailSeen now) {
        if (now.report() == null) {
            zones.removeAll();
            zones.add(new EmptyState(
                    "mail",
                    now.isNotOnTheBox() ? t("The records are not known yet") : t("The box was not asked"),
                    now.isNotOnTheBox()
                            ? t(
                                    "The key of the signature is made on the box, with the change that brings mail to it. Then its record stands here.")
                            : t("They show here as soon as it answers.")));
            again.setVisible(false);
        } else if (!asked) {
            ask();
        }
    }

    private void ask() {
        asked = true;
        zones.removeAll();
        zones.add(new StatusText(Tone.BUSY, t("Asking the name servers …")));
        page.background().call(this, () -> page.mail().records(page.host()), this::take, this::away);
    }

    private void away(Problem problem) {
        again.setVisible(true);
        again.setEnabled(true);
        zones.removeAll();
        zones.add(new ProblemPanel(problem));
    }

    private void take(List<MailRecord> all) {
        again.setVisible(true);
        again.setEnabled(true);
        zones.removeAll();
        if (all.isEmpty()) {
            zones.add(
                    new EmptyState(
                            "check",
                            t("No records are needed"),
                            t(
                                    "The box receives no mail, and what it sends is vouched for by its relay. Its provider tells what the sender's domain needs.")));
            return;
        }
        Map<String, List<MailRecord>> byDomain = new LinkedHashMap<>();
        all.forEach(each -> byDomain.computeIfAbsent(each.domain(), unused -> new ArrayList<>())
                .add(each));
        byDomain.forEach((domain, records) -> {
            var panel = new Panel(domain).with(summary(records));
            records.forEach(each -> panel.with(record(each)));
            panel.getElement().setAttribute("data-domain", domain);
            zones.add(panel);
        });
    }

    private static Component summary(List<MailRecord> records) {
        Map<Tone, Integer> counts = new TreeMap<>();
        records.forEach(each -> counts.merge(tone(each), 1, Integer::sum));
        int right = counts.getOrDefault(Tone.OK, 0);
        int unknown = counts.getOrDefault(Tone.IDLE, 0);
        String words = unknown == 0
                ? t("{0} of {1} are as they should be.", right, records.size())
                : t("{0} of {1} are as they should be; {2} could not be asked for.", right, records.size(), unknown);
        var summary = new Paragraph(words);
        summary.addClassName("croft-hint");
        return summary;
    }

    private static Component record(MailRecord record) {
        var mark = new StatusText(tone(record), t("{0}: {1}", title(record.purpose()), verdict(record)));
        var facts = new Facts().fact(t("Type"), record.type()).code(t("Name"), record.name());
        if (record.wanted().isEmpty()) {
            facts.fact(
                    t("Value"),
                    "address".equals(record.purpose()) ? t("the public address of this box") : t("not known yet"));
        } else {
            facts.code(t("Value"), record.wanted());
        }
        if (!Boolean.TRUE.equals(record.ok())) {
            if (record.ok() == null) {
                facts.fact(t("Found"), t("not known"));
            } else if (record.found().isEmpty()) {
                facts.fact(t("Found"), t("nothing"));
            } else {
                var found = new Div();
                record.found().forEach(each -> {
                    var line = new Div(Facts.code(each));
                    found.add(line);
                });
                facts.fact(t("Found"), found);
            }
        }
        var why = new Paragraph(BoxWords.of(record.why()));
        why.addClassName("croft-hint");
        var part = new Div(mark, facts, why);
        part.addClassName("croft-record");
        part.getElement().setAttribute("data-purpose", record.purpose());
        part.getElement().setAttribute("data-ok", String.valueOf(record.ok()));
        return part;
    }

    private static Tone tone(MailRecord record) {
        return record.ok() == null ? Tone.IDLE : record.ok() ? Tone.OK : Tone.BAD;
    }

    private static String verdict(MailRecord record) {
        if (record.ok() == null) {
            return t("could not be asked for");
        }
        return record.ok()
                ? t("as it should be")
                : record.found().isEmpty() ? t("missing") : t("something else is there");
    }

    private static String title(String purpose) {
        return switch (purpose) {
            case "mx" -> t("Where mail for the domain goes");
            case "spf" -> t("Who may send for the domain");
            case "dkim" -> t("The key of the signature");
            case "dmarc" -> t("What to do with what is not signed");
            case "ptr" -> t("The name of the address");
            case "address" -> t("The address of the server");
            default -> purpose;
        };
    }
}
