package dev.croft.ui.setup;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.HtmlContainer;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.Header;
import com.vaadin.flow.component.html.Main;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.Autocomplete;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.router.HasDynamicTitle;
import dev.croft.kernel.Problem;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.PasswordInput;
import dev.croft.ui.support.ProblemPanel;

/** A page in front of the console: the name, one sentence, one form. */
abstract class Door extends Div implements HasDynamicTitle {

    final ProblemPanel problem = new ProblemPanel();
    private final Main card = new Main();
    private final Paragraph words;
    private final String pageTitle;

    Door(String pageTitle, String title, String sentence) {
        this.pageTitle = pageTitle;
        addClassName("croft-door");
        var brand = new Header(Icons.of("sprout"), new Span("Croft"));
        brand.addClassName("croft-brand");
        words = new Paragraph(sentence);
        words.addClassName("croft-door-sentence");
        card.addClassName("croft-door-card");
        card.add(new H1(title), words, problem);
        add(brand, card);
    }

    @Override
    public final String getPageTitle() {
        return pageTitle + " · Croft";
    }

    /** A problem to begin with, in the place of the greeting. */
    final void beginWith(Problem refused) {
        words.setVisible(false);
        problem.show(refused);
    }

    final void addToCard(Component... components) {
        card.add(components);
    }

    /** What was on the card has done its part. It stays in the page unseen: a form that is to be sent has to be there. */
    final void showInstead(Component shown) {
        card.getChildren()
                .filter(each -> !(each instanceof H1))
                .forEach(each -> each.getElement().getClassList().add("croft-done"));
        card.add(shown);
    }

    static TextField usernameField(String id) {
        var field = new TextField(t("User name"));
        field.setId(id);
        field.getElement().setProperty("name", "username");
        field.setAutocomplete(Autocomplete.USERNAME);
        field.getElement().setAttribute("autocapitalize", "none");
        field.getElement().setAttribute("spellcheck", "false");
        field.setWidthFull();
        return field;
    }

    static PasswordField passwordField(String id, Autocomplete purpose) {
        var field = new PasswordInput(t("Password"));
        field.setId(id);
        field.getElement().setProperty("name", "password");
        field.setAutocomplete(purpose);
        field.setWidthFull();
        return field;
    }

    /**
     * A real form for the sign-in address: the browser's password manager understands it, and the session starts with an ordinary
     * request, as the security chain expects it.
     */
    @Tag("form")
    static final class SignInForm extends HtmlContainer {

        SignInForm(Component... components) {
            this("login", components);
        }

        /** @param path relative to the base, without a slash in front */
        SignInForm(String path, Component... components) {
            getElement().setAttribute("method", "post");
            getElement().setAttribute("action", path);
            addClassName("croft-door-form");
            add(components);
        }

        /** Sends name and password to the sign-in address, with the token against forged requests. */
        void send() {
            getElement().executeJs("""
                    const of = (name) => document.head.querySelector(`meta[name=${name}]`)?.content;
                    const parameter = of('_csrf_parameter');
                    if (parameter) {
                      const token = document.createElement('input');
                      token.type = 'hidden';
                      token.name = parameter;
                      token.value = of('_csrf');
                      this.append(token);
                    }
                    this.submit();
                    """);
        }

        /** Enter anywhere in the form is a click on its button. */
        void submitBy(Button button) {
            getElement().executeJs("""
                    this.addEventListener('submit', e => e.preventDefault());
                    this.addEventListener('keydown', e => {
                      if (e.key === 'Enter' && !e.isComposing && e.target.localName === 'input') {
                        e.preventDefault();
                        e.target.blur();
                        e.target.focus();
                        $0.click();
                      }
                    });
                    """, button.getElement());
        }
    }
}
