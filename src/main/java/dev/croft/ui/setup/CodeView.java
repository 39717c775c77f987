package dev.croft.ui.setup;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.server.auth.AnonymousAllowed;
import dev.croft.ui.shell.Links;

/** The second step of a local account. */
@Route(value = Links.LOGIN_CODE, autoLayout = false)
@AnonymousAllowed
class CodeView extends Door implements BeforeEnterObserver {

    CodeView() {
        super(t("Sign in"), t("One more step"), t("Your authenticator app shows a code of six digits."));
        var code = new TextField(t("Code"));
        code.setId("login-code");
        code.getElement().setProperty("name", "code");
        code.getElement().setAttribute("autocomplete", "one-time-code");
        code.getElement().setAttribute("autocapitalize", "none");
        code.getElement().setAttribute("spellcheck", "false");
        code.setMaxLength(64);
        code.setHelperText(t("Without the app, type one of your recovery codes; each is good once."));
        code.setAutofocus(true);
        code.setWidthFull();
        var submit = new Button(t("Sign in"));
        submit.setId("login-submit");
        submit.addThemeVariants(ButtonVariant.PRIMARY);
        submit.setWidthFull();
        var form = new SignInForm(Links.LOGIN_CODE, code, submit);
        form.submitBy(submit);
        submit.addClickListener(click -> form.send());
        addToCard(form, new Anchor(Links.LOGIN, t("Sign in as somebody else")));
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        if (!SignInWords.isCodeWanted()) {
            event.forwardTo(Links.LOGIN);
            return;
        }
        SignInWords.takeFailure().ifPresent(problem::show);
    }
}
