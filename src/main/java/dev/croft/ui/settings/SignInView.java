package dev.croft.ui.settings;

import static dev.croft.ui.support.Texts.inContext;
import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.router.Route;
import dev.croft.access.Providers;
import dev.croft.access.Sessions;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import jakarta.annotation.security.PermitAll;
import java.util.List;

/** Who vouches for people, whether passwords do, and who is signed in. */
@Route(Links.SIGN_IN)
@PermitAll
@Needs(Needs.What.ADMINISTER_EVERYTHING)
class SignInView extends Page {

    private final Providers providers;
    private final Background background;
    private final UnorderedList list = new UnorderedList();
    private final Paragraph none = new Paragraph(
            t(
                    "None yet. With a provider of OpenID Connect (Keycloak, Authentik, Entra ID, Google …) people use the account that they have."));
    private final Checkbox passwords = new Checkbox(t("Local accounts may sign in with a password"));
    private final ProblemPanel refusal = new ProblemPanel();
    private boolean showing;

    SignInView(Providers providers, Sessions sessions, Rights rights, Background background) {
        super(t("Settings"));
        this.providers = providers;
        this.background = background;
        list.addClassName("croft-rows");
        list.setId("providers");
        none.addClassName("croft-hint");
        none.setVisible(false);
        passwords.setId("password-sign-in");
        passwords.setHelperText(
                t(
                        "Can be switched off once somebody has become an administrator through a provider. If that provider fails for good, whoever can start the console on its machine gets back in: docs/recovery.md."));
        passwords.addValueChangeListener(changed -> {
            if (!showing) {
                switchPasswords(changed.getValue());
            }
        });
        var add = Actions.link(t("Add a provider"), "plus", Links.NEW_PROVIDER, false);
        add.setId("provider-new");
        var stack = new Div(
                new Panel(t("Providers"), add).with(none, list),
                new Panel(t("Passwords")).with(refusal, passwords),
                new SessionList(sessions, background, true));
        stack.addClassNames("croft-stack", "croft-form");
        content(SettingsTabs.at("sign-in", rights), stack);
    }

    @Override
    public String getPageTitle() {
        return t("Sign-in") + " · Croft";
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        load();
    }

    private void load() {
        background.call(this, providers::list, this::render, this::show);
        showPasswords();
    }

    private void showPasswords() {
        showing = true;
        passwords.setValue(providers.passwordSignIn());
        showing = false;
    }

    private void render(List<Providers.Provider> found) {
        list.removeAll();
        none.setVisible(found.isEmpty());
        found.forEach(provider -> list.add(row(provider)));
    }

    private ListItem row(Providers.Provider provider) {
        var settings = provider.settings();
        var title = new Div(settings.name());
        title.addClassName("croft-row-title");
        var under = new Div(
                settings.enabled() ? new StatusText(Tone.OK, t("On")) : new StatusText(Tone.IDLE, t("Off")),
                new Span(settings.issuer()),
                new Span(t(
                        "{0, plural, one {# rule} other {# rules}}",
                        settings.rules().size())),
                rich("changed {0} by {1}", TimeText.ago(provider.changedAt()), provider.changedBy()));
        if (provider.proved()) {
            under.add(new Span(t("an administrator has signed in with it")));
        }
        under.addClassName("croft-row-under");
        var words = new Div(title, under);
        words.addClassName("croft-row-words");
        var change = Actions.link(inContext("verb", "Change"), "settings", Links.provider(settings.id()), false);
        change.getElement().setAttribute("aria-label", t("Change {0}", settings.name()));
        var remove = Actions.ofRow(t("Remove"), "trash", t("Remove {0}", settings.name()), () -> askRemove(settings));
        var actions = new Div(change, remove);
        actions.addClassName("croft-actions");
        var row = new ListItem(words, actions);
        row.addClassName("croft-row");
        row.getElement().setAttribute("data-provider", settings.id());
        return row;
    }

    private void askRemove(Providers.Settings settings) {
        new RemoveProviderDialog(settings, providers, background, this, this::load).open();
    }

    private void switchPasswords(boolean on) {
        refusal.clear();
        background.run(this, () -> providers.setPasswordSignIn(on), this::showPasswords, refused -> {
            refusal.show(refused);
            showPasswords();
        });
    }
}
