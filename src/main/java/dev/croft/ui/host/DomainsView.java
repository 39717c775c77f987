package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.inContext;
import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
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
import dev.croft.ui.services.ServiceSecretsPanel;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
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
import dev.croft.vault.Secrets;
import jakarta.annotation.security.PermitAll;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Every domain of the box: which app answers, by which certificate, until when, and what went wrong with the last try. */
@Route(Links.DOMAINS)
@PermitAll
@Needs(Needs.What.THE_BOX)
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
    private final Panel board = new Panel(t("Domains"));
    private final Panel leftovers = new Panel(t("Left over"));
    private final Panel authority = new Panel(t("The box's own authority"));
    private final Div note = new Div();
    private final EmailField email = new EmailField(t("E-mail"));
    private final Select<String> server = new Select<>();
    private final TextField address = new TextField(t("Address of its ACME directory"));
    private final ProblemPanel refusal = new ProblemPanel();
    private final Button save = Actions.primary("acme-save", t("Save"), "check", this::saveAccount);

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
            Secrets secrets,
            Background background,
            Rights rights,
            Clock clock,
            CurrentHost currentHost) {
        super(t("Domains & TLS"));
        this.certificates = certificates;
        this.desired = desired;
        this.background = background;
        this.clock = clock;
        this.host = currentHost.get().map(Host::name).orElse(null);
        this.mayOperate = rights.mayOperate();
        this.settings = host == null ? null : new SettingsDraft(host, desired, background);
        under(t("Names under which apps answer, and their certificates."));
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
        if (host != null) {
            stack.add(new ServiceSecretsPanel(
                    host,
                    HostState.AcmeDns.SECRET_OWNER::equals,
                    secrets,
                    desired,
                    background,
                    rights.mayAdminister(),
                    () -> {}));
        }
        content(stack);
    }

    private Panel account(SettingsDraft draft) {
        email.setId("acme-email");
        email.setPlaceholder("ada@example.org");
        email.setHelperText(t("The authority writes here before a certificate runs out. Giving it accepts its terms."));
        server.setId("acme-server");
        server.setLabel(t("Certificate authority"));
        server.setItems(Acme.STAGING, Acme.SERVER, OTHER);
        server.setItemLabelGenerator(each -> switch (each) {
            case Acme.STAGING -> t("Let's Encrypt, trial (browsers warn)");
            case Acme.SERVER -> t("Let's Encrypt");
            default -> t("Another one");
        });
        server.setHelperText(t("Begin with the trial: its limits are wide. Change over when it has worked."));
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
        var panel = new Panel(t("Who asks for certificates")).with(fields);
        panel.setId("acme");
        return panel;
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        if (host == null) {
            board.content(new EmptyState("host", t("There is no box"), t("This console has no host yet.")));
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
                            "alert", t("The box was not asked"), t("Its domains show here as soon as it answers.")));
                });
    }

    // ---- the board

    private void render(Seen seen) {
        List<Row> rows = rows(seen);
        if (rows.isEmpty()) {
            board.content(new EmptyState(
                    "shield",
                    t("No domains yet"),
                    t("Give an app a domain in its settings, and it answers here with its certificate."),
                    Actions.link(t("Apps"), "apps", Links.APPS, true)));
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
            var why = new Paragraph(t("Certificates of domains that no app has any more. Nobody renews them."));
            why.addClassName("croft-hint");
            leftovers.content(why, list);
        }
        String root = seen.board().authority();
        authority.setVisible(root != null);
        if (root != null) {
            var why = new Paragraph(
                    t(
                            "Certificates \"from the box's own authority\" are trusted by whoever installs this root certificate."));
            why.addClassName("croft-hint");
            var text = new Pre(root);
            text.addClassName("croft-pem");
            text.getElement().setAttribute("tabindex", "0");
            authority.content(why, text, new CopyButton(root, t("Copy the root certificate")));
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
            under.add(answer(row.app(), row.leadsTo()));
        }
        under.add(new Span(kind(certificate == null ? row.tls().word() : certificate.kind())));
        if (certificate != null && certificate.issuer() != null) {
            under.add(new Span(t("issued by {0}", certificate.issuer())));
        }
        if (certificate != null && certificate.nextAttempt() != null) {
            under.add(rich("next try {0}", TimeText.clock(certificate.nextAttempt())));
        }
        var words = new Div(first, under);
        words.addClassName("croft-row-words");
        if (certificate != null && certificate.lastError() != null) {
            var error = new Div(t("The last try failed: {0}", certificate.lastError()));
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
        actions.add(small(
                "check",
                inContext("verb", "Check"),
                t("Check {0}", row.domain()),
                "search",
                () -> check(row.domain())));
        if (mayOperate && certificate != null) {
            switch (certificate.kind()) {
                case "acme", "internal" ->
                    actions.add(small(
                            "renew-now",
                            t("Renew now"),
                            t("Renew now {0}", row.domain()),
                            "restart",
                            () -> askRenew(certificate)));
                case "uploaded" ->
                    actions.add(small(
                            "upload", t("Upload"), t("Upload {0}", row.domain()), "up", () -> askUpload(certificate)));
                default -> {}
            }
        }
        item.add(actions);
        return item;
    }

    private static Span answer(AppName name, @Nullable String leadsTo) {
        var app = new Anchor(Links.app(name), name.value());
        return leadsTo == null ? rich("answered by {0}", app) : rich("leads to {0} of {1}", leadsTo, app);
    }

    private StatusText state(@Nullable Certificate certificate, Tls tls) {
        if (certificate == null) {
            return tls == Tls.NONE
                    ? new StatusText(Tone.WARN, t("http only"))
                    : new StatusText(Tone.WARN, t("No certificate yet"));
        }
        if (certificate.pending()) {
            return new StatusText(
                    Tone.WARN,
                    certificate.kind().equals("uploaded")
                            ? t("Waits for your certificate; a self-signed one stands in")
                            : t("Waits for its certificate; a self-signed one stands in"));
        }
        Instant end = certificate.notAfter();
        if (end == null) {
            return new StatusText(Tone.BAD, t("No certificate"));
        }
        Duration left = Duration.between(clock.instant(), end);
        if (left.isNegative()) {
            return new StatusText(Tone.BAD, t("Expired"));
        }
        // A certificate that lives for hours is renewed within them: then days say nothing.
        Duration life =
                certificate.notBefore() == null ? Duration.ofDays(90) : Duration.between(certificate.notBefore(), end);
        String words = left.toDays() >= 1
                ? t("{0, plural, one {# day left} other {# days left}}", left.toDays())
                : t("{0, plural, one {# hour left} other {# hours left}}", Math.max(1, left.toHours()));
        boolean brief = life.compareTo(Duration.ofDays(30)) < 0;
        Tone tone = brief || left.compareTo(SOON) >= 0 ? Tone.OK : left.compareTo(NOW) >= 0 ? Tone.WARN : Tone.BAD;
        return new StatusText(certificate.lastError() != null && tone == Tone.OK ? Tone.WARN : tone, words);
    }

    private static String kind(String word) {
        return switch (word) {
            case "acme" -> t("from a certificate authority");
            case "internal" -> t("from the box's own authority");
            case "self-signed" -> t("self-signed: browsers warn");
            case "uploaded" -> t("uploaded");
            default -> t("without certificate");
        };
    }

    private static Button small(String key, String label, String what, String icon, Runnable action) {
        var button = Actions.ofRow(label, icon, what, action);
        button.addClassName("domain-" + key);
        return button;
    }

    private Component leftover(LeftoverCertificate each) {
        var title = new Div(each.name());
        title.addClassName("croft-row-title");
        var under = new Div(new Span(kind(each.kind())));
        under.addClassName("croft-row-under");
        if (each.notAfter() != null) {
            under.add(rich("until {0}", TimeText.clock(each.notAfter())));
        }
        if (!each.generations().isEmpty()) {
            under.add(new Span(t(
                    "{0, plural, one {wanted by generation {1}} other {wanted by generations {1}}}",
                    each.generations().size(),
                    String.join(
                            ", ",
                            each.generations().stream().map(String::valueOf).toList()))));
        }
        var words = new Div(title, under);
        words.addClassName("croft-row-words");
        var item = new ListItem(words);
        item.addClassName("croft-row");
        if (mayOperate) {
            item.add(small("remove", t("Remove"), t("Remove {0}", each.name()), "trash", () -> askRemove(each)));
        }
        return item;
    }

    // ---- what can be done

    private HostName box() {
        return Optional.ofNullable(host).orElseThrow();
    }

    private void check(String domain) {
        var results = new Div(
                new Paragraph(t("The box looks where the name leads, which ports answer, and whom its zone allows …")));
        var dialog = new Dialogs(
                t("Will {0} get its certificate?", domain), "domain-check-again", t("Close"), Dialogs::close, results);
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
                        t("Renew {0} now?", certificate.name()),
                        "certificate-renew",
                        t("Renew"),
                        dialog -> background.call(
                                this,
                                () -> certificates.renew(box(), certificate.name()),
                                renewed -> {
                                    dialog.close();
                                    tell(
                                            renewed.renewed()
                                                    ? t(
                                                            "{0} has a new certificate. Reloaded: {1}.",
                                                            certificate.name(), String.join(", ", certificate.units()))
                                                    : t("{0} is not due yet, so it stays.", certificate.name()));
                                    load();
                                },
                                dialog::refuse),
                        new Paragraph(t("The box does this by itself when it is due. It may take a minute.")))
                .open();
    }

    private void askUpload(Certificate certificate) {
        var chain = area(
                "certificate-chain",
                t("Certificate, with those between it and the root"),
                "-----BEGIN CERTIFICATE-----");
        var key = area("certificate-key", t("Private key"), "-----BEGIN PRIVATE KEY-----");
        key.addClassName("croft-masked");
        var dialog = new Dialogs(
                t("A certificate for {0}", String.join(", ", certificate.domains())),
                "certificate-upload",
                t("Upload"),
                it -> background.call(
                        this,
                        () -> certificates.upload(
                                box(),
                                certificate.name(),
                                chain.getValue().strip() + "\n",
                                SecretBytes.of(SecretText.of(key.getValue().strip() + "\n"))),
                        taken -> {
                            it.close();
                            tell(
                                    taken.trusted()
                                            ? t("{0} has its certificate, issued by {1}.", taken.name(), taken.issuer())
                                            : t(
                                                    "{0} has its certificate, issued by {1}. No authority that the box knows vouches for it.",
                                                    taken.name(), taken.issuer()));
                            load();
                        },
                        it::refuse),
                new Paragraph(
                        t(
                                "Both in PEM. The key goes to the box, which keeps it for the web server alone; it is not kept here.")),
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
                        t("Remove what is left of {0}?", each.name()),
                        "certificate-remove",
                        t("Remove"),
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
                                        ? t("Certificate and key are deleted on the box.")
                                        : t(
                                                "Certificate and key are deleted on the box. Going back to a generation that has the domain asks for another one.")))
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
