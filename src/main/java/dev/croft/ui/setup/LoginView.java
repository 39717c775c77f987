package dev.croft.ui.setup;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Input;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.Autocomplete;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.server.VaadinServletRequest;
import com.vaadin.flow.server.auth.AnonymousAllowed;
import com.vaadin.flow.spring.security.AuthenticationContext;
import dev.croft.access.Passkeys;
import dev.croft.access.Providers;
import dev.croft.access.SignInPaths;
import dev.croft.setup.Setup;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.PasskeyPrompt;
import java.util.List;
import java.util.Optional;

/** Sign-in: by a provider, or with a local account. */
@Route(value = Links.LOGIN, autoLayout = false)
@AnonymousAllowed
class LoginView extends Door implements BeforeEnterObserver {

    private final Setup setup;
    private final AuthenticationContext authentication;

    LoginView(Setup setup, Providers providers, Passkeys passkeys, AuthenticationContext authentication) {
        super(t("Sign in"), t("Sign in"), t("Welcome back."));
        this.setup = setup;
        this.authentication = authentication;
        List<Providers.Option> offered = providers.offered();
        if (!offered.isEmpty()) {
            var ways = new Div();
            ways.addClassName("croft-door-ways");
            offered.forEach(option -> ways.add(way(option)));
            addToCard(ways);
        }
        if (providers.passwordSignIn()) {
            if (!offered.isEmpty()) {
                var or = new Paragraph(t("or with an account of this console"));
                or.addClassName("croft-door-or");
                addToCard(or);
            }
            addToCard(passwordForm(offered.isEmpty()));
            Optional.ofNullable(VaadinServletRequest.getCurrent())
                    .flatMap(passkeys::offer)
                    .ifPresent(asked -> addToCard(passkeyForm(asked)));
        }
    }

    /** What the passkey answers is sent like a password: the session starts with an ordinary request. */
    private SignInForm passkeyForm(String asked) {
        var prompt = new PasskeyPrompt();
        var answer = new Input();
        answer.setType("hidden");
        answer.getElement().setAttribute("name", "answer");
        var use = new Button(t("Sign in with a passkey"), Icons.of("key"));
        use.setId("login-passkey");
        use.setWidthFull();
        use.setDisableOnClick(true);
        var form = new SignInForm(SignInPaths.PASSKEY.substring(1), prompt, answer, use);
        use.addClickListener(click -> prompt.show(
                asked,
                said -> {
                    answer.setValue(said);
                    form.send();
                },
                refused -> {
                    problem.show(refused);
                    use.setEnabled(true);
                }));
        return form;
    }

    private static Anchor way(Providers.Option option) {
        var link = new Anchor(SignInPaths.PROVIDER.substring(1) + option.id());
        link.add(Icons.of("key"), new Span(t("Sign in with {0}", option.name())));
        link.addClassNames("croft-button-link", "croft-primary");
        link.setId("login-with-" + option.id());
        // An address of the server, not of a page.
        link.getElement().setAttribute("router-ignore", true);
        return link;
    }

    private static SignInForm passwordForm(boolean first) {
        var username = usernameField("login-username");
        username.setAutofocus(first);
        var password = passwordField("login-password", Autocomplete.CURRENT_PASSWORD);
        var submit = new Button(t("Sign in"));
        submit.setId("login-submit");
        if (first) {
            submit.addThemeVariants(ButtonVariant.PRIMARY);
        }
        submit.setWidthFull();
        var form = new SignInForm(username, password, submit);
        form.submitBy(submit);
        submit.addClickListener(click -> form.send());
        return form;
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        if (authentication.isAuthenticated()) {
            // Of no use to somebody who is in, and not to be shown when they come here again.
            SignInWords.takeFailure();
            event.forwardTo(Links.HOME);
            return;
        }
        if (!setup.status().complete()) {
            event.forwardTo(Links.SETUP);
            return;
        }
        SignInWords.takeFailure().ifPresent(this::beginWith);
    }
}
