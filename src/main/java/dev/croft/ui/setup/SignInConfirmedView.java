package dev.croft.ui.setup;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.router.Route;
import dev.croft.kernel.Problem;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import jakarta.annotation.security.PermitAll;
import org.jspecify.annotations.Nullable;

/** Where somebody comes back to who is signed in and went to their provider to prove themselves once more, in a tab of its own. */
@Route(value = Links.SIGN_IN_CONFIRMED, autoLayout = false)
@PermitAll
@Needs(Needs.What.NOTHING)
class SignInConfirmedView extends Door {

    SignInConfirmedView() {
        this(SignInWords.takeFailure().orElse(null));
    }

    private SignInConfirmedView(@Nullable Problem refused) {
        super(
                refused == null ? t("Confirmed") : t("Not confirmed"),
                refused == null ? t("That was you") : t("That did not work"),
                refused == null ? t("The provider confirmed who you are.") : t("You are signed in as before."));
        if (refused != null) {
            problem.show(refused, Actions.link(t("Go home"), "home", Links.HOME, false));
        }
        addToCard(new Paragraph(t("Close this tab and go on where you were.")));
    }
}
