package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Composite;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.TextArea;
import dev.croft.apps.App;
import dev.croft.apps.Apps;
import dev.croft.backups.Backups;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Backup;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.hostlink.HostCommand.BackupsReport;
import dev.croft.hostlink.HostCommand.FailedBackup;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.ui.backups.BackupList;
import dev.croft.ui.backups.Left;
import dev.croft.ui.backups.ReplacedList;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Tone;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether an app is backed up, what is left out, and the backups that there are. */
final class BackupPanel extends Composite<Panel> implements AppTab {

    private final HostName host;
    private final AppName name;
    private final Apps apps;
    private final DesiredStates desired;
    private final Background background;
    private final boolean mayOperate;
    private final Runnable onSaved;
    private final BackupList list;
    private final Checkbox enabled = new Checkbox(t("Back this app up"));
    private final TextArea exclude = new TextArea(t("Left out"));
    private final Div where = new Div();
    private final Div failed = new Div();
    private final ReplacedList replaced;
    private final Backups backups;
    private final ProblemPanel refusal = new ProblemPanel();
    private final Button save = Actions.button("app-backup-save", t("Save"), "check", this::save);
    private @Nullable AppSpec shown;

    BackupPanel(
            HostName host,
            AppName name,
            Apps apps,
            Backups backups,
            DesiredStates desired,
            Background background,
            Rights rights,
            Runnable onSaved) {
        this.host = host;
        this.name = name;
        this.apps = apps;
        this.desired = desired;
        this.background = background;
        this.mayOperate = rights.mayOperate(name);
        this.onSaved = onSaved;
        this.backups = backups;
        this.list = new BackupList(host, name, backups, background, rights);
        this.replaced = new ReplacedList(host, backups, background, rights, this::load);
    }

    @Override
    protected Panel initContent() {
        where.setId("app-backup-where");
        where.setVisible(false);
        enabled.setId("app-backup-enabled");
        enabled.setReadOnly(!mayOperate);
        enabled.addValueChangeListener(change -> exclude.setVisible(change.getValue()));
        exclude.setId("app-backup-exclude");
        exclude.addClassName("croft-mono");
        exclude.setPlaceholder("/cache\n*.tmp");
        exclude.setHelperText(
                t(
                        "One a line: a name or a pattern with * and ?. What begins with a slash counts from the top of the app's directory. Databases are always kept whole."));
        exclude.setWidthFull();
        exclude.setReadOnly(!mayOperate);
        save.setDisableOnClick(true);
        save.setVisible(mayOperate);
        var actions = new Div(save);
        actions.addClassName("croft-actions");
        var fields = new Div(enabled, exclude, refusal, actions);
        fields.addClassNames("croft-fields", "croft-form");
        var panel = new Panel(t("Backups"));
        panel.setId("app-backups");
        list.setVisible(false);
        failed.setId("app-backup-failed");
        failed.setVisible(false);
        replaced.setVisible(false);
        return panel.with(where, failed, fields, list, replaced);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        background.call(this, () -> desired.inForce(host), this::showTargets, refusal::show);
        load();
    }

    /** Asks each place, so it comes when it comes. */
    private void load() {
        background.call(this, () -> backups.report(host), this::showReport, refused -> {});
    }

    private void showReport(BackupsReport report) {
        failed.removeAll();
        report.targets()
                .forEach(target -> target.failures().stream()
                        .filter(each -> each.item() == null || name.equals(each.app()))
                        .forEach(each -> failed.add(failure(target.name(), each))));
        failed.setVisible(failed.getComponentCount() > 0);
        replaced.show(report.replaced().stream()
                .filter(each -> each.app().equals(name))
                .map(Left::of)
                .toList());
    }

    private static Component failure(String target, FailedBackup failure) {
        var why = new Div(failure.problem().what() + " " + failure.problem().why());
        why.addClassName("croft-row-problem");
        return new Div(new StatusText(Tone.BAD, t("The last backup to {0} failed", target)), why);
    }

    private void showTargets(Optional<HostState> inForce) {
        List<String> targets = inForce.map(
                        state -> List.copyOf(state.host().backups().targets().keySet()))
                .orElse(List.of());
        where.removeAll();
        where.setVisible(targets.isEmpty());
        if (targets.isEmpty()) {
            var words = new Paragraph(
                    new StatusText(Tone.WARN, t("Nothing is backed up: this box has no place for backups.")),
                    new Span(" "),
                    new Anchor(Links.BACKUPS, t("Add one")));
            where.add(words);
        }
        list.setVisible(!targets.isEmpty());
        list.show(targets);
    }

    @Override
    public void show(App app) {
        boolean typedStays =
                shown != null && Objects.equals(shown.backup(), app.spec().backup());
        shown = app.spec();
        if (typedStays) {
            return;
        }
        enabled.setValue(app.spec().isBackedUp());
        Backup backup = app.spec().backup();
        exclude.setValue(backup == null ? "" : String.join("\n", backup.exclude()));
        exclude.setVisible(app.spec().isBackedUp());
    }

    private void save() {
        AppSpec before = Objects.requireNonNull(shown);
        refusal.clear();
        List<String> patterns = exclude.getValue()
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        AppSpec after = before.withBackup(new Backup(enabled.getValue() ? null : Boolean.FALSE, patterns));
        background.call(
                (Component) this,
                () -> apps.putDraft(host, name, after, desired.digest(before)),
                app -> {
                    save.setEnabled(true);
                    show(app);
                    onSaved.run();
                },
                problem -> {
                    save.setEnabled(true);
                    refusal.show(problem);
                });
    }
}
