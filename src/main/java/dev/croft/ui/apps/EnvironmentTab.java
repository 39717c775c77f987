package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import dev.croft.apps.App;
import dev.croft.apps.Apps;
import dev.croft.desired.AppSpec;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.maintenance.Certificates;
import dev.croft.operations.Operations;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.DiffText;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.Rights;
import dev.croft.vault.Secrets;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How the app runs: variables, port, domain, health, limits. Saved as a draft; deploying puts it in force. */
final class EnvironmentTab extends Div implements AppTab {

    private final HostName host;
    private final AppName name;
    private final Apps apps;
    private final DesiredStates desired;
    private final Background background;
    private final Runnable onSaved;
    private final Operations operations;
    private final Certificates certificates;
    private final boolean mayOperate;
    private final SpecFields fields = new SpecFields("app");
    private final SecretsPanel secretsPanel;
    private final ProblemPanel found = new ProblemPanel();
    private final Button save = new Button(t("Save as draft"));
    private final ProblemPanel problem = new ProblemPanel();
    private final Panel difference = new Panel(t("What deploying will change"));
    private final DiffText diff = new DiffText();

    private @Nullable AppSpec loaded;

    /** Where the guard of the box found something: the name of a variable of this app. */
    private static final Pattern VARIABLE = Pattern.compile("run\\.env\\.\"?([A-Za-z_][A-Za-z0-9_]*)");

    EnvironmentTab(
            HostName host,
            AppName name,
            Apps apps,
            DesiredStates desired,
            Secrets secrets,
            Certificates certificates,
            Operations operations,
            Background background,
            Rights rights,
            Runnable onSaved) {
        this.host = host;
        this.name = name;
        this.apps = apps;
        this.desired = desired;
        this.background = background;
        this.onSaved = onSaved;
        this.operations = operations;
        this.certificates = certificates;
        this.mayOperate = rights.mayOperate(name);
        this.secretsPanel = new SecretsPanel(host, name, secrets, background, rights, this::edit);
        addClassNames("croft-stack", "croft-form");
        save.setId("app-save");
        save.addThemeVariants(ButtonVariant.PRIMARY);
        save.setDisableOnClick(true);
        save.addClickListener(click -> save());
        var actions = new Div(save);
        actions.addClassName("croft-actions");
        difference.with(diff);
        difference.setId("app-diff");
        difference.setVisible(false);
        save.setVisible(mayOperate);
        found.setId("secret-found");
        fields.onCheckDomains(this::checkDomains);
        add(found, problem, new Panel(t("How it runs")).with(fields, actions), secretsPanel, difference);
    }

    /** A change of one thing, laid over what was saved last; what is typed here and not saved stays typed. */
    private void edit(UnaryOperator<AppSpec> change, Runnable onEdited, Consumer<Problem> onProblem) {
        background.call(
                this,
                () -> {
                    AppSpec before = apps.get(host, name).spec();
                    return apps.putDraft(host, name, change.apply(before), desired.digest(before));
                },
                app -> {
                    loaded = app.spec();
                    compare(app.pending());
                    onEdited.run();
                    onSaved.run();
                },
                onProblem);
    }

    private void checkDomains(List<String> domains, Consumer<List<SpecFields.Checked>> onChecked, Runnable onProblem) {
        background.call(
                this,
                () -> domains.stream()
                        .map(domain -> new SpecFields.Checked(domain, certificates.check(host, domain)))
                        .toList(),
                onChecked,
                refused -> {
                    onProblem.run();
                    problem.show(refused);
                });
    }

    /** The box refused the last change because of a secret in plain sight: the way out stands where it stands. */
    private void lookForRefusal(AppSpec spec) {
        background.call(
                this,
                () -> operations.list(host, name, 1),
                newest -> {
                    Problem why = newest.isEmpty() ? null : newest.getFirst().problem();
                    if (why == null || why.code() != ProblemCode.SECRET_FOUND) {
                        return;
                    }
                    Matcher variable = VARIABLE.matcher(why.what() + " " + why.why());
                    String key = variable.find() ? variable.group(1) : null;
                    String value = key == null ? null : spec.run().env().get(key);
                    if (key == null || value == null) {
                        found.show(why);
                    } else if (mayOperate) {
                        found.show(
                                why,
                                Actions.primary(
                                        "secret-store",
                                        t("Store {0} as a secret instead", key),
                                        "key",
                                        () -> secretsPanel.storeVariable(
                                                key,
                                                value,
                                                () -> {
                                                    found.clear();
                                                    fields.forget(key);
                                                },
                                                found::show)));
                    } else {
                        found.show(why);
                    }
                },
                problem::show);
    }

    @Override
    public void show(App app) {
        AppSpec before = loaded;
        if (before == null) {
            loaded = app.spec();
            fields.set(app.spec());
            lookForRefusal(app.spec());
            compare(app.pending());
        } else if (before.withSource(app.spec().source()).equals(app.spec())) {
            // A deployment looks up the branch: nobody's edit, and nothing that is typed here.
            loaded = app.spec();
        }
    }

    private void save() {
        AppSpec before = Objects.requireNonNull(loaded);
        problem.clear();
        fields.clearProblems();
        var spec = fields.laidOver(before);
        background.call(
                this,
                () -> apps.putDraft(host, name, spec, desired.digest(before)),
                app -> {
                    save.setEnabled(true);
                    loaded = app.spec();
                    compare(app.pending());
                    onSaved.run();
                },
                refused -> {
                    save.setEnabled(true);
                    fields.mark(refused);
                    problem.show(refused);
                });
    }

    private void compare(boolean pending) {
        if (!pending) {
            difference.setVisible(false);
            return;
        }
        record Texts(String inForce, String draft) {}
        background.call(
                this,
                () -> new Texts(desired.inForce(host).map(this::entry).orElse(""), entry(desired.draft(host))),
                texts -> {
                    diff.show(texts.inForce(), texts.draft());
                    difference.setVisible(true);
                },
                problem::show);
    }

    private String entry(HostState state) {
        return NixTab.entry(desired, state, name);
    }

    static HostState only(HostState state, AppName app) {
        var one = new TreeMap<AppName, AppSpec>();
        if (state.apps().containsKey(app)) {
            one.put(app, state.apps().get(app));
        }
        return new HostState(state.version(), state.host(), one);
    }
}
