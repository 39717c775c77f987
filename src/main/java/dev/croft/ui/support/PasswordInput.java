package dev.croft.ui.support;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.internal.JacksonUtils;

/** A password field whose eye is called something in the reader's language; Vaadin's Java side has no word for it. */
public final class PasswordInput extends PasswordField {

    public PasswordInput(String label) {
        super(label);
        var words = JacksonUtils.createObjectNode();
        words.put("reveal", t("Show the password"));
        getElement().setPropertyJson("i18n", words);
    }
}
