package dev.croft.ui.settings;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.AnchorTarget;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.data.value.ValueChangeMode;
import com.vaadin.flow.shared.Registration;
import dev.croft.access.Providers;
import dev.croft.access.Providers.Settings;
import dev.croft.access.Scope;
import dev.croft.apps.Apps;
import dev.croft.fleet.Hosts;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.ConsoleAddress;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Held;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** One provider: how it is reached, whom its word makes of people, and a sign-in to try it before it is saved. */
public final class ProviderForm extends Div {

    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private final Providers providers;
    private final Hosts hosts;
    private final Apps apps;
    private final Background background;
    private final JsonMapper json;
    private final TextField name = new TextField(t("Name"));
    private final TextField id = new TextField("ID");
    private final TextField issuer = new TextField(t("Issuer"));
    private final TextField client = new TextField(t("Client ID"));
    private final PasswordField secret = new PasswordField(t("Client secret"));
    private final TextField scopes = new TextField(t("Scopes"));
    private final Checkbox enabled = new Checkbox(t("Offered on the sign-in page"), true);
    private final Div addresses = new Div();
    private final ProblemPanel problem = new ProblemPanel();
    private final Div tried = new Div();
    private final TextArea claims = new TextArea(t("Claims"));
    private final Div becomes = new Div();
    private final Button test = Actions.button("provider-test", t("Test sign-in"), "play", this::test);
    private final Button save = Actions.primary("provider-save", t("Save"), "check", this::save);
    private final RuleRows rules = new RuleRows(this::preview);
    private final @Nullable String existing;
    private final Runnable onSaved;
    private @Nullable String lastTest;
    private @Nullable Registration looking;

    /** {@code existing} is the id of the one to be changed; null for a new one. */
    public ProviderForm(
            @Nullable String existing,
            Providers providers,
            Hosts hosts,
            Apps apps,
            Background background,
            JsonMapper json,
            Runnable onSaved) {
        this.existing = existing;
        this.onSaved = onSaved;
        this.providers = providers;
        this.hosts = hosts;
        this.apps = apps;
        this.background = background;
        this.json = json;
        fields();
        claims.setId("provider-claims");
        claims.addClassName("croft-mono");
        claims.setWidthFull();
        claims.setMinRows(4);
        claims.setMaxRows(16);
        claims.setValue("{}");
        claims.setHelperText(t("Those of the last test, or others to see what the rules make of them."));
        claims.setValueChangeMode(ValueChangeMode.LAZY);
        claims.addValueChangeListener(changed -> preview());
        becomes.setId("provider-becomes");
        tried.setId("provider-tried");
        test.setDisableOnClick(true);
        save.setDisableOnClick(true);
        var row = new Div(name, id);
        row.addClassName("croft-field-row");
        var credentials = new Div(client, secret);
        credentials.addClassName("croft-field-row");
        var hint = new Paragraph(
                t(
                        "A claim is something that the provider says of a person. Whom no rule fits is not let in; where several fit, their roles add up."));
        hint.addClassName("croft-hint");
        var buttons = new Div(save, test);
        buttons.addClassName("croft-actions");
        addClassNames("croft-stack", "croft-form");
        add(
                new Panel(t("Provider")).with(row, issuer, credentials, scopes, enabled),
                new Panel(t("What the provider has to know")).with(addresses),
                new Panel(t("Who becomes what")).with(hint, rules),
                new Panel(t("Try it")).with(tried, claims, becomes),
                problem,
                buttons);
    }

    private void fields() {
        name.setId("provider-name");
        name.setPlaceholder("Keycloak");
        name.setMaxLength(100);
        name.setWidthFull();
        name.addValueChangeListener(changed -> {
            if (existing == null && id.isEmpty()) {
                id.setValue(changed.getValue()
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9]+", "-")
                        .replaceAll("^[^a-z]+|-+$", ""));
            }
        });
        id.setId("provider-id");
        id.setMaxLength(32);
        id.setWidthFull();
        id.setHelperText(t("Part of the redirect address; cannot be changed later."));
        id.addValueChangeListener(changed -> showAddresses());
        issuer.setId("provider-issuer");
        issuer.setPlaceholder("https://id.example.org/realms/home");
        issuer.setMaxLength(500);
        issuer.setWidthFull();
        issuer.setHelperText(t("Its discovery document lies below: /.well-known/openid-configuration."));
        client.setId("provider-client");
        client.setMaxLength(255);
        client.setWidthFull();
        client.getElement().setAttribute("autocomplete", "off");
        secret.setId("provider-secret");
        secret.setMaxLength(4096);
        secret.setWidthFull();
        secret.getElement().setAttribute("autocomplete", "off");
        secret.setHelperText(t("Left empty, the client is a public one (PKCE alone)."));
        scopes.setId("provider-scopes");
        scopes.setValue("profile email");
        scopes.setWidthFull();
        scopes.setHelperText(t("Asked for beside openid. Some providers send groups only when a scope asks for them."));
        enabled.setId("provider-enabled");
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        showAddresses();
        background.call(this, this::offeredScopes, this::showRules, this::refuse);
    }

    private List<String> offeredScopes() {
        List<String> offered = new ArrayList<>(List.of(Scope.EVERYWHERE.toString()));
        hosts.list().forEach(host -> {
            offered.add(Scope.of(host.name()).toString());
            apps.list(host.name())
                    .forEach(
                            app -> offered.add(Scope.of(host.name(), app.name()).toString()));
        });
        return offered;
    }

    private void showRules(List<String> offered) {
        rules.offer(offered);
        if (existing != null) {
            background.call(this, providers::list, this::showExisting, this::refuse);
        }
    }

    private void showExisting(List<Providers.Provider> found) {
        Optional<Providers.Provider> mine = found.stream()
                .filter(each -> each.settings().id().equals(existing))
                .findFirst();
        if (mine.isEmpty()) {
            refuse(Problem.of(
                    ProblemCode.NOT_FOUND,
                    t("There is no such provider."),
                    t("It was removed, or the address is mistyped."),
                    t("Go back to the list.")));
            save.setEnabled(false);
            return;
        }
        Settings settings = mine.get().settings();
        name.setValue(settings.name());
        id.setValue(settings.id());
        id.setReadOnly(true);
        issuer.setValue(settings.issuer());
        client.setValue(settings.clientId());
        scopes.setValue(settings.scopes());
        enabled.setValue(settings.enabled());
        secret.setHelperText(
                mine.get().hasSecret()
                        ? t("One is kept. Left empty, it stays.")
                        : t("None is kept: the client is a public one (PKCE alone)."));
        rules.show(settings.rules());
        showAddresses();
    }

    /** As Spring Security will make them from the same request, so that what is copied is what is sent. */
    private void showAddresses() {
        addresses.removeAll();
        URI base = ConsoleAddress.of(UI.getCurrent());
        String part = id.getValue().isBlank() ? "…" : id.getValue();
        addresses.add(new Facts()
                .code(t("Redirect address"), base + "/login/oauth2/code/" + part)
                .code(t("After signing out"), base + "/login")
                .code(t("Back-channel logout"), base + "/logout/connect/back-channel/" + part));
    }

    private void withSettings(Consumer<Settings> use) {
        problem.clear();
        rules.rules()
                .ifPresentOrElse(
                        made -> use.accept(new Settings(
                                id.getValue().strip(),
                                name.getValue().strip(),
                                issuer.getValue().strip(),
                                client.getValue().strip(),
                                scopes.getValue().strip(),
                                enabled.getValue(),
                                made)),
                        this::again);
    }

    private @Nullable SecretText typedSecret() {
        return secret.isEmpty() ? null : SecretText.of(secret.getValue());
    }

    private void again() {
        test.setEnabled(true);
        save.setEnabled(true);
    }

    private void refuse(Problem refused) {
        problem.show(refused);
        again();
    }

    private void save() {
        SecretText typed = typedSecret();
        withSettings(settings -> background.call(
                this, () -> providers.save(settings, typed, lastTest), saved -> onSaved.run(), this::refuse));
    }

    private void test() {
        SecretText typed = typedSecret();
        withSettings(settings ->
                background.call(this, () -> providers.startTest(settings, typed), this::follow, this::refuse));
    }

    /** The provider's page in a tab of its own, because this one holds what is not saved. */
    private void follow(Providers.Test begun) {
        lastTest = begun.id();
        String path = begun.path().substring(1);
        UI.getCurrent().getPage().open(path, "_blank");
        var link = new Anchor(path, t("Open the provider's page"));
        link.setTarget(AnchorTarget.BLANK);
        link.setRouterIgnore(true);
        link.setId("provider-test-link");
        tried.removeAll();
        tried.add(
                new Paragraph(rich("Sign in with the account to be tried, in the tab that opened. No tab? {0}", link)));
        if (looking != null) {
            looking.remove();
        }
        looking = background.every(this, LOOK_AGAIN, () -> providers.test(begun.id()), this::look, refused -> {
            stopLooking();
            refuse(refused);
        });
        again();
    }

    private void look(Providers.Test now) {
        if (now.state() == Providers.TestState.WAITING) {
            return;
        }
        stopLooking();
        tried.removeAll();
        if (now.problem() != null) {
            tried.add(new ProblemPanel(now.problem()));
            return;
        }
        tried.add(new Paragraph(t("The provider answered. This is what it says of that person:")));
        claims.setValue(json.writerWithDefaultPrettyPrinter().writeValueAsString(readable(now.claims())));
        preview();
    }

    private void stopLooking() {
        if (looking != null) {
            looking.remove();
            looking = null;
        }
    }

    /** Times and addresses as text. */
    private static Map<String, Object> readable(Map<String, Object> claims) {
        Map<String, Object> readable = new LinkedHashMap<>();
        claims.forEach((claim, value) -> readable.put(
                claim,
                value instanceof Map || value instanceof List || value instanceof Boolean || value instanceof Number
                        ? value
                        : value.toString()));
        return readable;
    }

    private void preview() {
        Map<String, Object> said;
        try {
            said = json.readValue(claims.getValue(), new TypeReference<Map<String, Object>>() {});
            claims.setInvalid(false);
        } catch (JacksonException e) {
            claims.setErrorMessage(t("This is no JSON object."));
            claims.setInvalid(true);
            return;
        }
        if (said == null || said.isEmpty()) {
            becomes.removeAll();
            return;
        }
        rules.rules()
                .ifPresent(made ->
                        background.call(this, () -> providers.preview(made, said), this::showBecomes, problem::show));
    }

    private void showBecomes(Providers.Becomes who) {
        becomes.removeAll();
        if (who.refused() != null) {
            becomes.add(new ProblemPanel(who.refused()));
            return;
        }
        var grants = new UnorderedList();
        who.grants().all().forEach(grant -> grants.add(new ListItem(Held.words(grant))));
        becomes.add(new Facts()
                .fact(t("Name"), who.name())
                .fact(t("E-mail"), who.email())
                .fact(t("Becomes"), grants));
    }
}
