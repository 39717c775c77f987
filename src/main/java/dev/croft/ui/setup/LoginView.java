package dev.croft.ui.setup;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.textfield.Autocomplete;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.PageTitle;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.server.auth.AnonymousAllowed;
import com.vaadin.flow.spring.security.AuthenticationContext;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.setup.Setup;
import dev.croft.ui.shell.Links;

/** Sign-in. */
@Route(value = Links.LOGIN, autoLayout = false)
@PageTitle("Sign in · Croft")
@AnonymousAllowed
class LoginView extends Door implements BeforeEnterObserver {

    private final Setup setup;
    private final AuthenticationContext authentication;

    LoginView(Setup setup, AuthenticationContext authentication) {
        super("Sign in", "Welcome back.");
        this.setup = setup;
        this.authentication = authentication;

        var username = usernameField("login-username");
        username.setAutofocus(true);
        var password = passwordField("login-password", Autocomplete.CURRENT_PASSWORD);
        var submit = new Button("Sign in");
        submit.setId("login-submit");
        submit.addThemeVariants(ButtonVariant.PRIMARY);
        submit.setWidthFull();
        var form = new SignInForm(username, password, submit);
        form.submitBy(submit);
        submit.addClickListener(click -> form.send());
        addToCard(form);
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        if (authentication.isAuthenticated()) {
            event.forwardTo(Links.HOME);
            return;
        }
        if (!setup.status().complete()) {
            event.forwardTo(Links.SETUP);
            return;
        }
        var parameters = event.getLocation().getQueryParameters();
        if (parameters.getParameters().containsKey("error")) {
            problem.show(
                    parameters
                                    .getSingleParameter("error")
                                    .filter("TOO_MANY_ATTEMPTS"::equals)
                                    .isPresent()
                            ? Problem.of(
                                    ProblemCode.TOO_MANY_ATTEMPTS,
                                    "You are not signed in.",
                                    "There were too many attempts in a short time.",
                                    "Wait a minute, then try again.")
                            : Problem.of(
                                    ProblemCode.SIGN_IN_FAILED,
                                    "You are not signed in.",
                                    "The user name or the password is not right.",
                                    "Check both and try again."));
        }
    }
}
