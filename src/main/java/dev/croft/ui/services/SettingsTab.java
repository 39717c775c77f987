package dev.croft.ui.services;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.ServiceLimits;
import dev.croft.desired.HostState.Services;
import dev.croft.desired.ServiceSetting;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.EngineState;
import dev.croft.kernel.HostName;
import dev.croft.ui.host.SettingsDraft;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A field for each setting of the list, with what is in force and what the server does by itself. */
final class SettingsTab extends Div implements ServicePage.Part<EngineState> {

    private final Engine engine;
    private final SettingsDraft draft;
    private final boolean mayAdminister;
    private final Map<ServiceSetting, TextField> fields = new LinkedHashMap<>();
    private final TextField memory = new TextField(t("Memory limit"));
    private final TextField cpu = new TextField(t("CPU limit"));
    private final ProblemPanel refusal = new ProblemPanel();
    private final Button save = Actions.primary("service-save", t("Save"), "check", this::save);

    SettingsTab(HostName host, Engine engine, DesiredStates desired, Background background, boolean mayAdminister) {
        this.engine = engine;
        this.draft = new SettingsDraft(host, desired, background);
        this.mayAdminister = mayAdminister;
        addClassName("croft-stack");
        String path = "services." + Engines.word(engine);
        var form = new Div();
        form.addClassName("croft-settings-grid");
        for (ServiceSetting setting : Engines.list(engine)) {
            TextField field = field(setting);
            fields.put(setting, field);
            draft.field(path + ".settings." + setting.name(), field);
            form.add(field);
        }
        memory.setId("service-memory");
        memory.setPlaceholder(t("What the box has"));
        memory.setHelperText(t("Such as 1G. More than this, and all sessions end: the server starts anew."));
        cpu.setId("service-cpu");
        cpu.setPlaceholder(t("What the box has"));
        cpu.setHelperText(t("Share of one CPU, such as 50%; 200% is two."));
        draft.field(path + ".limits.memoryMax", memory);
        draft.field(path + ".limits.cpuQuota", cpu);
        memory.setReadOnly(!mayAdminister);
        cpu.setReadOnly(!mayAdminister);
        var limits = new Div(memory, cpu);
        limits.addClassName("croft-settings-grid");
        save.setDisableOnClick(true);
        save.setVisible(mayAdminister);
        var actions = new Div(save);
        actions.addClassName("croft-actions");
        var hint = new Paragraph(t("An empty field leaves it to the server."));
        hint.addClassName("croft-hint");
        var panel = new Panel(t("Settings")).with(hint, form);
        panel.setId("service-settings");
        add(draft.note(), panel, new Panel(t("Limits")).with(limits), refusal, actions);
    }

    private TextField field(ServiceSetting setting) {
        var field = new TextField(setting.name());
        field.setId("setting-" + setting.name());
        field.setPlaceholder(setting.usual() == null ? "" : setting.usual());
        field.setReadOnly(!mayAdminister);
        help(setting, field, null);
        return field;
    }

    private static void help(ServiceSetting setting, TextField field, @Nullable String inForce) {
        var sentences = new ArrayList<String>();
        sentences.add(SettingWords.of(setting));
        if (setting.unit() != null) {
            sentences.add(t("In {0}.", setting.unit()));
        }
        if (setting.usual() != null) {
            sentences.add(t("Default: {0}.", setting.usual()));
        }
        if (inForce != null) {
            sentences.add(t("In force: {0}.", inForce));
        }
        if (setting.restart()) {
            sentences.add(t("A change restarts the server."));
        }
        field.setHelperText(String.join(" ", sentences));
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        draft.load(this, this::render, refusal::show);
    }

    private void render(HostState state) {
        Services services = state.host().services();
        SortedMap<String, Object> set = Engines.settings(services, engine);
        fields.forEach((setting, field) -> {
            Object value = set.get(setting.name());
            field.setValue(value == null ? "" : value.toString());
        });
        ServiceLimits limits = Engines.limits(services, engine);
        memory.setValue(limits == null || limits.memoryMax() == null ? "" : limits.memoryMax());
        cpu.setValue(limits == null || limits.cpuQuota() == null ? "" : limits.cpuQuota());
        save.setVisible(mayAdminister && Engines.has(services, engine));
    }

    @Override
    public void show(EngineState now) {
        fields.forEach((setting, field) -> help(setting, field, now.settings().get(setting.name())));
    }

    private void save() {
        refusal.clear();
        SortedMap<String, Object> set = new TreeMap<>();
        fields.forEach((setting, field) -> {
            if (!field.getValue().isBlank()) {
                set.put(setting.name(), setting.valueOf(field.getValue()));
            }
        });
        var limits = new ServiceLimits(orNull(memory), orNull(cpu));
        draft.save(
                this,
                before -> before.withServices(Engines.with(before.services(), engine, set, limits)),
                saved -> save.setEnabled(true),
                problem -> {
                    save.setEnabled(true);
                    refusal.show(problem);
                });
    }

    private static @Nullable String orNull(TextField field) {
        return field.getValue().isBlank() ? null : field.getValue().strip();
    }
}
