package dev.croft.ui.setup;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H2;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.shared.HasValidationProperties;
import com.vaadin.flow.component.textfield.Autocomplete;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.data.value.ValueChangeMode;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.server.auth.AnonymousAllowed;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import dev.croft.setup.Setup;
import dev.croft.ui.shell.FirstVisit;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.RecoveryKeyNote;
import dev.croft.ui.support.Words;

/** The claim page: whoever holds the link that {@code ./croft up} printed becomes the first administrator. */
@Route(value = Links.SETUP, autoLayout = false)
@AnonymousAllowed
class SetupView extends Door implements BeforeEnterObserver {

    private static final int SHORTEST_PASSWORD = 12;
    private static final int LONGEST_PASSWORD = 256;

    private final Setup setup;
    private final Background background;
    private final TextField username = usernameField("setup-username");
    private final PasswordField password = passwordField("setup-password", Autocomplete.NEW_PASSWORD);
    private final PasswordField claim = new PasswordField(t("Claim"));
    private final Button submit = new Button(t("Create account and start"));
    private final SignInForm form;

    SetupView(Setup setup, Background background) {
        super(
                t("Set up"),
                t("Set up Croft"),
                t("Choose the account that administers this console. The link you opened proves that you started it."));
        this.setup = setup;
        this.background = background;

        claim.setId("setup-claim");
        claim.setHelperText(t("The part after # in the link that ./croft up printed."));
        claim.setWidthFull();
        claim.setVisible(false);
        username.setAutofocus(true);
        username.setRequiredIndicatorVisible(true);
        username.setMaxLength(64);
        password.setRequiredIndicatorVisible(true);
        password.setMaxLength(LONGEST_PASSWORD);
        password.setValueChangeMode(ValueChangeMode.LAZY);
        password.addValueChangeListener(change -> hint(change.getValue()));
        hint("");
        submit.setId("setup-submit");
        submit.addThemeVariants(ButtonVariant.PRIMARY);
        submit.setWidthFull();
        submit.setDisableOnClick(true);
        submit.addClickListener(click -> complete());
        form = new SignInForm(claim, username, password, submit);
        form.submitBy(submit);
        setup.offered().ifPresent(this::offer);
        addToCard(form);
    }

    private void offer(Setup.OfferedHost offered) {
        var endpoint = offered.endpoint();
        var facts = new Facts()
                .fact(t("Box"), Facts.code(offered.name().value()))
                .fact(t("Address"), Facts.code(t("{0}, port {1}", endpoint.address(), endpoint.port())))
                .fact(t("Host key"), Facts.code(endpoint.fingerprint()));
        facts.setId("setup-host");
        var hint = new Paragraph(
                t(
                        "Compare the host key with the one that ./croft up printed. From then on Croft talks to this key only."));
        hint.addClassName("croft-hint");
        var title = new H2(t("Your first box"));
        var box = new Div(new Div(Icons.of("host"), title), facts, hint);
        box.addClassName("croft-offer");
        addToCard(box);
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        if (setup.status().complete()) {
            SignInWords.leave(Problem.of(
                    ProblemCode.ALREADY_SET_UP,
                    t("Nothing was set up."),
                    t("This console already has its first administrator, so the link of its first start is used up."),
                    t("Sign in with that account.")));
            event.forwardTo(Links.LOGIN);
        }
    }

    /** The claim is in the fragment, which a browser never sends in a request line: it reaches no log of a proxy. */
    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        getElement()
                .executeJs("return decodeURIComponent(window.location.hash.slice(1))")
                .then(String.class, this::take);
    }

    private void take(String fragment) {
        if (fragment.isBlank()) {
            askForClaim(Problem.of(
                    ProblemCode.CLAIM_INVALID,
                    t("This address lacks the claim."),
                    t(
                            "Only whoever started Croft may make the first account; the link it printed carries the proof after a #."),
                    t("Open the whole link from the terminal, or paste the part after # below.")));
            return;
        }
        claim.setValue(fragment);
        background.call(
                this,
                () -> setup.checkClaim(SecretText.of(fragment)),
                right -> {
                    if (!right) {
                        askForClaim(wrongClaim());
                    }
                },
                this::askForClaim);
    }

    private static Problem wrongClaim() {
        return Problem.of(
                ProblemCode.CLAIM_INVALID,
                t("The claim in this link is not the right one."),
                t("It may belong to an earlier start, or a part of the link is missing."),
                t("Run ./croft up again: it prints the link that is valid now."));
    }

    private void askForClaim(Problem why) {
        problem.show(why);
        claim.clear();
        claim.setVisible(true);
        submit.setEnabled(true);
    }

    private void hint(String typed) {
        int missing = SHORTEST_PASSWORD - typed.length();
        password.setHelperText(
                typed.isEmpty()
                        ? t(
                                "At least {0} characters. A few words are easier to remember than symbols.",
                                SHORTEST_PASSWORD)
                        : missing > 0
                                ? t("{0, plural, one {# character to go.} other {# characters to go.}}", missing)
                                : t("Long enough."));
        if (missing <= 0) {
            password.setInvalid(false);
        }
    }

    private void complete() {
        problem.clear();
        boolean named = !username.getValue().isBlank();
        username.setInvalid(!named);
        username.setErrorMessage(t("Choose a user name."));
        boolean longEnough = password.getValue().length() >= SHORTEST_PASSWORD;
        password.setInvalid(!longEnough);
        password.setErrorMessage(t("The password needs at least {0} characters.", SHORTEST_PASSWORD));
        if (!named || !longEnough) {
            submit.setEnabled(true);
            return;
        }
        SecretText secret = SecretText.of(claim.getValue());
        SecretText chosen = SecretText.of(password.getValue());
        String name = username.getValue().strip();
        submit.setText(t("Connecting to the box …"));
        background.call(this, () -> setup.complete(secret, name, chosen), this::completed, refused -> {
            submit.setText(t("Create account and start"));
            submit.setEnabled(true);
            if (refused.code() == ProblemCode.CLAIM_INVALID) {
                askForClaim(refused);
            } else {
                mark(username, "username: ", refused);
                mark(password, "password: ", refused);
                problem.show(refused);
            }
        });
    }

    /** The account is made. Before it is used, the one thing that is shown only now. */
    private void completed(Setup.Result result) {
        if (result.host() != null) {
            FirstVisit.expect();
        }
        SecretText key = result.recoveryKey();
        if (key == null) {
            form.send();
            return;
        }
        var proceed = new Button(t("I have it on paper: go on"), click -> form.send());
        proceed.setId("setup-continue");
        proceed.addThemeVariants(ButtonVariant.PRIMARY);
        proceed.setDisableOnClick(true);
        proceed.setWidthFull();
        var shown = new RecoveryKeyNote(key);
        shown.add(proceed);
        showInstead(shown);
        proceed.focus();
    }

    /** A refusal's reason begins with the field that it is about. */
    private static void mark(HasValidationProperties field, String prefix, Problem refused) {
        if (refused.code() == ProblemCode.INVALID_INPUT && refused.why().startsWith(prefix)) {
            field.setErrorMessage(Words.capital(refused.why().substring(prefix.length())));
            field.setInvalid(true);
        }
    }
}
