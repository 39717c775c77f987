package dev.croft.ui.apps;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Pre;
import com.vaadin.flow.component.textfield.PasswordField;
import dev.croft.kernel.HostName;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.CopyButton;
import dev.croft.ui.support.Dialogs;
import dev.croft.vault.Secret;
import dev.croft.vault.Secrets;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Shows a value to an administrator who types their password once more. It leaves the page when the dialog closes. */
final class RevealDialog extends Dialogs {

    private record Parts(Div shown, PasswordField typed) {}

    RevealDialog(HostName host, Secret secret, Secrets secrets, Background background) {
        this(host, secret, secrets, background, new Parts(new Div(), new PasswordField("Your password")));
    }

    private RevealDialog(HostName host, Secret secret, Secrets secrets, Background background, Parts parts) {
        super(
                "Show " + secret.name(),
                "secret-reveal",
                "Show",
                dialog -> background.call(
                        dialog,
                        () -> secrets.reveal(
                                host,
                                secret.owner(),
                                secret.name(),
                                SecretText.of(parts.typed().getValue())),
                        value -> {
                            parts.typed().clear();
                            parts.typed().setVisible(false);
                            show(parts.shown(), value);
                        },
                        refused -> {
                            parts.typed().clear();
                            dialog.refuse(refused);
                        }),
                new Paragraph("That you looked is written to the console's log."),
                parts.typed(),
                parts.shown());
        orElse("Close");
        parts.typed().setId("secret-reveal-password");
        parts.typed().setWidthFull();
        parts.typed().setAutofocus(true);
        addOpenedChangeListener(change -> {
            if (!change.isOpened()) {
                parts.typed().clear();
                parts.shown().removeAll();
            }
        });
    }

    private static void show(Div place, SecretBytes value) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(value.reveal()))
                    .toString();
        } catch (CharacterCodingException notText) {
            text = Base64.getMimeEncoder().encodeToString(value.reveal());
            place.add(new Paragraph("It is no text; this is its base64."));
        }
        var shown = new Pre(text);
        shown.addClassName("croft-revealed");
        shown.setId("secret-revealed");
        shown.getElement().setAttribute("tabindex", "0");
        place.add(shown, new CopyButton(text, "Copy the value"));
    }
}
