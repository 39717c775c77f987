package dev.croft.ui.wizard;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.details.Details;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import dev.croft.access.Providers;
import dev.croft.access.Providers.Provider;
import dev.croft.access.Providers.Settings;
import dev.croft.apps.Apps;
import dev.croft.desired.HostState;
import dev.croft.fleet.Hosts;
import dev.croft.setup.Wizard.Progress;
import dev.croft.setup.Wizard.Step;
import dev.croft.ui.settings.ProviderForm;
import dev.croft.ui.settings.RemoveProviderDialog;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.ProblemPanel;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Who gets into the console. */
final class SignInStep extends WizardStep {

    private final String account;
    private final Providers providers;
    private final Hosts hosts;
    private final Apps apps;
    private final Background background;
    private final JsonMapper json;
    private final boolean mayAdminister;
    private final Div known = new Div();
    private final Details adding = new Details(t("Add a provider"));
    private final ProblemPanel problem = new ProblemPanel();
    private @Nullable ProviderForm form;

    SignInStep(
            String account,
            Providers providers,
            Hosts hosts,
            Apps apps,
            Background background,
            JsonMapper json,
            boolean mayAdminister) {
        super(Step.SIGN_IN, t("Sign-in"), t("Who gets into this console. One local account is enough to begin with."));
        this.account = account;
        this.providers = providers;
        this.hosts = hosts;
        this.apps = apps;
        this.background = background;
        this.json = json;
        this.mayAdminister = mayAdminister;
        var note = new Div(
                Icons.of("info"),
                new Span(
                        t(
                                "People of a team sign in better with what they have already (OpenID Connect). It is tried before it is saved.")));
        note.addClassName("croft-note");
        known.setId("wizard-sign-in");
        adding.setId("wizard-provider");
        adding.setWidthFull();
        adding.addOpenedChangeListener(changed -> {
            if (changed.isOpened() && form == null) {
                begin();
            }
        });
        add(
                known,
                new Paragraph(
                        t(
                                "Your local account stays the way in when everything else fails: keep its password where you keep the recovery key.")),
                note,
                problem);
        if (mayAdminister) {
            add(adding);
        }
    }

    @Override
    void show(HostState draft, Progress progress) {
        if (mayAdminister) {
            load();
        } else {
            render(List.of());
        }
    }

    private void render(List<Provider> found) {
        var facts = new Facts().fact(t("You"), Facts.code(account), new Span(t("signed in now")));
        found.forEach(provider -> facts.fact(
                provider.settings().name(),
                new Anchor(
                        Links.provider(provider.settings().id()),
                        provider.settings().issuer()),
                remove(provider.settings())));
        known.removeAll();
        known.add(facts);
    }

    private Button remove(Settings settings) {
        return Actions.ofRow(
                t("Remove"),
                "trash",
                t("Remove {0}", settings.name()),
                () -> new RemoveProviderDialog(settings, providers, background, this, this::load).open());
    }

    private void load() {
        background.call(this, providers::list, this::render, problem::show);
    }

    /** A provider is good from the moment it is saved, and none of the change: it is removed where it is listed. */
    @Override
    boolean isUndoable() {
        return false;
    }

    private void begin() {
        var fresh = new ProviderForm(null, providers, hosts, apps, background, json, () -> {
            adding.setOpened(false);
            adding.removeAll();
            form = null;
            load();
        });
        form = fresh;
        adding.add(fresh);
    }
}
