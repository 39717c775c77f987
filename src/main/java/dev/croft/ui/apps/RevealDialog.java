package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Pre;
import dev.croft.kernel.HostName;
import dev.croft.kernel.SecretBytes;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.CopyButton;
import dev.croft.ui.support.Dialogs;
import dev.croft.vault.Secret;
import dev.croft.vault.Secrets;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Shows a value to an administrator who has proved lately who they are. It leaves the page when the dialog closes. */
final class RevealDialog extends Dialogs {

    RevealDialog(HostName host, Secret secret, Secrets secrets, Background background) {
        this(host, secret, secrets, background, new Div());
    }

    private RevealDialog(HostName host, Secret secret, Secrets secrets, Background background, Div shown) {
        super(
                t("Show {0}", secret.name()),
                "secret-reveal",
                t("Show"),
                dialog -> background.call(
                        dialog,
                        () -> secrets.reveal(host, secret.owner(), secret.name()),
                        value -> show(shown, value),
                        dialog::refuse),
                new Paragraph(t("That you looked is written to the console's log and to the audit.")),
                shown);
        orElse(t("Close"));
        addOpenedChangeListener(change -> {
            if (!change.isOpened()) {
                shown.removeAll();
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
            place.add(new Paragraph(t("It is no text; this is its base64.")));
        }
        var shown = new Pre(text);
        shown.addClassName("croft-revealed");
        shown.setId("secret-revealed");
        shown.getElement().setAttribute("tabindex", "0");
        place.add(shown, new CopyButton(text, t("Copy the value")));
    }
}
