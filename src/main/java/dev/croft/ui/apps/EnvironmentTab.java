package dev.croft.ui.apps;

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
import dev.croft.ui.support.Background;
import dev.croft.ui.support.DiffText;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** How the app runs: variables, port, domain, health, limits. Saved as a draft; deploying puts it in force. */
final class EnvironmentTab extends Div implements AppTab {

    private final HostName host;
    private final AppName name;
    private final Apps apps;
    private final DesiredStates desired;
    private final Background background;
    private final Runnable onSaved;
    private final SpecFields fields = new SpecFields("app");
    private final Button save = new Button("Save as draft");
    private final ProblemPanel problem = new ProblemPanel();
    private final Panel difference = new Panel("What deploying will change");
    private final DiffText diff = new DiffText();

    private @Nullable AppSpec loaded;

    EnvironmentTab(
            HostName host, AppName name, Apps apps, DesiredStates desired, Background background, Runnable onSaved) {
        this.host = host;
        this.name = name;
        this.apps = apps;
        this.desired = desired;
        this.background = background;
        this.onSaved = onSaved;
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
        add(problem, new Panel("How it runs").with(fields, actions), difference);
    }

    @Override
    public void show(App app) {
        if (loaded == null) {
            loaded = app.spec();
            fields.set(app.spec());
            compare(app.pending());
        }
    }

    private void save() {
        AppSpec before = loaded;
        if (before == null) {
            save.setEnabled(true);
            return;
        }
        problem.clear();
        fields.clearProblems();
        var spec = fields.laidOver(before);
        background.call(
                this,
                () -> apps.putDraft(host, name, spec),
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
