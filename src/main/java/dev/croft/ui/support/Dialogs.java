package dev.croft.ui.support;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import dev.croft.kernel.Problem;
import java.util.function.Consumer;

/** A question before something is done. Esc and Cancel do nothing; a refusal stays in the dialog, so nothing typed is lost. */
public class Dialogs extends Dialog {

    private final ProblemPanel problem = new ProblemPanel();
    private final Button confirm;
    private final Button cancel;

    /** @param action gets the dialog, which it closes itself when all went well */
    public Dialogs(
            String title, String confirmId, String confirmLabel, Consumer<Dialogs> action, Component... content) {
        setHeaderTitle(title);
        addClassName("croft-dialog");
        var body = new Div(content);
        body.add(problem);
        body.addClassName("croft-dialog-body");
        add(body);
        cancel = new Button(t("Cancel"), click -> close());
        confirm = new Button(confirmLabel);
        confirm.setId(confirmId);
        confirm.addThemeVariants(ButtonVariant.PRIMARY);
        confirm.setDisableOnClick(true);
        confirm.addClickListener(click -> {
            problem.clear();
            action.accept(this);
        });
        getFooter().add(cancel, confirm);
        setCloseOnOutsideClick(false);
    }

    /** The button that does nothing, in other words than "Cancel". */
    public Dialogs orElse(String label) {
        cancel.setText(label);
        return this;
    }

    /** Pressing the button does another thing from now on. */
    protected void relabel(String label) {
        confirm.setText(label);
    }

    public void confirm() {
        confirm.click();
    }

    public void refuse(Problem why) {
        problem.show(why);
        confirm.setEnabled(true);
    }

    /** A field said no: let the person try again. */
    public void again() {
        confirm.setEnabled(true);
    }
}
