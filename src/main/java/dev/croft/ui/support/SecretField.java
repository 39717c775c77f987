package dev.croft.ui.support;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.textfield.TextArea;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import java.util.Optional;

/** Where a secret's value is typed or pasted: masked, and known to no password manager and no spelling checker. */
public final class SecretField extends TextArea {

    public SecretField() {
        super(t("Value"));
        setId("secret-value");
        setMinRows(2);
        setMaxRows(8);
        setWidthFull();
        addClassNames("croft-mono", "croft-masked");
        getElement().setAttribute("autocomplete", "off");
        getElement().setAttribute("spellcheck", "false");
    }

    /** What was typed; empty, and the field says why, when it cannot be sent as it is. */
    public Optional<SecretBytes> bytes() {
        try {
            SecretBytes value = SecretBytes.of(SecretText.of(getValue()));
            setInvalid(false);
            return Optional.of(value);
        } catch (IllegalArgumentException halfACharacter) {
            refuse(t("It has half of a character. Send it over the API as base64."));
            return Optional.empty();
        }
    }

    public void refuse(String why) {
        setErrorMessage(why);
        setInvalid(true);
    }
}
