package dev.croft.ui.setup;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.router.Route;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import jakarta.annotation.security.PermitAll;

/** Where somebody comes back to who proved themselves once more at their provider, in a tab of its own. */
@Route(value = Links.SIGN_IN_CONFIRMED, autoLayout = false)
@PermitAll
@Needs(Needs.What.NOTHING)
class SignInConfirmedView extends Door {

    SignInConfirmedView() {
        super(t("Confirmed"), t("That was you"), t("The provider confirmed who you are."));
        addToCard(new Paragraph(t("Close this tab and go on where you were.")));
    }
}
