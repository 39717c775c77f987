package dev.croft.ui.backups;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Composite;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Pre;
import com.vaadin.flow.component.radiobutton.RadioButtonGroup;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.backups.Backups;
import dev.croft.backups.Backups.Added;
import dev.croft.desired.HostState.LocalTarget;
import dev.croft.desired.HostState.S3Target;
import dev.croft.desired.HostState.SftpTarget;
import dev.croft.desired.HostState.Target;
import dev.croft.hostlink.HostCommand.ServerKey;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretBytes;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.CopyButton;
import dev.croft.ui.support.ProblemPanel;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a new place for backups is made of. The password of the repository is made by Croft; nobody types it. */
public final class TargetForm extends Composite<Div> {

    /** {@code [host]:port TYPE DATA}, as ssh-keyscan prints it and known_hosts has it: the name in front is none of the key's business. */
    private static final Pattern SCANNED = Pattern.compile("\\S+ ((ssh-|ecdsa-|sk-)\\S+ \\S+.*)");

    private final TextField name =
            text("target-name", t("Name"), "cellar", t("Lower-case letters, digits and dashes."));
    private final RadioButtonGroup<String> type = new RadioButtonGroup<>();
    private final TextField path = text("target-path", t("Directory"), "/mnt/cellar/attic", "");
    private final TextField server = text("target-host", t("Server"), "depot.example.org", "");
    private final IntegerField port = new IntegerField(t("Port"));
    private final TextField user = text("target-user", t("Account"), "attic", "");
    private final TextField remotePath = text(
            "target-remote-path",
            t("Directory"),
            "backups/attic",
            t("Below the account's own, unless it begins with a slash."));
    private final TextArea hostKey = new TextArea(t("The server's public key"));
    private final TextField endpoint =
            text("target-endpoint", t("Address of the server"), "https://s3.example.org", "");
    private final TextField bucket = text("target-bucket", t("Bucket"), "attic-backups", "");
    private final TextField prefix =
            text("target-prefix", t("Directory in the bucket"), "", t("Leave empty for the whole bucket."));
    private final TextField region =
            text("target-region", t("Region"), "", t("Only where the server wants to know it."));
    private final KeyFields sshKeys = new KeyFields("sftp");
    private final KeyFields s3Keys = new KeyFields("s3");
    private final Button fetch = Actions.button("target-fetch-key", t("Ask the server"), "key", this::fetchKey);
    private final RadioButtonGroup<ServerKey> shown = new RadioButtonGroup<>();
    private final Checkbox same = new Checkbox(t("I have compared it: it is the same"));
    private final Div fetched = new Div();
    private final ProblemPanel refusal = new ProblemPanel();
    private final Div local = new Div(path);
    private final Div sftp = new Div();
    private final Div s3 = new Div();
    private final Backups backups;
    private final Background background;
    private final HostName host;

    public TargetForm(HostName host, Backups backups, Background background) {
        this.host = host;
        this.backups = backups;
        this.background = background;
        type.setId("target-type");
        type.setLabel(t("Kind"));
        type.setItems("sftp", "s3", "local");
        type.setItemLabelGenerator(each -> switch (each) {
            case "local" -> t("A disk of the box");
            case "sftp" -> t("Another machine, by SFTP");
            default -> t("S3 and the like");
        });
        path.setHelperText(
                t("Another disk than the apps' own: a copy on the same one is gone with it. Mount it first."));
        port.setId("target-port");
        port.setPlaceholder("22");
        port.setMin(1);
        port.setMax(65_535);
        hostKey.setId("target-host-key");
        hostKey.setPlaceholder("ssh-ed25519 AAAA…");
        hostKey.setHelperText(
                t("As in known_hosts, or asked for below. Another server in its place is not talked to."));
        hostKey.addClassName("croft-mono");
        hostKey.setWidthFull();
        var where = new Div(server, port);
        where.addClassName("croft-field-row");
        fetch.addThemeVariants(ButtonVariant.SMALL);
        fetch.setDisableOnClick(true);
        var asking = new Div(fetch);
        asking.addClassName("croft-actions");
        shown.setId("target-fingerprints");
        shown.setLabel(t("Its fingerprint"));
        shown.setItemLabelGenerator(each -> each.fingerprint() + " (" + each.type() + ")");
        shown.addClassName("croft-mono");
        shown.addValueChangeListener(change -> {
            if (change.getValue() != null) {
                hostKey.setValue(change.getValue().key());
            }
            same.setValue(false);
        });
        same.setId("target-key-same");
        var compare = new Paragraph(
                t(
                        "Compare it with what the server's owner says. There, ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub shows it."));
        compare.addClassName("croft-hint");
        fetched.add(shown, compare, same);
        fetched.addClassName("croft-fields");
        fetched.setVisible(false);
        hostKey.addValueChangeListener(change -> {
            if (change.isFromClient()) {
                forgetFetched();
            }
        });
        server.addValueChangeListener(change -> forgetFetched());
        port.addValueChangeListener(change -> forgetFetched());
        sftp.add(where, user, remotePath, hostKey, asking, fetched, refusal, sshKeys);
        s3.add(endpoint, bucket, prefix, region, s3Keys);
        for (Div fields : List.of(local, sftp, s3)) {
            fields.addClassName("croft-fields");
        }
        type.addValueChangeListener(change -> {
            local.setVisible("local".equals(change.getValue()));
            sftp.setVisible("sftp".equals(change.getValue()));
            s3.setVisible("s3".equals(change.getValue()));
        });
        type.setValue("sftp");
        var made = new Paragraph(
                t(
                        "Backups are encrypted. Croft makes the password and keeps it in its vault; print the recovery kit afterwards, because without it nobody can read them."));
        made.addClassName("croft-hint");
        getContent().add(name, type, local, sftp, s3, made);
        getContent().addClassName("croft-stack");
    }

    public void focus() {
        name.focus();
    }

    // ---- the server's key

    private void fetchKey() {
        forgetFetched();
        background.call(
                this,
                () -> backups.serverKeys(host, server.getValue().strip(), port.getValue()),
                keys -> {
                    fetch.setEnabled(true);
                    shown.setItems(keys);
                    shown.setValue(keys.getFirst());
                    fetched.setVisible(true);
                },
                problem -> {
                    fetch.setEnabled(true);
                    refusal.show(problem);
                });
    }

    /** A key that was shown for another server is nobody's. */
    private void forgetFetched() {
        refusal.clear();
        if (fetched.isVisible()) {
            fetched.setVisible(false);
            if (shown.getValue() != null
                    && hostKey.getValue().equals(shown.getValue().key())) {
                hostKey.clear();
            }
            shown.clear();
        }
    }

    private static TextField text(String id, String label, String placeholder, String help) {
        var field = new TextField(label);
        field.setId(id);
        field.setPlaceholder(placeholder);
        field.setHelperText(help);
        field.setWidthFull();
        return field;
    }

    // ---- what was typed

    /** Drafts the place. What was typed stays when it is refused, secrets go when it is not. */
    public void add(Component owner, Consumer<Added> onAdded, Consumer<Problem> onRefused) {
        if (name.getValue().isBlank()) {
            onRefused.accept(refused(t("It has no name."), t("Give it a name.")));
            return;
        }
        if ("sftp".equals(type.getValue()) && fetched.isVisible() && !same.getValue()) {
            onRefused.accept(refused(
                    t("The server's key was asked for over the network, and nobody has compared it."),
                    t("Compare the fingerprint with what the server's owner says, and say that it is the same.")));
            return;
        }
        Target target = target();
        Map<String, SecretBytes> credentials = credentials();
        background.call(
                owner,
                () -> backups.add(host, name.getValue().strip(), target, credentials),
                added -> {
                    forget();
                    onAdded.accept(added);
                },
                onRefused);
    }

    private static Problem refused(String why, String next) {
        return Problem.of(ProblemCode.INVALID_INPUT, t("The place was not added."), why, next);
    }

    private Target target() {
        return switch (type.getValue()) {
            case "local" -> new LocalTarget(path.getValue().strip());
            case "sftp" ->
                new SftpTarget(
                        server.getValue().strip(),
                        port.getValue(),
                        user.getValue().strip(),
                        remotePath.getValue().strip(),
                        key(hostKey.getValue().strip()));
            default ->
                new S3Target(
                        endpoint.getValue().strip(),
                        bucket.getValue().strip(),
                        orNull(prefix.getValue()),
                        orNull(region.getValue()));
        };
    }

    private static String key(String typed) {
        var scanned = SCANNED.matcher(typed);
        return scanned.matches() ? scanned.group(1) : typed;
    }

    private static @Nullable String orNull(String typed) {
        return typed.isBlank() ? null : typed.strip();
    }

    private Map<String, SecretBytes> credentials() {
        return switch (type.getValue()) {
            case "sftp" -> sshKeys.typed();
            case "s3" -> s3Keys.typed();
            default -> Map.of();
        };
    }

    private void forget() {
        sshKeys.forget();
        s3Keys.forget();
    }

    /** What the person still has to do, or to know; empty when nothing. */
    public static Optional<Component> told(Added added) {
        var body = new Div();
        body.addClassName("croft-stack");
        String line = added.publicKey();
        if (line != null) {
            var key = new Pre(line);
            key.addClassName("croft-pem");
            key.setId("target-public-key");
            key.getElement().setAttribute("tabindex", "0");
            body.add(
                    new Paragraph(
                            t("Let this key in on the server, as a line of the account's ~/.ssh/authorized_keys:")),
                    key,
                    new CopyButton(line, t("Copy the key")));
        }
        if (added.unplaced() != null) {
            body.add(new Paragraph(t(
                    "The box does not have the passwords yet: {0} It gets them before the change is applied.",
                    added.unplaced().why())));
        }
        return body.getComponentCount() == 0 ? Optional.empty() : Optional.of(body);
    }
}
