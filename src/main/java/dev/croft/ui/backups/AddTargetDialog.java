package dev.croft.ui.backups;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Pre;
import com.vaadin.flow.component.radiobutton.RadioButtonGroup;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.backups.Backups;
import dev.croft.backups.Backups.Added;
import dev.croft.desired.HostState.LocalTarget;
import dev.croft.desired.HostState.S3Target;
import dev.croft.desired.HostState.SftpTarget;
import dev.croft.desired.HostState.Target;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.CopyButton;
import dev.croft.ui.support.Dialogs;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A new place for backups. The password of the repository is made by Croft; nobody types it. */
final class AddTargetDialog {

    /** {@code [host]:port TYPE DATA}, as ssh-keyscan prints it and known_hosts has it: the name in front is none of the key's business. */
    private static final Pattern SCANNED = Pattern.compile("\\S+ ((ssh-|ecdsa-|sk-)\\S+ \\S+.*)");

    private final TextField name = text("target-name", "Name", "cellar", "Lower-case letters, digits and dashes.");
    private final RadioButtonGroup<String> type = new RadioButtonGroup<>();
    private final TextField path = text("target-path", "Directory", "/mnt/cellar/attic", "");
    private final TextField server = text("target-host", "Server", "depot.example.org", "");
    private final IntegerField port = new IntegerField("Port");
    private final TextField user = text("target-user", "Account", "attic", "");
    private final TextField remotePath = text(
            "target-remote-path",
            "Directory",
            "backups/attic",
            "Below the account's own, unless it begins with a slash.");
    private final TextArea hostKey = new TextArea("The server's public key");
    private final TextArea sshKey = new TextArea("Private key");
    private final TextField endpoint = text("target-endpoint", "Address of the server", "https://s3.example.org", "");
    private final TextField bucket = text("target-bucket", "Bucket", "attic-backups", "");
    private final TextField prefix =
            text("target-prefix", "Directory in the bucket", "", "Leave empty for the whole bucket.");
    private final TextField region = text("target-region", "Region", "", "Only where the server wants to know it.");
    private final TextField keyId = text("target-key-id", "Access key", "", "");
    private final PasswordField secretKey = new PasswordField("Secret key");
    private final Div local = new Div(path);
    private final Div sftp = new Div();
    private final Div s3 = new Div();
    private final Backups backups;
    private final Background background;
    private final HostName host;
    private final Runnable onAdded;
    private final Dialogs dialog;

    AddTargetDialog(HostName host, Backups backups, Background background, Component owner, Runnable onAdded) {
        this.host = host;
        this.backups = backups;
        this.background = background;
        this.onAdded = onAdded;
        type.setId("target-type");
        type.setLabel("Kind");
        type.setItems("sftp", "s3", "local");
        type.setItemLabelGenerator(each -> switch (each) {
            case "local" -> "A disk of the box";
            case "sftp" -> "Another machine, by SFTP";
            default -> "S3 and the like";
        });
        path.setHelperText("Another disk than the apps' own: a copy on the same one is gone with it. Mount it first.");
        port.setId("target-port");
        port.setPlaceholder("22");
        port.setMin(1);
        port.setMax(65_535);
        hostKey.setId("target-host-key");
        hostKey.setPlaceholder("ssh-ed25519 AAAA…");
        hostKey.setHelperText(
                "What ssh-keyscan -t ed25519 SERVER prints, compared with what its owner says. Another server in its place is not talked to.");
        hostKey.addClassName("croft-mono");
        hostKey.setWidthFull();
        sshKey.setId("target-ssh-key");
        sshKey.setPlaceholder("-----BEGIN OPENSSH PRIVATE KEY-----");
        sshKey.setHelperText("Leave empty: Croft makes one, and shows you the line that the server has to let in.");
        sshKey.addClassName("croft-mono");
        sshKey.setWidthFull();
        sshKey.getElement().setAttribute("autocomplete", "off");
        keyId.getElement().setAttribute("autocomplete", "off");
        secretKey.setId("target-secret-key");
        secretKey.setWidthFull();
        secretKey.getElement().setAttribute("autocomplete", "new-password");
        var where = new Div(server, port);
        where.addClassName("croft-field-row");
        sftp.add(where, user, remotePath, hostKey, sshKey);
        s3.add(endpoint, bucket, prefix, region, keyId, secretKey);
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
                "Backups are encrypted. Croft makes the password and keeps it in its vault; print the recovery kit afterwards, because without it nobody can read them.");
        made.addClassName("croft-hint");
        dialog = new Dialogs(
                "Add a place for backups", "target-add", "Add", it -> add(owner), name, type, local, sftp, s3, made);
    }

    private static TextField text(String id, String label, String placeholder, String help) {
        var field = new TextField(label);
        field.setId(id);
        field.setPlaceholder(placeholder);
        field.setHelperText(help);
        field.setWidthFull();
        return field;
    }

    void open() {
        dialog.open();
        name.getElement().callJsFunction("focus");
    }

    private void add(Component owner) {
        if (name.getValue().isBlank()) {
            dialog.refuse(Problem.of(
                    ProblemCode.INVALID_INPUT, "The target was not added.", "name: it has none.", "Give it a name."));
            return;
        }
        Target target = target();
        Map<String, SecretBytes> credentials = credentials();
        background.call(
                owner,
                () -> backups.add(host, name.getValue().strip(), target, credentials),
                added -> {
                    dialog.close();
                    forget();
                    onAdded.run();
                    if (added.publicKey() != null || added.unplaced() != null) {
                        told(added);
                    }
                },
                dialog::refuse);
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
        Map<String, SecretBytes> given = new LinkedHashMap<>();
        if ("sftp".equals(type.getValue()) && !sshKey.getValue().isBlank()) {
            given.put("SSH_KEY", secret(sshKey.getValue()));
        }
        if ("s3".equals(type.getValue())) {
            given.put("AWS_ACCESS_KEY_ID", secret(keyId.getValue().strip()));
            given.put("AWS_SECRET_ACCESS_KEY", secret(secretKey.getValue().strip()));
        }
        return given;
    }

    private static SecretBytes secret(String typed) {
        return SecretBytes.of(SecretText.of(typed));
    }

    private void forget() {
        sshKey.clear();
        secretKey.clear();
    }

    private static void told(Added added) {
        var body = new Div();
        body.addClassName("croft-stack");
        String line = added.publicKey();
        if (line != null) {
            var shown = new Pre(line);
            shown.addClassName("croft-pem");
            shown.setId("target-public-key");
            shown.getElement().setAttribute("tabindex", "0");
            body.add(
                    new Paragraph("Let this key in on the server, as a line of the account's ~/.ssh/authorized_keys:"),
                    shown,
                    new CopyButton(line, "Copy the key"));
        }
        if (added.unplaced() != null) {
            body.add(new Paragraph("The box does not have the passwords yet: "
                    + added.unplaced().why() + " It gets them before the change is applied."));
        }
        new Dialogs(
                        "One thing more",
                        "target-told",
                        "Review the change",
                        dialog -> {
                            dialog.close();
                            Actions.go(Links.CHANGES);
                        },
                        body)
                .orElse("Later")
                .open();
    }
}
