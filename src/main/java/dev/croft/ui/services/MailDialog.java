package dev.croft.ui.services;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.Autocomplete;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.desired.AppSpec.Tls;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.MailRelay;
import dev.croft.desired.HostState.MailServer;
import dev.croft.desired.HostState.Security;
import dev.croft.hostlink.HostCommand.RelayInForce;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import dev.croft.ui.support.Dialogs;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Relay and server of the box, one of them or both. What it asks for becomes a draft; a password becomes a secret. */
final class MailDialog {

    private final MailView page;
    private final Checkbox sends = new Checkbox(t("Send through a relay"));
    private final TextField host = new TextField(t("Relay"));
    private final IntegerField port = new IntegerField(t("Port"));
    private final Select<Security> security = new Select<>();
    private final TextField user = new TextField(t("User"));
    private final PasswordField password = new PasswordField(t("Password"));
    private final Checkbox receives = new Checkbox(t("Receive mail on this box"));
    private final TextField hostname = new TextField(t("Name of the server"));
    private final TextArea domains = new TextArea(t("Domains"));
    private final Select<Tls> tls = new Select<>();
    private final TextField messageMax = new TextField(t("Largest message"));
    private final TextField selector = new TextField(t("Name of the signature's key"));
    private final Checkbox backup = new Checkbox(t("Back up the mail"));
    private final Div relayFields;
    private final Div serverFields;

    private MailDialog(MailView page, HostState.@Nullable Mail before, boolean hasPassword) {
        this.page = page;
        this.relayFields = relayFields(before == null ? null : before.relay(), hasPassword);
        this.serverFields = serverFields(before == null ? null : before.server());
        sends.setId("mail-sends");
        receives.setId("mail-receives");
        sends.addValueChangeListener(change -> relayFields.setVisible(change.getValue()));
        receives.addValueChangeListener(change -> serverFields.setVisible(change.getValue()));
    }

    /** Both, to choose from. */
    static void add(MailView page) {
        var fields = new MailDialog(page, null, false);
        fields.sends.setValue(true);
        fields.receives.setValue(false);
        fields.serverFields.setVisible(false);
        fields.open(
                t("Add mail"),
                t("Add"),
                now -> new HostState.Mail(
                        fields.sends.getValue() ? fields.relay(now.relay()) : null,
                        fields.receives.getValue() ? fields.server(now.server()) : null),
                fields.sends,
                fields.relayFields,
                fields.receives,
                fields.serverFields,
                hint(
                        t(
                                "Without a relay the box hands what apps send to the receivers' own servers. Many providers block that way (port 25), and many receivers distrust addresses that they do not know.")));
    }

    static void relay(MailView page, MailSeen seen) {
        var fields = new MailDialog(page, seen.wanted(), seen.stored() != null);
        fields.sends.setValue(true);
        fields.open(t("Relay"), t("Save"), now -> now.withRelay(fields.relay(now.relay())), fields.relayFields);
    }

    static void server(MailView page, MailSeen seen) {
        var fields = new MailDialog(page, seen.wanted(), seen.stored() != null);
        fields.receives.setValue(true);
        fields.open(
                t("Mail server"), t("Save"), now -> now.withServer(fields.server(now.server())), fields.serverFields);
    }

    private void open(String title, String confirm, UnaryOperator<HostState.Mail> edit, Component... content) {
        new Dialogs(title, "mail-save", confirm, dialog -> save(dialog, edit), content).open();
    }

    // ---- fields

    private Div relayFields(@Nullable MailRelay now, boolean hasPassword) {
        host.setId("relay-host");
        host.setPlaceholder("smtp.example.net");
        host.setWidthFull();
        security.setId("relay-security");
        security.setLabel(t("Encryption"));
        security.setItems(Security.values());
        security.setItemLabelGenerator(
                each -> each == Security.TLS ? t("TLS from the start") : t("STARTTLS, required"));
        security.addValueChangeListener(change -> port.setPlaceholder(
                String.valueOf((change.getValue() == null ? Security.STARTTLS : change.getValue()).port())));
        security.setValue(now == null ? Security.STARTTLS : now.securityOrDefault());
        port.setId("relay-port");
        port.setMin(1);
        port.setMax(65_535);
        user.setId("relay-user");
        user.setPlaceholder(t("None"));
        user.setHelperText(t("Empty: the relay takes mail without a sign-in."));
        user.setAutocomplete(Autocomplete.OFF);
        password.setId("relay-password");
        password.setAutocomplete(Autocomplete.NEW_PASSWORD);
        password.setHelperText(
                hasPassword
                        ? t("Empty: the one that is stored stays.")
                        : t("Encrypted here and sealed on the box; it is in no file of the configuration."));
        if (now != null) {
            host.setValue(now.host());
            port.setValue(now.port());
            user.setValue(now.user() == null ? "" : now.user());
        }
        page.draft().field("services.mail.relay.host", host);
        page.draft().field("services.mail.relay.port", port);
        page.draft().field("services.mail.relay.user", user);
        return fields(host, row(security, port), row(user, password));
    }

    private Div serverFields(@Nullable MailServer now) {
        hostname.setId("mail-hostname");
        hostname.setPlaceholder("mail.example.org");
        hostname.setHelperText(t("What MX records lead to. Its certificate is for this name."));
        hostname.setWidthFull();
        domains.setId("mail-domains");
        domains.setPlaceholder("example.org");
        domains.setHelperText(t("Behind the @; one on each line."));
        domains.setMinRows(2);
        domains.setWidthFull();
        tls.setId("mail-tls");
        tls.setLabel(t("Certificate"));
        tls.setItems(Tls.ACME, Tls.SELF_SIGNED, Tls.INTERNAL, Tls.UPLOADED);
        tls.setItemLabelGenerator(MailDialog::certificate);
        tls.setHelperText(t("Mail programs warn of one that nobody vouches for."));
        messageMax.setId("mail-message-max");
        messageMax.setPlaceholder(MailServer.MESSAGE_MAX);
        messageMax.setHelperText(t("Such as 50M. An attachment is a third larger on its way."));
        selector.setId("mail-selector");
        selector.setPlaceholder(MailServer.DKIM_SELECTOR);
        selector.setHelperText(t("Another name is another key: publish its record first."));
        if (now != null) {
            hostname.setValue(now.hostname());
            domains.setValue(String.join("\n", now.domains()));
            messageMax.setValue(now.messageMax() == null ? "" : now.messageMax());
            selector.setValue(now.dkimSelector() == null ? "" : now.dkimSelector());
        }
        tls.setValue(now == null ? Tls.ACME : now.tlsOrDefault());
        String path = "services.mail.server.";
        page.draft().field(path + "hostname", hostname);
        page.draft().field(path + "domains", domains);
        page.draft().field(path + "messageMax", messageMax);
        page.draft().field(path + "dkimSelector", selector);
        page.draft().field(path + "tls", tls);
        backup.setId("mail-backup");
        backup.setHelperText(t("With the keys that mail is signed with, once the box has a place for backups."));
        backup.setValue(now == null || now.isBackedUp());
        return fields(hostname, domains, tls, row(messageMax, selector), backup);
    }

    static String certificate(Tls tls) {
        return switch (tls) {
            case ACME -> t("By ACME, such as Let's Encrypt");
            case SELF_SIGNED -> t("Self-signed");
            case INTERNAL -> t("From the box's own authority");
            case UPLOADED -> t("Uploaded");
            case NONE -> t("None");
        };
    }

    private static Div fields(Component... all) {
        var fields = new Div(all);
        fields.addClassName("croft-fields");
        return fields;
    }

    private static Div row(Component... all) {
        var row = new Div(all);
        row.addClassName("croft-field-row");
        return row;
    }

    private static Paragraph hint(String words) {
        var hint = new Paragraph(words);
        hint.addClassName("croft-hint");
        return hint;
    }

    // ---- what becomes of it

    private void save(Dialogs dialog, UnaryOperator<HostState.Mail> edit) {
        if (!sends.getValue() && !receives.getValue()) {
            dialog.refuse(Problem.of(
                    ProblemCode.INVALID_INPUT,
                    t("Nothing was saved."),
                    t("Mail has a relay, a server or both."),
                    t("Choose at least one of the two.")));
            return;
        }
        if (port.isInvalid()) {
            dialog.again();
            return;
        }
        page.change(
                edit,
                () -> {
                    if (sends.getValue() && !password.isEmpty()) {
                        store(dialog);
                    } else {
                        dialog.close();
                    }
                },
                dialog::refuse);
    }

    /** What was not said stays unsaid: a default that is written down would be a change of the file. */
    private MailRelay relay(@Nullable MailRelay before) {
        Security chosen = security.getValue();
        boolean unsaid = before == null || before.security() == null;
        return new MailRelay(
                host.getValue().strip(),
                port.getValue(),
                unsaid && chosen == Security.STARTTLS ? null : chosen,
                orNull(user.getValue()));
    }

    private MailServer server(@Nullable MailServer now) {
        return new MailServer(
                hostname.getValue().strip(),
                words(domains.getValue()),
                now == null ? new TreeMap<>() : now.mailboxes(),
                now == null ? new TreeMap<>() : now.aliases(),
                orNull(messageMax.getValue()),
                orNull(selector.getValue()),
                tls.getValue(),
                backup.getValue() ? null : Boolean.FALSE);
    }

    /** A relay that stays the same is signed in to with the new password at once; another one when the change is applied. */
    private void store(Dialogs dialog) {
        MailRelay relay = relay(null);
        SecretBytes value;
        try {
            value = SecretBytes.of(SecretText.of(password.getValue()));
        } catch (IllegalArgumentException halfACharacter) {
            password.setErrorMessage(t("It has half of a character."));
            password.setInvalid(true);
            dialog.again();
            return;
        }
        boolean same = page.report()
                .map(report ->
                        new RelayInForce(relay.host(), relay.portOrDefault(), relay.user()).equals(report.relay()))
                .orElse(false);
        page.background()
                .call(
                        dialog,
                        () -> page.secrets()
                                .set(
                                        page.host(),
                                        SecretOwner.ofService(HostState.Mail.SECRET_OWNER),
                                        HostState.Mail.RELAY_PASSWORD,
                                        value,
                                        same),
                        placed -> {
                            dialog.close();
                            page.load();
                            if (placed.problem() != null) {
                                page.tell(placed.problem());
                            }
                        },
                        dialog::refuse);
    }

    static List<String> words(String typed) {
        return Arrays.stream(typed.split("[\\s,;]+"))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    static @Nullable String orNull(String typed) {
        return typed.isBlank() ? null : typed.strip();
    }
}
