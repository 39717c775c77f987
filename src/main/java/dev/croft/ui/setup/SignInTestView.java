package dev.croft.ui.setup;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.router.BeforeEvent;
import com.vaadin.flow.router.HasUrlParameter;
import com.vaadin.flow.router.Route;
import dev.croft.access.Providers;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Background;
import jakarta.annotation.security.PermitAll;

/** Where a sign-in that was only tried ends, in a tab of its own. The page that it was tried from shows the rest. */
@Route(value = Links.SIGN_IN_TEST, autoLayout = false)
@PermitAll
@Needs(Needs.What.NOTHING)
class SignInTestView extends Door implements HasUrlParameter<String> {

    private final Providers providers;
    private final Background background;
    private final Div result = new Div();
    private String id = "";

    SignInTestView(Providers providers, Background background) {
        super(t("Tried sign-in"), t("Tried sign-in"), t("Nothing of it was kept, and you are signed in as before."));
        this.providers = providers;
        this.background = background;
        result.setId("test-result");
        addToCard(result, new Paragraph(t("You can close this tab; the form shows the same.")));
    }

    @Override
    public void setParameter(BeforeEvent event, String parameter) {
        id = parameter;
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        background.call(this, () -> providers.test(id), this::render, problem::show);
    }

    private void render(Providers.Test test) {
        if (test.problem() != null) {
            problem.show(test.problem());
            return;
        }
        Providers.Becomes becomes = test.becomes();
        if (becomes != null && becomes.refused() != null) {
            problem.show(becomes.refused());
        } else if (becomes != null) {
            result.setText(t("You would be signed in as {0}.", becomes.name()));
        }
    }
}
