package dev.croft.ui.services;

import static dev.croft.ui.support.Texts.inContext;
import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.EmailField;
import dev.croft.desired.HostState.Mail;
import dev.croft.desired.HostState.MailRelay;
import dev.croft.desired.HostState.MailServer;
import dev.croft.desired.HostState.Security;
import dev.croft.hostlink.HostCommand.MailOutcome;
import dev.croft.hostlink.HostCommand.MailReport;
import dev.croft.hostlink.HostCommand.MailSender;
import dev.croft.hostlink.HostCommand.RelayInForce;
import dev.croft.kernel.AppName;
import dev.croft.kernel.Problem;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Table;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import dev.croft.vault.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** How mail leaves the box and comes to it, who sends, and whether a message really arrives. */
final class MailOverviewTab extends Div implements ServicePage.Part<MailSeen> {

    private final MailView page;
    private final Panel relay = new Panel(t("Sending"));
    private final Panel server = new Panel(t("Receiving"));
    private final ServiceSecretsPanel stored;
    private final Panel senders = new Panel(t("Apps that send"));
    private final Panel test = new Panel(t("Test message"));
    private final EmailField to = new EmailField(t("To"));
    private final Select<Optional<AppName>> from = new Select<>();
    private final Button send;
    private final Div outcome = new Div();
    private final ProblemPanel refusal = new ProblemPanel();

    MailOverviewTab(MailView page) {
        this.page = page;
        addClassName("croft-stack");
        relay.setId("mail-relay");
        server.setId("mail-server");
        senders.setId("mail-senders");
        test.setId("mail-test");
        var cards = new Div(relay, server);
        cards.addClassName("croft-cards");
        stored = page.secretsPanel();
        send = Actions.primary("mail-test-send", t("Send"), "mail", this::send);
        send.setDisableOnClick(true);
        test.with(testForm());
        add(cards, stored, senders, test);
    }

    private Component testForm() {
        to.setId("mail-test-to");
        to.setPlaceholder("ada@example.org");
        to.setHelperText(t("An address elsewhere tells most."));
        from.setId("mail-test-from");
        from.setLabel(inContext("sender", "As"));
        from.setItemLabelGenerator(
                each -> each.map(app -> t("the app {0}", app)).orElse(t("the box itself")));
        from.setItems(Optional.empty());
        from.setValue(Optional.empty());
        outcome.setId("mail-test-outcome");
        outcome.addClassName("croft-stack");
        outcome.getElement().setAttribute("role", "status");
        var row = new Div(to, from);
        row.addClassName("croft-field-row");
        var actions = new Div(send);
        actions.addClassName("croft-actions");
        var hint = new Paragraph(
                t(
                        "A real message goes the way that mail of the apps goes. Croft waits up to half a minute for what becomes of it."));
        hint.addClassName("croft-hint");
        var fields = new Div(hint, row, actions, refusal, outcome);
        fields.addClassNames("croft-fields", "croft-form");
        return fields;
    }

    @Override
    public void show(MailSeen now) {
        relay.content(relay(now));
        server.content(server(now));
        if (stored.isAttached()) {
            stored.load();
        }
        MailReport report = now.report();
        senders.setVisible(report != null);
        test.setVisible(report != null && page.mayOperate());
        if (report != null) {
            senders.content(senders(report.senders()));
            choose(report.senders());
        }
    }

    private void choose(List<MailSender> known) {
        List<Optional<AppName>> all = new ArrayList<>();
        all.add(Optional.empty());
        known.forEach(each -> all.add(Optional.of(each.app())));
        Optional<AppName> before = from.getValue();
        from.setItems(all);
        from.setValue(before != null && all.contains(before) ? before : Optional.empty());
    }

    // ---- how it leaves

    private Component[] relay(MailSeen now) {
        MailRelay wanted = now.relay();
        List<Component> all = new ArrayList<>();
        MailReport report = now.report();
        RelayInForce inForce = report == null ? null : report.relay();
        if (wanted == null) {
            if (report != null && inForce != null) {
                all.add(new StatusText(Tone.WARN, t("Still through {0}, until the change is applied", inForce.host())));
            }
            all.add(
                    hint(
                            now.server() == null
                                    ? t("Nothing is sent.")
                                    : t(
                                            "Straight to the receivers' own servers. Whether port 25 is open to the outside, and whether others trust the box's address, its provider decides: a test message tells.")));
            action(all, "mail-relay-add", t("Use a relay"), "plus", () -> MailDialog.relay(page, now));
            return gathered(all);
        }
        if (report != null || now.isNotOnTheBox()) {
            boolean there = new RelayInForce(wanted.host(), wanted.portOrDefault(), wanted.user()).equals(inForce);
            all.add(
                    there
                            ? new StatusText(Tone.OK, t("Through a relay"))
                            : new StatusText(Tone.WARN, t("Comes with the next change that is applied")));
        }
        var facts = new Facts()
                .code(t("Relay"), wanted.address())
                .fact(
                        t("Encryption"),
                        wanted.securityOrDefault() == Security.TLS
                                ? t("TLS from the start")
                                : t("STARTTLS; without it, nothing is sent"))
                .fact(t("User"), wanted.user() == null ? t("none; the relay asks for no password") : wanted.user());
        if (wanted.user() != null) {
            facts.fact(t("Password"), password(now.stored()));
        }
        all.add(facts);
        action(all, "mail-relay-change", inContext("verb", "Change"), "settings", () -> MailDialog.relay(page, now));
        action(
                all,
                "mail-relay-remove",
                t("Remove"),
                "trash",
                () -> askRemove(
                        t("Remove the relay?"),
                        now.server() == null
                                ? t("The box then has no mail: apps that send have to be detached first.")
                                : t("Mail then goes straight to the receivers' own servers."),
                        mail -> mail.withRelay(null)));
        return gathered(all);
    }

    /** What is known of it: never the value. */
    private static Component password(@Nullable Secret known) {
        if (known == null || (known.bytes() == null && known.box() != Secret.Presence.IN_GIT)) {
            return new StatusText(Tone.BAD, t("Missing: no change is applied without it"));
        }
        String where = switch (known.box()) {
            case THERE -> t("stored");
            case OTHER -> t("another one on the box than here");
            case MISSING -> t("stored here; the box gets it with the next change");
            case IN_GIT -> t("In git (sops): the box opens it");
            case UNKNOWN -> t("stored here; whether the box has it is not known");
        };
        return known.changedAt() == null || known.box() == Secret.Presence.IN_GIT
                ? new Span(where)
                : rich("{0}, set {1}", where, TimeText.ago(known.changedAt()));
    }

    // ---- how it comes

    private Component[] server(MailSeen now) {
        MailServer wanted = now.server();
        List<Component> all = new ArrayList<>();
        MailReport report = now.report();
        if (wanted == null) {
            if (report != null && report.server() != null) {
                all.add(new StatusText(Tone.WARN, t("Still receives, until the change is applied")));
            }
            all.add(
                    hint(
                            t(
                                    "Nothing is received here. A mail server of the box's own has mailboxes and aliases, and wants a few records in the domain's zone.")));
            action(all, "mail-server-add", t("Receive mail here"), "plus", () -> MailDialog.server(page, now));
            return gathered(all);
        }
        if (report != null || now.isNotOnTheBox()) {
            boolean there = report != null
                    && report.server() != null
                    && report.server().hostname().equals(wanted.hostname())
                    && report.server().domains().equals(wanted.domains());
            all.add(
                    there
                            ? new StatusText(Tone.OK, t("Receives mail"))
                            : new StatusText(Tone.WARN, t("Comes with the next change that is applied")));
        }
        all.add(new Facts()
                .code(t("Name"), wanted.hostname())
                .fact(t("Domains"), String.join(", ", wanted.domains()))
                .fact(t("Certificate"), MailDialog.certificate(wanted.tlsOrDefault()))
                .fact(t("Largest message"), wanted.messageMax() == null ? MailServer.MESSAGE_MAX : wanted.messageMax())
                .fact(t("Mailboxes"), String.valueOf(wanted.mailboxes().size())));
        action(all, "mail-server-change", inContext("verb", "Change"), "settings", () -> MailDialog.server(page, now));
        action(
                all,
                "mail-server-remove",
                t("Remove"),
                "trash",
                () -> askRemove(
                        t("Receive no mail any more?"),
                        t(
                                "Mailboxes and aliases leave the configuration; the mail in the mailboxes stays on the box. Others get their mail back, or their servers try for days: lead the MX records elsewhere first."),
                        mail -> mail.withServer(null)));
        return gathered(all);
    }

    private void askRemove(String title, String words, UnaryOperator<Mail> edit) {
        new Dialogs(
                        title,
                        "mail-remove-confirm",
                        t("Remove"),
                        dialog -> page.change(edit, dialog::close, dialog::refuse),
                        new Paragraph(words + " " + t("Nothing changes before it is reviewed and applied.")))
                .open();
    }

    private void action(List<Component> all, String id, String label, String icon, Runnable action) {
        if (page.mayAdminister()) {
            all.add(Actions.button(id, label, icon, action));
        }
    }

    /** Buttons side by side, below the rest. */
    private static Component[] gathered(List<Component> all) {
        var actions = new Div();
        actions.addClassName("croft-actions");
        all.stream().filter(Button.class::isInstance).forEach(actions::add);
        List<Component> content = new ArrayList<>(
                all.stream().filter(each -> !(each instanceof Button)).toList());
        if (actions.getComponentCount() > 0) {
            content.add(actions);
        }
        return content.toArray(Component[]::new);
    }

    private static Paragraph hint(String words) {
        var hint = new Paragraph(words);
        hint.addClassName("croft-hint");
        return hint;
    }

    // ---- who sends

    private static Component senders(List<MailSender> all) {
        if (all.isEmpty()) {
            return hint(t("No app sends mail yet. Attach mail on an app's page, below Attachments."));
        }
        var table = new Table(
                t("Apps that send"),
                List.of(t("App"), inContext("sender", "As"), t("Limit"), t("Sent in the last hour"), t("Refused")));
        for (MailSender each : all) {
            boolean full = each.sentLastHour() >= each.perHour();
            table.row(
                            new Anchor(
                                    Links.app(each.app(), "attachments"),
                                    each.app().value()),
                            Table.text(String.join(", ", each.from())),
                            Table.text(t("{0, number} an hour", each.perHour())),
                            full
                                    ? new StatusText(
                                            Tone.WARN, t("{0, number}: the limit is reached", each.sentLastHour()))
                                    : Table.text(String.valueOf(each.sentLastHour())),
                            each.refusedLastHour() > 0
                                    ? new StatusText(Tone.WARN, String.valueOf(each.refusedLastHour()))
                                    : Table.text("0"))
                    .getElement()
                    .setAttribute("data-sender", each.app().value());
        }
        return new Div(
                table,
                hint(
                        t(
                                "Refused: sent as somebody else than the app may be, or beyond the limit. The app was told each time.")));
    }

    // ---- whether it arrives

    private void send() {
        refusal.clear();
        outcome.removeAll();
        if (to.isEmpty() || to.isInvalid()) {
            to.setErrorMessage(t("Type the address that the message is to go to."));
            to.setInvalid(true);
            send.setEnabled(true);
            return;
        }
        outcome.add(new StatusText(Tone.BUSY, t("Sent off. Waiting for what becomes of it …")));
        String address = to.getValue().strip();
        AppName app = from.getValue() == null ? null : from.getValue().orElse(null);
        page.background()
                .call(
                        this,
                        () -> page.mail().test(page.host(), address, app),
                        ended -> {
                            send.setEnabled(true);
                            outcome.removeAll();
                            outcome.add(told(address, ended));
                        },
                        this::refused);
    }

    private void refused(Problem problem) {
        send.setEnabled(true);
        outcome.removeAll();
        refusal.show(problem);
    }

    /** No more than is known: that another server took it is not that somebody saw it. */
    private static Component[] told(String address, MailOutcome ended) {
        StatusText status = switch (ended.status()) {
            case "sent" -> new StatusText(Tone.OK, t("Delivered: the other server took it"));
            case "deferred" -> new StatusText(Tone.WARN, t("Not delivered yet: it waits, and is tried again"));
            case "bounced" -> new StatusText(Tone.BAD, t("Refused for good"));
            case "queued" -> new StatusText(Tone.WARN, t("Nothing was heard within half a minute"));
            default -> new StatusText(Tone.WARN, Words.capital(ended.status()));
        };
        status.getElement().setAttribute("data-status", ended.status());
        var facts = new Facts().fact(t("To"), address);
        if (ended.relay() != null) {
            facts.code(t("Server"), ended.relay());
        }
        if (ended.response() != null) {
            facts.code(t("It said"), ended.response());
        }
        facts.fact(t("After"), t("{0} s", Words.number(ended.seconds(), 1)));
        if (ended.id() != null) {
            facts.code(t("Number in the queue"), ended.id());
        }
        String next = switch (ended.status()) {
            case "sent" ->
                t(
                        "Whether it lies in the inbox or among the spam, only its reader sees. Look there, and at the DNS records.");
            case "bounced" ->
                t("The other server's words say why. A relay that refuses the sign-in or the sender says so here.");
            default -> t("The queue shows why it waits, and what happens next.");
        };
        return new Component[] {status, facts, hint(next)};
    }
}
