package dev.croft.ui.setup;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.textfield.Autocomplete;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.server.auth.AnonymousAllowed;
import dev.croft.access.People;
import dev.croft.kernel.SecretText;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Background;

/** Where an invitation leads: a password is chosen, once. */
@Route(value = Links.WELCOME, autoLayout = false)
@AnonymousAllowed
class WelcomeView extends Door {

    private final People people;
    private final Background background;
    private final TextField username = usernameField("welcome-username");
    private final PasswordField password = passwordField("welcome-password", Autocomplete.NEW_PASSWORD);
    private final Button submit = new Button(t("Set the password and sign in"));
    private final SignInForm form = new SignInForm(username, password, submit);
    private SecretText link = SecretText.of("");

    WelcomeView(People people, Background background) {
        super(
                t("Welcome"),
                t("Welcome to Croft"),
                t("Choose the password with which you will sign in. This link is good once."));
        this.people = people;
        this.background = background;
        username.setReadOnly(true);
        password.setHelperText(
                t("At least 12 characters; a few unrelated words are easy to remember and hard to guess."));
        password.setMaxLength(256);
        submit.setId("welcome-submit");
        submit.addThemeVariants(ButtonVariant.PRIMARY);
        submit.setWidthFull();
        submit.setDisableOnClick(true);
        submit.addClickListener(click -> accept());
        form.submitBy(submit);
        form.setVisible(false);
        addToCard(form);
    }

    /** The secret part is in the fragment, which a browser never sends in a request line: it reaches no log of a proxy. */
    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        getElement()
                .executeJs("return decodeURIComponent(window.location.hash.slice(1))")
                .then(String.class, this::take);
    }

    private void take(String fragment) {
        link = SecretText.of(fragment);
        background.call(
                this,
                () -> people.invited(link),
                name -> {
                    username.setValue(name);
                    form.setVisible(true);
                    password.focus();
                },
                problem::show);
    }

    private void accept() {
        problem.clear();
        background.run(
                this,
                () -> people.accept(link, SecretText.of(password.getValue())),
                () -> {
                    UI.getCurrent().getPage().getHistory().replaceState(null, Links.LOGIN);
                    form.send();
                },
                refused -> {
                    problem.show(refused);
                    submit.setEnabled(true);
                });
    }
}
