package dev.croft.ui.backups;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.router.Route;
import dev.croft.backups.Backups;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.desired.HostState.LocalTarget;
import dev.croft.desired.HostState.RestoreTest;
import dev.croft.desired.HostState.Retention;
import dev.croft.desired.HostState.Schedule;
import dev.croft.desired.HostState.Target;
import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCommand.BackupTarget;
import dev.croft.hostlink.HostCommand.BackupsReport;
import dev.croft.hostlink.HostCommand.RestoredCopy;
import dev.croft.hostlink.HostCommand.TestedBackup;
import dev.croft.kernel.HostName;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.ui.host.SettingsDraft;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import jakarta.annotation.security.PermitAll;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Where the apps' data is kept, whether that works, and how it comes back. */
@Route(Links.BACKUPS)
@PermitAll
class BackupsView extends Page {

    private final Backups backups;
    private final DesiredStates desired;
    private final Operations operations;
    private final Background background;
    private final PushBridge bridge;
    private final Rights rights;
    private final @Nullable HostName host;
    private final @Nullable SettingsDraft settings;
    private final Panel targets = new Panel("Places");
    private final Panel copies = new Panel("Copies beside the data");
    private final Panel kept = new Panel("Backups");
    private final Panel plan = new Panel("How often, and for how long");
    private final @Nullable BackupList list;
    private final Select<Schedule> schedule = new Select<>();
    private final Select<RestoreTest> test = new Select<>();
    private final IntegerField daily = number("backup-daily", "Days");
    private final IntegerField weekly = number("backup-weekly", "Weeks");
    private final IntegerField monthly = number("backup-monthly", "Months");
    private final ProblemPanel refusal = new ProblemPanel();
    private final Button save = Actions.primary("backup-save", "Save", "check", this::savePlan);
    private @Nullable HostState drafted;

    /** @param inForce what the box works by; empty when it was not heard yet */
    private record Seen(BackupsReport report, Optional<HostState> inForce) {}

    BackupsView(
            Backups backups,
            DesiredStates desired,
            Operations operations,
            Background background,
            PushBridge bridge,
            Rights rights,
            CurrentHost currentHost) {
        super("Backups");
        this.backups = backups;
        this.desired = desired;
        this.operations = operations;
        this.background = background;
        this.bridge = bridge;
        this.rights = rights;
        this.host = currentHost.get().map(Host::name).orElse(null);
        this.settings = host == null ? null : new SettingsDraft(host, desired, background);
        this.list = host == null ? null : new BackupList(host, null, backups, background, rights);
        under("Copies of what apps have written, on another disk or machine.");
        targets.setId("backup-targets");
        copies.setId("backup-copies");
        copies.setVisible(false);
        kept.setId("backup-kept");
        kept.setVisible(false);
        plan.setId("backup-plan");
        plan.setVisible(false);
        var stack = new Div();
        stack.addClassName("croft-stack");
        if (settings == null || list == null) {
            stack.add(new EmptyState("host", "There is no box", "This console has no host yet."));
        } else {
            kept.with(list);
            planFields(settings);
            targets.content(new StatusText(Tone.BUSY, "Asking the box, and each place …"));
            stack.add(settings.note(), targets, copies, kept, plan);
        }
        content(stack);
    }

    private void planFields(SettingsDraft draft) {
        schedule.setId("backup-schedule");
        schedule.setLabel("Back up");
        schedule.setItems(Schedule.values());
        schedule.setItemLabelGenerator(each -> Words.capital(each.word()));
        test.setId("backup-test");
        test.setLabel("Try to restore");
        test.setItems(RestoreTest.values());
        test.setItemLabelGenerator(each -> Words.capital(each.word()));
        test.setHelperText("Fetches the newest backup of each app, starts it aside, and throws it away.");
        draft.field("backups.retention.daily", daily);
        draft.field("backups.retention.weekly", weekly);
        draft.field("backups.retention.monthly", monthly);
        save.setDisableOnClick(true);
        var when = new Div(schedule, test);
        when.addClassName("croft-field-row");
        var hint = new Paragraph(
                "The last backup of each of so many days, weeks and months is kept, of each app; the newest always is.");
        hint.addClassName("croft-hint");
        var keep = new Div(daily, weekly, monthly);
        keep.addClassName("croft-field-row");
        var actions = new Div(save);
        actions.addClassName("croft-actions");
        var fields = new Div(when, hint, keep, refusal, actions);
        fields.addClassNames("croft-fields", "croft-form");
        plan.with(fields);
        boolean may = rights.mayAdminister();
        schedule.setReadOnly(!may);
        test.setReadOnly(!may);
        for (IntegerField each : List.of(daily, weekly, monthly)) {
            each.setReadOnly(!may);
        }
        save.setVisible(may);
    }

    private static IntegerField number(String id, String label) {
        var field = new IntegerField(label);
        field.setId(id);
        field.setMin(0);
        field.setMax(1000);
        field.setStepButtonsVisible(true);
        return field;
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        if (host != null) {
            load();
            bridge.<Operation>latest(
                    this,
                    listener -> operations.watch(host, listener),
                    changed -> {
                        if (changed.state().isFinal()) {
                            load();
                        }
                    },
                    this::show);
        }
    }

    private void load() {
        SettingsDraft draft = settings;
        HostName name = host;
        if (draft == null || name == null) {
            return;
        }
        draft.load(
                this,
                state -> {
                    take(state);
                    background.call(
                            this,
                            () -> new Seen(backups.report(name), desired.inForce(name)),
                            seen -> {
                                clearProblem();
                                render(seen);
                            },
                            problem -> {
                                show(problem);
                                targets.content(new EmptyState(
                                        "alert",
                                        "The box was not asked",
                                        "Its backups show here as soon as it answers."));
                            });
                },
                this::show);
    }

    private void take(HostState state) {
        drafted = state;
        HostState.Backups now = state.host().backups().orDefaults();
        schedule.setValue(now.schedule());
        test.setValue(now.restoreTest());
        Retention retention = Objects.requireNonNull(now.retention());
        daily.setValue(retention.daily());
        weekly.setValue(retention.weekly());
        monthly.setValue(retention.monthly());
        plan.setVisible(!now.targets().isEmpty());
        renderActions();
    }

    private void renderActions() {
        HostState state = drafted;
        var all = new java.util.ArrayList<Component>();
        boolean any = state != null && !state.host().backups().targets().isEmpty();
        if (rights.mayAdminister() && any) {
            all.add(Actions.button("backup-kit", "Recovery kit", "key", this::askKit));
            all.add(Actions.button("backup-add", "Add a place", "plus", this::askTarget));
        }
        if (rights.mayOperate() && any) {
            all.add(Actions.primary("backup-now", "Back up now", "archive", () -> start(null)));
        }
        actions(all.toArray(Component[]::new));
    }

    // ---- the places

    private void render(Seen seen) {
        HostState wanted = drafted;
        Map<String, Target> declared = new TreeMap<>(
                wanted == null ? Map.of() : wanted.host().backups().targets());
        Map<String, Target> inForce = seen.inForce()
                .map(state -> (Map<String, Target>) state.host().backups().targets())
                .orElse(Map.of());
        Map<String, BackupTarget> answered = new LinkedHashMap<>();
        seen.report().targets().forEach(each -> answered.put(each.name(), each));
        Map<String, Target> all = new TreeMap<>(inForce);
        all.putAll(declared);
        if (all.isEmpty()) {
            targets.content(nothing());
        } else {
            var rows = new UnorderedList();
            rows.addClassName("croft-rows");
            Schedule often = Objects.requireNonNull(seen.inForce()
                    .map(state -> state.host().backups().orDefaults())
                    .orElse(HostState.Backups.DEFAULTS)
                    .schedule());
            all.forEach((name, target) ->
                    rows.add(row(name, target, answered.get(name), declared.containsKey(name), often, seen.report())));
            targets.content(rows);
        }
        if (list != null) {
            kept.setVisible(!answered.isEmpty());
            list.show(List.copyOf(answered.keySet()));
        }
        renderCopies(seen.report().restores());
        under(
                new Span("Copies of what apps have written, on another disk or machine. Seen "),
                TimeText.ago(seen.report().time()));
    }

    private Component nothing() {
        Component[] action = rights.mayAdminister()
                ? new Component[] {Actions.primary("backup-add", "Add a place", "plus", this::askTarget)}
                : new Component[0];
        return new EmptyState(
                "archive",
                "Nothing is backed up",
                "When this disk breaks, what your apps have written is gone. Add another disk, a machine that takes SFTP, or a bucket.",
                action);
    }

    private ListItem row(
            String name,
            Target target,
            @Nullable BackupTarget state,
            boolean stays,
            Schedule often,
            BackupsReport report) {
        var title = new Span(name);
        title.addClassName("croft-row-title");
        StatusText status = state == null
                ? new StatusText(Tone.WARN, "Not in use yet")
                : stays ? TargetWords.state(state, often, report.time()) : new StatusText(Tone.WARN, "To be taken out");
        var first = new Div(title, status);
        first.addClassName("croft-row-main");
        var under = new Div(new Span(TargetWords.kind(target.type())), new Span(TargetWords.place(target)));
        under.addClassName("croft-row-under");
        var words = new Div(first, under);
        words.addClassName("croft-row-words");
        if (state == null) {
            var hint = new Div(
                    new Span("It comes with the next change that is applied. "),
                    new Anchor(Links.CHANGES, "Review the change"));
            hint.addClassName("croft-row-under");
            words.add(hint);
        } else {
            words.add(times(state));
            if (state.lastSuccess() != null || state.restoreTest() != null) {
                words.add(tested(state));
            }
            if (state.problem() != null) {
                var why = new Div(state.problem().what() + " " + state.problem().why());
                why.addClassName("croft-row-problem");
                words.add(why);
            }
        }
        if (target instanceof LocalTarget local && local.path().startsWith("/var/lib/croft/")) {
            var near = new Div("It is on the disk of the apps: when that breaks, both are gone.");
            near.addClassName("croft-row-problem");
            words.add(near);
        }
        var item = new ListItem(words);
        item.addClassName("croft-row");
        item.getElement().setAttribute("data-target", name);
        item.add(actions(name, state, stays));
        return item;
    }

    private static Div times(BackupTarget state) {
        var under = new Div();
        under.addClassName("croft-row-under");
        if (state.lastSuccess() != null) {
            under.add(new Span(new Span("last backup "), TimeText.ago(state.lastSuccess())));
        }
        if (state.next() != null) {
            under.add(new Span(new Span("next "), TimeText.clock(state.next())));
        }
        if (state.bytes() != null) {
            under.add(new Span(Words.bytes(state.bytes())));
        }
        if (state.snapshots() != null) {
            under.add(new Span(Words.plural(state.snapshots(), "backup")));
        }
        return under;
    }

    private static Div tested(BackupTarget state) {
        var under = new Div(TargetWords.tested(state.restoreTest()));
        under.addClassName("croft-row-under");
        if (state.restoreTest() != null) {
            under.add(TimeText.ago(state.restoreTest().time()));
            String untried = String.join(
                    ", ",
                    state.restoreTest().apps().stream()
                            .filter(each -> each.why() != null)
                            .map(TestedBackup::app)
                            .map(Object::toString)
                            .toList());
            if (!untried.isEmpty()) {
                under.add(new Span("not started: " + untried));
            }
        }
        return under;
    }

    private Div actions(String name, @Nullable BackupTarget state, boolean stays) {
        var actions = new Div();
        actions.addClassName("croft-actions");
        if (rights.mayOperate() && state != null) {
            actions.add(small("Back up", "archive", name, () -> start(name)));
            if (state.lastSuccess() != null) {
                actions.add(small("Try to restore", "check", name, () -> begin(() -> backups.test(box(), name))));
            }
        }
        if (rights.mayAdminister() && stays) {
            actions.add(small("Take out", "trash", name, () -> askRemove(name)));
        }
        return actions;
    }

    private static Button small(String label, String icon, String about, Runnable action) {
        var button = new Button(label, dev.croft.ui.support.Icons.of(icon), click -> action.run());
        button.addThemeVariants(ButtonVariant.SMALL);
        button.setAriaLabel(label + ": " + about);
        button.getElement().setAttribute("data-action", label);
        return button;
    }

    private void renderCopies(List<RestoredCopy> found) {
        copies.setVisible(!found.isEmpty());
        var hint = new Paragraph("Restored to be looked at. The apps do not see them; they take room on the disk.");
        hint.addClassName("croft-hint");
        var rows = new UnorderedList();
        rows.addClassName("croft-rows");
        found.forEach(each -> rows.add(copy(each)));
        copies.content(hint, rows);
    }

    private ListItem copy(RestoredCopy copy) {
        var title = new Anchor(Links.app(copy.app()), copy.app().value());
        title.addClassName("croft-row-title");
        var under = new Div();
        under.addClassName("croft-row-under");
        if (copy.time() != null) {
            under.add(new Span(new Span("its data of "), TimeText.clock(copy.time())));
        }
        under.add(new Span(copy.path()));
        var words = new Div(title, under);
        words.addClassName("croft-row-words");
        var actions = new Div();
        actions.addClassName("croft-actions");
        if (rights.mayOperate()) {
            actions.add(small("Compare", "compare", copy.app().value(), () -> compare(copy)));
        }
        if (rights.mayAdminister()) {
            actions.add(small(
                    "Discard",
                    "trash",
                    copy.app().value(),
                    () -> CopyDialogs.discard(box(), copy, backups, background, this, this::load)));
        }
        var item = new ListItem(words, actions);
        item.addClassName("croft-row");
        item.getElement().setAttribute("data-copy", copy.app().value());
        return item;
    }

    private void compare(RestoredCopy copy) {
        background.call(
                this, () -> backups.compared(box(), copy.app(), copy.snapshot()), CopyDialogs::compared, this::show);
    }

    // ---- doing

    private HostName box() {
        return Objects.requireNonNull(host);
    }

    private void start(@Nullable String target) {
        begin(() -> backups.backUp(box(), target));
    }

    private void begin(java.util.function.Supplier<Operation> work) {
        background.call(this, work, operation -> Actions.go(Links.operation(operation.id())), this::show);
    }

    private void askTarget() {
        new AddTargetDialog(box(), backups, background, this, this::load).open();
    }

    private void askKit() {
        new KitDialog(box(), backups, background, this).open();
    }

    private void askRemove(String name) {
        new Dialogs(
                        "Take out " + name + "?",
                        "target-remove-confirm",
                        "Take out",
                        dialog -> edit(
                                before -> {
                                    var others = new TreeMap<>(before.backups().targets());
                                    others.remove(name);
                                    return before.withBackups(before.backups().withTargets(others));
                                },
                                dialog::close,
                                dialog::refuse),
                        new Paragraph(
                                "No more backups go there once the change is applied. What is there stays, and so does its password in the vault: added again under this name, it goes on where it ended."))
                .open();
    }

    private void savePlan() {
        refusal.clear();
        edit(
                before -> before.withBackups(new HostState.Backups(
                        before.backups().targets(),
                        schedule.getValue(),
                        new Retention(daily.getValue(), weekly.getValue(), monthly.getValue()),
                        test.getValue())),
                () -> save.setEnabled(true),
                problem -> {
                    refusal.show(problem);
                    save.setEnabled(true);
                });
    }

    private void edit(
            java.util.function.UnaryOperator<HostSettings> edit,
            Runnable onSaved,
            java.util.function.Consumer<dev.croft.kernel.Problem> onRefused) {
        SettingsDraft draft = settings;
        if (draft != null) {
            draft.save(
                    this,
                    edit,
                    saved -> {
                        onSaved.run();
                        load();
                    },
                    onRefused);
        }
    }
}
