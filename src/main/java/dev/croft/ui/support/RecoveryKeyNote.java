package dev.croft.ui.support;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import dev.croft.kernel.SecretText;

/** The vault's recovery key, the one time that it is shown. */
public final class RecoveryKeyNote extends Div {

    public RecoveryKeyNote(SecretText key) {
        addClassName("croft-recovery");
        setId("recovery-key-note");
        String text = key.reveal();
        var words = new Paragraph(
                t(
                        "Print this, or write it down, and keep it away from this machine. It opens the console's vault when the key file is lost, and Croft cannot show it again."));
        var groups = new Div();
        groups.addClassName("croft-recovery-key");
        groups.setId("recovery-key");
        groups.getElement().setAttribute("aria-label", t("Recovery key"));
        for (String group : text.split("-")) {
            groups.add(new Span(group));
        }
        var print = new Button(t("Print"), Icons.of("printer"));
        print.getElement().executeJs("this.addEventListener('click', () => window.print())");
        var actions = new Div(print, new CopyButton(text, t("Copy the recovery key")));
        actions.addClassName("croft-actions");
        add(new H2(t("Recovery key")), words, groups, actions);
    }
}
