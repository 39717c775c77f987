package dev.croft.ui.backups;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Composite;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the box signs in with at a place of a kind. */
final class KeyFields extends Composite<Div> {

    private final TextArea sshKey = new TextArea(t("Private key"));
    private final TextField keyId = new TextField(t("Access key"));
    private final PasswordField secretKey = new PasswordField(t("Secret key"));
    private final boolean s3;

    /** @param type sftp or s3 */
    KeyFields(String type) {
        s3 = "s3".equals(type);
        sshKey.setId("target-ssh-key");
        sshKey.setPlaceholder("-----BEGIN OPENSSH PRIVATE KEY-----");
        sshKey.setHelperText(t("Leave empty: Croft makes one, and shows you the line that the server has to let in."));
        sshKey.addClassName("croft-mono");
        sshKey.setWidthFull();
        sshKey.getElement().setAttribute("autocomplete", "off");
        keyId.setId("target-key-id");
        keyId.setWidthFull();
        keyId.getElement().setAttribute("autocomplete", "off");
        secretKey.setId("target-secret-key");
        secretKey.setWidthFull();
        secretKey.getElement().setAttribute("autocomplete", "new-password");
    }

    @Override
    protected Div initContent() {
        var fields = s3 ? new Div(keyId, secretKey) : new Div(sshKey);
        fields.addClassName("croft-fields");
        return fields;
    }

    /** By name, as the box knows them. */
    Map<String, SecretBytes> typed() {
        Map<String, SecretBytes> typed = new LinkedHashMap<>();
        if (s3) {
            typed.put("AWS_ACCESS_KEY_ID", secret(keyId.getValue().strip()));
            typed.put("AWS_SECRET_ACCESS_KEY", secret(secretKey.getValue().strip()));
        } else if (!sshKey.getValue().isBlank()) {
            typed.put("SSH_KEY", secret(sshKey.getValue()));
        }
        return typed;
    }

    private static SecretBytes secret(String typed) {
        return SecretBytes.of(SecretText.of(typed));
    }

    void forget() {
        sshKey.clear();
        secretKey.clear();
    }
}
