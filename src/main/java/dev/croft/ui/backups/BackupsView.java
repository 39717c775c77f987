package dev.croft.ui.backups;

import static dev.croft.ui.support.Texts.mark;
import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
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
import dev.croft.hostlink.HostCommand.TestedBackup;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.ui.host.SettingsDraft;
import dev.croft.ui.services.ServiceSecretsPanel;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
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
import dev.croft.vault.Secrets;
import jakarta.annotation.security.PermitAll;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where the apps' data is kept, whether that works, and how it comes back. */
@Route(Links.BACKUPS)
@PermitAll
@Needs(Needs.What.THE_BOX)
class BackupsView extends Page {

    private final Backups backups;
    private final DesiredStates desired;
    private final Operations operations;
    private final Background background;
    private final PushBridge bridge;
    private final Rights rights;
    private final @Nullable HostName host;
    private final @Nullable SettingsDraft settings;
    private final Panel targets = new Panel(t("Places"));
    private final Panel copies = new Panel(t("Copies beside the data"));
    private final Panel replaced = new Panel(t("What restores have replaced"));
    private final Panel kept = new Panel(t("Backups"));
    private final Panel plan = new Panel(t("How often, and for how long"));
    private final @Nullable BackupList list;
    private final @Nullable CopyList copyList;
    private final @Nullable ReplacedList replacedList;
    private @Nullable ServiceSecretsPanel stored;
    private final Select<Schedule> schedule = new Select<>();
    private final Select<RestoreTest> test = new Select<>();
    private final IntegerField daily = number("backup-daily", t("Days"));
    private final IntegerField weekly = number("backup-weekly", t("Weeks"));
    private final IntegerField monthly = number("backup-monthly", t("Months"));
    private final ProblemPanel refusal = new ProblemPanel();
    private final Button save = Actions.primary("backup-save", t("Save"), "check", this::savePlan);
    private @Nullable HostState drafted;
    private @Nullable Seen seen;
    private HostState.@Nullable Backups shownPlan;

    /** @param inForce what the box works by; empty when it was not heard yet */
    private record Seen(BackupsReport report, Optional<HostState> inForce) {}

    BackupsView(
            Backups backups,
            DesiredStates desired,
            Secrets secrets,
            Operations operations,
            Background background,
            PushBridge bridge,
            Rights rights,
            CurrentHost currentHost) {
        super(t("Backups"));
        this.backups = backups;
        this.desired = desired;
        this.operations = operations;
        this.background = background;
        this.bridge = bridge;
        this.rights = rights;
        this.host = currentHost.get().map(Host::name).orElse(null);
        this.settings = host == null ? null : new SettingsDraft(host, desired, background);
        this.list = host == null ? null : new BackupList(host, null, backups, background, rights);
        this.copyList = host == null ? null : new CopyList(host, backups, background, rights, this::load, this::show);
        this.replacedList = host == null ? null : new ReplacedList(host, backups, background, rights, this::load);
        under(t("Copies of what apps have written, on another disk or machine."));
        targets.setId("backup-targets");
        copies.setId("backup-copies");
        copies.setVisible(false);
        replaced.setId("backup-replaced");
        replaced.setVisible(false);
        kept.setId("backup-kept");
        kept.setVisible(false);
        plan.setId("backup-plan");
        plan.setVisible(false);
        var stack = new Div();
        stack.addClassName("croft-stack");
        if (settings == null || list == null || copyList == null || replacedList == null) {
            stack.add(new EmptyState("host", t("There is no box"), t("This console has no host yet.")));
        } else {
            kept.with(list);
            copies.with(copyList);
            replaced.with(replacedList);
            planFields(settings);
            targets.content(new StatusText(Tone.BUSY, t("Asking the box, and each place …")));
            stored = new ServiceSecretsPanel(
                    Objects.requireNonNull(host),
                    service -> service.startsWith(Target.service("")),
                    secrets,
                    desired,
                    background,
                    rights.mayAdminister(),
                    this::load);
            stack.add(settings.note(), targets, stored, copies, replaced, kept, plan);
        }
        content(stack);
    }

    private void planFields(SettingsDraft draft) {
        schedule.setId("backup-schedule");
        schedule.setLabel(t("Back up"));
        schedule.setItems(Schedule.values());
        schedule.setItemLabelGenerator(TargetWords::schedule);
        test.setId("backup-test");
        test.setLabel(t("Try to restore"));
        test.setItems(RestoreTest.values());
        test.setItemLabelGenerator(TargetWords::test);
        test.setHelperText(t("Fetches the newest backup of each app, starts it aside, and throws it away."));
        draft.field("backups.retention.daily", daily);
        draft.field("backups.retention.weekly", weekly);
        draft.field("backups.retention.monthly", monthly);
        save.setDisableOnClick(true);
        var when = new Div(schedule, test);
        when.addClassName("croft-field-row");
        var hint = new Paragraph(
                t(
                        "The last backup of each of so many days, weeks and months is kept, of each app; the newest always is."));
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
        if (stored != null && stored.isAttached()) {
            stored.load();
        }
        draft.load(
                this,
                state -> {
                    take(state);
                    if (seen != null) {
                        // What was just drafted shows at once; the places take their time to answer.
                        render(seen);
                    }
                    background.call(
                            this,
                            () -> new Seen(backups.report(name), desired.inForce(name)),
                            found -> {
                                clearProblem();
                                seen = found;
                                render(found);
                            },
                            problem -> {
                                show(problem);
                                targets.content(new EmptyState(
                                        "alert",
                                        t("The box was not asked"),
                                        t("Its backups show here as soon as it answers.")));
                            });
                },
                this::show);
    }

    private void take(HostState state) {
        drafted = state;
        HostState.Backups now = state.host().backups().orDefaults();
        // What somebody is typing stays, whatever happens on the box meanwhile.
        if (shownPlan == null || typedPlan(shownPlan.targets()).equals(shownPlan)) {
            schedule.setValue(now.schedule());
            test.setValue(now.restoreTest());
            Retention retention = Objects.requireNonNull(now.retention());
            daily.setValue(retention.daily());
            weekly.setValue(retention.weekly());
            monthly.setValue(retention.monthly());
        }
        shownPlan = now;
        plan.setVisible(!now.targets().isEmpty());
        renderActions();
    }

    private void renderActions() {
        HostState state = drafted;
        var all = new ArrayList<Component>();
        boolean any = state != null && !state.host().backups().targets().isEmpty();
        if (rights.mayAdminister() && any) {
            all.add(Actions.button("backup-kit", t("Recovery kit"), "key", this::askKit));
            all.add(Actions.button("backup-add", t("Add a place"), "plus", this::askTarget));
        }
        if (rights.mayOperate() && any) {
            all.add(Actions.primary("backup-now", t("Back up now"), "archive", () -> start(null)));
        }
        actions(all.toArray(Component[]::new));
    }

    // ---- the places

    private void render(Seen found) {
        HostState wanted = drafted;
        Map<String, Target> declared = new TreeMap<>(
                wanted == null ? Map.of() : wanted.host().backups().targets());
        Map<String, Target> inForce = found.inForce()
                .map(state -> (Map<String, Target>) state.host().backups().targets())
                .orElse(Map.of());
        Map<String, BackupTarget> answered = new LinkedHashMap<>();
        found.report().targets().forEach(each -> answered.put(each.name(), each));
        Map<String, Target> all = new TreeMap<>(inForce);
        all.putAll(declared);
        if (all.isEmpty()) {
            targets.content(nothing());
        } else {
            var rows = new UnorderedList();
            rows.addClassName("croft-rows");
            Schedule often = Objects.requireNonNull(found.inForce()
                    .map(state -> state.host().backups().orDefaults())
                    .orElse(HostState.Backups.DEFAULTS)
                    .schedule());
            all.forEach((name, target) ->
                    rows.add(row(name, target, answered.get(name), declared.containsKey(name), often, found.report())));
            targets.content(rows);
        }
        if (list != null) {
            kept.setVisible(!answered.isEmpty());
            list.show(List.copyOf(answered.keySet()));
        }
        List<Left> beside = left(found.report(), false);
        List<Left> before = left(found.report(), true);
        copies.setVisible(!beside.isEmpty());
        replaced.setVisible(!before.isEmpty());
        if (copyList != null && replacedList != null) {
            copyList.show(beside);
            replacedList.show(before);
        }
        under(
                new Span(t("Copies of what apps have written, on another disk or machine.")),
                rich("seen {0}", TimeText.ago(found.report().time())));
    }

    private static List<Left> left(BackupsReport report, boolean replaced) {
        return Stream.of(
                        report.restores().stream().map(Left::of),
                        report.replaced().stream().map(Left::of),
                        report.mail().stream().map(Left::of))
                .flatMap(Function.identity())
                .filter(each -> each.replaced() == replaced)
                .toList();
    }

    private Component nothing() {
        Component[] action = rights.mayAdminister()
                ? new Component[] {Actions.primary("backup-add", t("Add a place"), "plus", this::askTarget)}
                : new Component[0];
        return new EmptyState(
                "archive",
                t("Nothing is backed up"),
                t(
                        "When this disk breaks, what your apps have written is gone. Add another disk, a machine that takes SFTP, or a bucket."),
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
                ? new StatusText(Tone.WARN, t("Not in use yet"))
                : stays
                        ? TargetWords.state(state, often, report.time())
                        : new StatusText(Tone.WARN, t("To be taken out"));
        var first = new Div(title, status);
        first.addClassName("croft-row-main");
        var under = new Div(new Span(TargetWords.kind(target.type())), new Span(TargetWords.place(target)));
        under.addClassName("croft-row-under");
        var words = new Div(first, under);
        words.addClassName("croft-row-words");
        if (state == null) {
            var hint = new Div(rich(
                    "It comes with the next change that is applied. {0}",
                    new Anchor(Links.CHANGES, t("Review the change"))));
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
                var next = new Div(new Span(state.problem().next()));
                next.addClassName("croft-row-under");
                words.add(why, next);
            }
            state.failures().stream()
                    .filter(each -> each.item() != null && !each.problem().equals(state.problem()))
                    .forEach(each -> {
                        var why = new Div(t(
                                "Not kept: {0}. {1} {2}",
                                each.app() == null ? each.item() : each.app(),
                                each.problem().what(),
                                each.problem().why()));
                        why.addClassName("croft-row-problem");
                        words.add(why);
                    });
        }
        if (target instanceof LocalTarget local && local.path().startsWith("/var/lib/croft/")) {
            var near = new Div(t("It is on the disk of the apps: when that breaks, both are gone."));
            near.addClassName("croft-row-problem");
            words.add(near);
        }
        var item = new ListItem(words);
        item.addClassName("croft-row");
        item.getElement().setAttribute("data-target", name);
        item.add(actions(name, target, state, stays));
        return item;
    }

    private static Div times(BackupTarget state) {
        var under = new Div();
        under.addClassName("croft-row-under");
        if (state.lastSuccess() != null) {
            under.add(rich("last backup {0}", TimeText.ago(state.lastSuccess())));
        }
        if (state.next() != null) {
            under.add(rich("next backup {0}", TimeText.clock(state.next())));
        }
        if (state.bytes() != null) {
            under.add(new Span(Words.bytes(state.bytes())));
        }
        if (state.snapshots() != null) {
            under.add(new Span(t("{0, plural, one {# backup} other {# backups}}", state.snapshots())));
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
                under.add(new Span(t("not started: {0}", untried)));
            }
        }
        return under;
    }

    private Div actions(String name, Target target, @Nullable BackupTarget state, boolean stays) {
        var actions = new Div();
        actions.addClassName("croft-actions");
        if (state != null && state.restoreTest() != null) {
            var dialog = new TestReportDialog(name, state.restoreTest());
            actions.add(RowButton.of(mark("Report"), "search", name, dialog::open));
        }
        if (rights.mayOperate() && state != null) {
            actions.add(RowButton.of(mark("Back up"), "archive", name, () -> start(name)));
            if (state.lastSuccess() != null) {
                actions.add(RowButton.of(
                        mark("Try to restore"), "check", name, () -> begin(() -> backups.test(box(), name))));
            }
        }
        if (rights.mayAdminister() && stays && !target.credentials().isEmpty()) {
            actions.add(RowButton.of(mark("Other keys"), "key", name, () -> askKeys(name, target)));
        }
        if (rights.mayAdminister() && stays) {
            actions.add(RowButton.of(mark("Take out"), "trash", name, () -> askRemove(name)));
        }
        return actions;
    }

    // ---- doing

    private HostName box() {
        return Objects.requireNonNull(host);
    }

    private void start(@Nullable String target) {
        begin(() -> backups.backUp(box(), target));
    }

    private void begin(Supplier<Operation> work) {
        background.call(this, work, operation -> Actions.go(Links.operation(operation.id())), this::show);
    }

    private void askTarget() {
        new AddTargetDialog(box(), backups, background, this, this::load).open();
    }

    private void askKeys(String name, Target target) {
        new KeysDialog(box(), name, target, backups, background, this, this::load).open();
    }

    private void askKit() {
        new KitDialog(box(), backups, background, this).open();
    }

    private void askRemove(String name) {
        new Dialogs(
                        t("Take out {0}?", name),
                        "target-remove-confirm",
                        t("Take out"),
                        dialog -> edit(
                                before -> {
                                    var others = new TreeMap<>(before.backups().targets());
                                    others.remove(name);
                                    return before.withBackups(before.backups().withTargets(others));
                                },
                                dialog::close,
                                dialog::refuse),
                        new Paragraph(
                                t(
                                        "No more backups go there once the change is applied. What is there stays, and so does its password in the vault: added again under this name, it goes on where it ended.")))
                .open();
    }

    private void savePlan() {
        refusal.clear();
        edit(
                before -> before.withBackups(typedPlan(before.backups().targets())),
                () -> save.setEnabled(true),
                problem -> {
                    refusal.show(problem);
                    save.setEnabled(true);
                });
    }

    private HostState.Backups typedPlan(SortedMap<String, Target> all) {
        return new HostState.Backups(
                all,
                schedule.getValue(),
                new Retention(daily.getValue(), weekly.getValue(), monthly.getValue()),
                test.getValue());
    }

    private void edit(UnaryOperator<HostSettings> edit, Runnable onSaved, Consumer<Problem> onRefused) {
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
