package dev.croft.ui.host;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Pre;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.EmailField;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.router.Route;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Tls;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.Acme;
import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCommand.Certificate;
import dev.croft.hostlink.HostCommand.CertificateBoard;
import dev.croft.hostlink.HostCommand.LeftoverCertificate;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import dev.croft.maintenance.Certificates;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.CopyButton;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.DomainCheckList;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import jakarta.annotation.security.PermitAll;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Every domain of the box: which app answers, by which certificate, until when, and what went wrong with the last try. */
@Route(Links.DOMAINS)
@PermitAll
class DomainsView extends Page {

    /** A certificate of ninety days is renewed when a third of them is left; below these something is wrong. */
    private static final Duration SOON = Duration.ofDays(21);

    private static final Duration NOW = Duration.ofDays(7);

    private final Certificates certificates;
    private final DesiredStates desired;
    private final Background background;
    private final Clock clock;
    private final @Nullable HostName host;
    private final boolean mayOperate;
    private final @Nullable SettingsDraft settings;
    private final Panel board = new Panel("Domains");
    private final Panel leftovers = new Panel("Left over");
    private final Panel authority = new Panel("The box's own authority");
    private final Div note = new Div();
    private final EmailField email = new EmailField("E-mail");
    private final Select<String> server = new Select<>();
    private final TextField address = new TextField("Address of its ACME directory");
    private final ProblemPanel refusal = new ProblemPanel();
    private final Button save = Actions.primary("acme-save", "Save", "check", this::saveAccount);

    private static final String OTHER = "other";

    private record Seen(CertificateBoard board, Optional<HostState> inForce) {}

    /** One domain as it is in force. */
    private record Row(
            String domain,
            @Nullable AppName app,
            Tls tls,
            @Nullable String leadsTo,
            @Nullable Certificate certificate) {}

    DomainsView(
            Certificates certificates,
            DesiredStates desired,
            Background background,
            Rights rights,
            Clock clock,
            CurrentHost currentHost) {
        super("Domains & TLS");
        this.certificates = certificates;
        this.desired = desired;
        this.background = background;
        this.clock = clock;
        this.host = currentHost.get().map(Host::name).orElse(null);
        this.mayOperate = rights.mayOperate();
        this.settings = host == null ? null : new SettingsDraft(host, desired, background);
        under("Names under which apps answer, and their certificates.");
        board.setId("domains");
        leftovers.setId("leftovers");
        leftovers.setVisible(false);
        authority.setId("authority");
        authority.setVisible(false);
        note.addClassName("croft-note");
        note.setId("domains-note");
        note.getElement().setAttribute("role", "status");
        note.setVisible(false);
        var stack = new Div(note, board, leftovers, authority);
        stack.addClassName("croft-stack");
        if (rights.mayAdminister() && settings != null) {
            stack.add(account(settings));
        }
        content(stack);
    }

    private Panel account(SettingsDraft draft) {
        email.setId("acme-email");
        email.setPlaceholder("ada@example.org");
        email.setHelperText("The authority writes here before a certificate runs out. Giving it accepts its terms.");
        server.setId("acme-server");
        server.setLabel("Certificate authority");
        server.setItems(Acme.STAGING, Acme.SERVER, OTHER);
        server.setItemLabelGenerator(each -> switch (each) {
            case Acme.STAGING -> "Let's Encrypt, trial (browsers warn)";
            case Acme.SERVER -> "Let's Encrypt";
            default -> "Another one";
        });
        server.setHelperText("Begin with the trial: its limits are wide. Change over when it has worked.");
        address.setId("acme-address");
        address.setPlaceholder("https://ca.example.org/acme/directory");
        address.setWidthFull();
        server.addValueChangeListener(change -> address.setVisible(OTHER.equals(change.getValue())));
        server.setValue(Acme.STAGING);
        draft.field("acme.email", email);
        draft.field("acme.server", address);
        save.setDisableOnClick(true);
        var row = new Div(email, server);
        row.addClassName("croft-field-row");
        var actions = new Div(save);
        actions.addClassName("croft-actions");
        var fields = new Div(row, address, refusal, actions, draft.note());
        fields.addClassNames("croft-fields", "croft-form");
        var panel = new Panel("Who asks for certificates").with(fields);
        panel.setId("acme");
        return panel;
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        if (host == null) {
            board.content(new EmptyState("host", "There is no box", "This console has no host yet."));
            return;
        }
        load();
        if (settings != null) {
            settings.load(this, this::showAccount, this::show);
        }
    }

    private void load() {
        HostName box = host;
        if (box == null) {
            return;
        }
        background.call(
                this,
                () -> new Seen(certificates.board(box), desired.inForce(box)),
                seen -> {
                    clearProblem();
                    render(seen);
                },
                problem -> {
                    show(problem);
                    board.content(new EmptyState(
                            "alert", "The box was not asked", "Its domains show here as soon as it answers."));
                });
    }

    // ---- the board

    private void render(Seen seen) {
        List<Row> rows = rows(seen);
        if (rows.isEmpty()) {
            board.content(new EmptyState(
                    "shield",
                    "No domains yet",
                    "Give an app a domain in its settings, and it answers here with its certificate.",
                    Actions.link("Apps", "apps", Links.APPS, true)));
        } else {
            var list = new UnorderedList();
            list.addClassName("croft-rows");
            rows.forEach(row -> list.add(item(row)));
            board.content(list);
        }
        leftovers.setVisible(!seen.board().leftovers().isEmpty());
        if (leftovers.isVisible()) {
            var list = new UnorderedList();
            list.addClassName("croft-rows");
            seen.board().leftovers().forEach(each -> list.add(leftover(each)));
            var why = new Paragraph("Certificates of domains that no app has any more. Nobody renews them.");
            why.addClassName("croft-hint");
            leftovers.content(why, list);
        }
        String root = seen.board().authority();
        authority.setVisible(root != null);
        if (root != null) {
            var why = new Paragraph(
                    "Certificates \"from the box's own authority\" are trusted by whoever installs this root certificate.");
            why.addClassName("croft-hint");
            var text = new Pre(root);
            text.addClassName("croft-pem");
            text.getElement().setAttribute("tabindex", "0");
            authority.content(why, text, new CopyButton(root, "Copy the root certificate"));
        }
    }

    private static List<Row> rows(Seen seen) {
        Map<String, Certificate> byDomain = new HashMap<>();
        seen.board().certificates().forEach(each -> each.domains().forEach(domain -> byDomain.put(domain, each)));
        List<Row> rows = new ArrayList<>();
        seen.inForce()
                .ifPresent(state -> state.apps().forEach((name, spec) -> {
                    Tls tls = tls(spec);
                    spec.domains()
                            .forEach(domain -> rows.add(new Row(domain, name, tls, null, byDomain.remove(domain))));
                    if (spec.web() != null) {
                        spec.web()
                                .redirects()
                                .forEach((from, to) -> rows.add(new Row(from, name, tls, to, byDomain.remove(from))));
                    }
                }));
        byDomain.forEach((domain, certificate) -> rows.add(new Row(
                domain,
                certificate.apps().isEmpty() ? null : certificate.apps().getFirst(),
                Tls.NONE,
                null,
                certificate)));
        rows.sort(Comparator.comparing(Row::domain));
        return rows;
    }

    private static Tls tls(AppSpec spec) {
        return spec.web() == null || spec.web().tls() == null
                ? Tls.NONE
                : spec.web().tls();
    }

    private Component item(Row row) {
        Certificate certificate = row.certificate();
        var name = new Span(row.domain());
        name.addClassName("croft-row-title");
        var first = new Div(name, state(certificate, row.tls()));
        first.addClassName("croft-row-main");
        var under = new Div();
        under.addClassName("croft-row-under");
        if (row.app() != null) {
            under.add(new Span(
                    new Span(row.leadsTo() == null ? "answered by " : "leads to " + row.leadsTo() + " of "),
                    new Anchor(Links.app(row.app()), row.app().value())));
        }
        under.add(new Span(kind(certificate == null ? row.tls().word() : certificate.kind())));
        if (certificate != null && certificate.issuer() != null) {
            under.add(new Span("issued by " + certificate.issuer()));
        }
        if (certificate != null && certificate.nextAttempt() != null) {
            under.add(new Span(new Span("next try "), TimeText.clock(certificate.nextAttempt())));
        }
        var words = new Div(first, under);
        words.addClassName("croft-row-words");
        if (certificate != null && certificate.lastError() != null) {
            var error = new Div("The last try failed: " + certificate.lastError());
            error.addClassName("croft-row-problem");
            words.add(error);
        }
        var item = new ListItem(words);
        item.addClassName("croft-row");
        item.getElement().setAttribute("data-domain", row.domain());
        item.getElement()
                .setAttribute("data-kind", certificate == null ? row.tls().word() : certificate.kind());
        if (certificate != null) {
            item.getElement().setAttribute("data-pending", certificate.pending());
        }
        var actions = new Div();
        actions.addClassName("croft-actions");
        actions.add(small("Check", "search", row.domain(), () -> check(row.domain())));
        if (mayOperate && certificate != null) {
            switch (certificate.kind()) {
                case "acme", "internal" ->
                    actions.add(small("Renew now", "restart", row.domain(), () -> askRenew(certificate)));
                case "uploaded" -> actions.add(small("Upload", "up", row.domain(), () -> askUpload(certificate)));
                default -> {}
            }
        }
        item.add(actions);
        return item;
    }

    private StatusText state(@Nullable Certificate certificate, Tls tls) {
        if (certificate == null) {
            return tls == Tls.NONE
                    ? new StatusText(Tone.WARN, "http only")
                    : new StatusText(Tone.WARN, "No certificate yet");
        }
        if (certificate.pending()) {
            return new StatusText(
                    Tone.WARN,
                    certificate.kind().equals("uploaded")
                            ? "Waits for your certificate; a self-signed one stands in"
                            : "Waits for its certificate; a self-signed one stands in");
        }
        Instant end = certificate.notAfter();
        if (end == null) {
            return new StatusText(Tone.BAD, "No certificate");
        }
        Duration left = Duration.between(clock.instant(), end);
        if (left.isNegative()) {
            return new StatusText(Tone.BAD, "Expired");
        }
        // A certificate that lives for hours is renewed within them: then days say nothing.
        Duration life =
                certificate.notBefore() == null ? Duration.ofDays(90) : Duration.between(certificate.notBefore(), end);
        String words = left.toDays() >= 1
                ? Words.plural(left.toDays(), "day") + " left"
                : Words.plural(Math.max(1, left.toHours()), "hour") + " left";
        boolean brief = life.compareTo(Duration.ofDays(30)) < 0;
        Tone tone = brief || left.compareTo(SOON) >= 0 ? Tone.OK : left.compareTo(NOW) >= 0 ? Tone.WARN : Tone.BAD;
        return new StatusText(certificate.lastError() != null && tone == Tone.OK ? Tone.WARN : tone, words);
    }

    private static String kind(String word) {
        return switch (word) {
            case "acme" -> "from a certificate authority";
            case "internal" -> "from the box's own authority";
            case "self-signed" -> "self-signed: browsers warn";
            case "uploaded" -> "uploaded";
            default -> "without certificate";
        };
    }

    private static Button small(String label, String icon, String domain, Runnable action) {
        var button = new Button(label, Icons.of(icon), click -> action.run());
        button.addThemeVariants(ButtonVariant.SMALL);
        button.addClassName("domain-" + label.toLowerCase(Locale.ROOT).replace(' ', '-'));
        button.setAriaLabel(label + " " + domain);
        return button;
    }

    private Component leftover(LeftoverCertificate each) {
        var title = new Div(each.name());
        title.addClassName("croft-row-title");
        var under = new Div(new Span(kind(each.kind())));
        under.addClassName("croft-row-under");
        if (each.notAfter() != null) {
            under.add(new Span(new Span("until "), TimeText.clock(each.notAfter())));
        }
        if (!each.generations().isEmpty()) {
            under.add(new Span("wanted by "
                    + (each.generations().size() == 1 ? "generation " : "generations ")
                    + String.join(
                            ", ",
                            each.generations().stream().map(String::valueOf).toList())));
        }
        var words = new Div(title, under);
        words.addClassName("croft-row-words");
        var item = new ListItem(words);
        item.addClassName("croft-row");
        if (mayOperate) {
            item.add(small("Remove", "trash", each.name(), () -> askRemove(each)));
        }
        return item;
    }

    // ---- what can be done

    private HostName box() {
        return Optional.ofNullable(host).orElseThrow();
    }

    private void check(String domain) {
        var results = new Div(
                new Paragraph("The box looks where the name leads, which ports answer, and whom its zone allows …"));
        var dialog = new Dialogs(
                "Will " + domain + " get its certificate?", "domain-check-again", "Close", Dialogs::close, results);
        dialog.open();
        background.call(
                dialog,
                () -> certificates.check(box(), domain),
                found -> {
                    results.removeAll();
                    results.add(new DomainCheckList(domain, found));
                },
                dialog::refuse);
    }

    private void askRenew(Certificate certificate) {
        new Dialogs(
                        "Renew " + certificate.name() + " now?",
                        "certificate-renew",
                        "Renew",
                        dialog -> background.call(
                                this,
                                () -> certificates.renew(box(), certificate.name()),
                                renewed -> {
                                    dialog.close();
                                    tell(
                                            renewed.renewed()
                                                    ? certificate.name() + " has a new certificate. Reloaded: "
                                                            + String.join(", ", certificate.units()) + "."
                                                    : certificate.name() + " is not due yet, so it stays.");
                                    load();
                                },
                                dialog::refuse),
                        new Paragraph("The box does this by itself when it is due. It may take a minute."))
                .open();
    }

    private void askUpload(Certificate certificate) {
        var chain = area(
                "certificate-chain", "Certificate, with those between it and the root", "-----BEGIN CERTIFICATE-----");
        var key = area("certificate-key", "Private key", "-----BEGIN PRIVATE KEY-----");
        key.addClassName("croft-masked");
        var dialog = new Dialogs(
                "A certificate for " + String.join(", ", certificate.domains()),
                "certificate-upload",
                "Upload",
                it -> background.call(
                        this,
                        () -> certificates.upload(
                                box(),
                                certificate.name(),
                                chain.getValue().strip() + "\n",
                                SecretBytes.of(SecretText.of(key.getValue().strip() + "\n"))),
                        taken -> {
                            it.close();
                            tell(taken.name() + " has its certificate, issued by " + taken.issuer() + "."
                                    + (taken.trusted() ? "" : " No authority that the box knows vouches for it."));
                            load();
                        },
                        it::refuse),
                new Paragraph(
                        "Both in PEM. The key goes to the box, which keeps it for the web server alone; it is not kept here."),
                chain,
                key);
        dialog.addOpenedChangeListener(change -> {
            if (!change.isOpened()) {
                key.clear();
            }
        });
        dialog.open();
    }

    private static TextArea area(String id, String label, String placeholder) {
        var area = new TextArea(label);
        area.setId(id);
        area.setPlaceholder(placeholder);
        area.setMinRows(3);
        area.setMaxRows(8);
        area.setWidthFull();
        area.addClassName("croft-mono");
        area.getElement().setAttribute("autocomplete", "off");
        return area;
    }

    private void askRemove(LeftoverCertificate each) {
        new Dialogs(
                        "Remove what is left of " + each.name() + "?",
                        "certificate-remove",
                        "Remove",
                        dialog -> background.call(
                                this,
                                () -> certificates.remove(box(), each.name()),
                                removed -> {
                                    dialog.close();
                                    load();
                                },
                                dialog::refuse),
                        new Paragraph(
                                each.generations().isEmpty()
                                        ? "Certificate and key are deleted on the box."
                                        : "Certificate and key are deleted on the box. Going back to a generation that has the domain asks for another one."))
                .open();
    }

    private void tell(String words) {
        note.removeAll();
        note.add(Icons.of("info"), new Span(words));
        note.setVisible(true);
    }

    // ---- the account

    private void showAccount(HostState state) {
        Acme acme = state.host().acme();
        if (acme == null) {
            return;
        }
        email.setValue(acme.email());
        String at = acme.server() == null ? Acme.SERVER : acme.server();
        boolean known = at.equals(Acme.SERVER) || at.equals(Acme.STAGING);
        server.setValue(known ? at : OTHER);
        address.setValue(known ? "" : at);
    }

    private void saveAccount() {
        SettingsDraft draft = settings;
        if (draft == null) {
            return;
        }
        refusal.clear();
        String at = OTHER.equals(server.getValue()) ? address.getValue().strip() : server.getValue();
        draft.save(
                this,
                before -> {
                    Acme acme = before.acme();
                    return email.isEmpty()
                            ? before.withAcme(null)
                            : before.withAcme(new Acme(
                                    email.getValue().strip(),
                                    at,
                                    acme == null ? null : acme.caCertificate(),
                                    acme == null ? null : acme.dns()));
                },
                saved -> {
                    save.setEnabled(true);
                    showAccount(saved);
                },
                refused -> {
                    save.setEnabled(true);
                    refusal.show(refused);
                });
    }
}
