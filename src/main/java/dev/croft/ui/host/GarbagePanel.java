package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import dev.croft.hostlink.HostCommand.GarbagePlan;
import dev.croft.hostlink.HostCommand.PlannedGeneration;
import dev.croft.hostlink.HostCommand.PlannedSnapshot;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.maintenance.Disks;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** First the plan, to the byte; then exactly that is deleted, or nothing. */
final class GarbagePanel extends Div {

    /** The protocol's upper bound: keeps every generation there is, so that only what no generation needs would go. */
    private static final int KEEP_ALL = 1000;

    private final HostName host;
    private final Disks disks;
    private final Operations operations;
    private final Background background;
    private final PushBridge bridge;
    private final boolean mayOperate;
    private final Runnable onCollected;

    private final Button makePlan =
            Actions.button("gc-plan", t("Plan a collection"), "search", () -> plan(Choice.POLICY));
    private final Button collect = Actions.primary("gc-collect", t("Collect"), "trash", this::collect);
    private final Button again =
            Actions.button("gc-replan", t("Plan with this selection"), "search", this::planSelection);
    private final ProblemPanel problem = new ProblemPanel();
    private final Div news = new Div();
    private final Div shown = new Div();
    private final Set<Integer> selected = new TreeSet<>();

    private Choice choice = Choice.POLICY;
    private @Nullable GarbagePlan plan;
    private @Nullable OperationId collecting;

    /** @param keep null together with no generations: as the policy says */
    private record Choice(List<Integer> delete, @Nullable Integer keep) {
        static final Choice POLICY = new Choice(List.of(), null);

        static Choice of(Set<Integer> generations) {
            return new Choice(List.copyOf(generations), generations.isEmpty() ? KEEP_ALL : null);
        }
    }

    GarbagePanel(
            HostName host,
            Disks disks,
            Operations operations,
            Background background,
            PushBridge bridge,
            boolean mayOperate,
            Runnable onCollected) {
        this.host = host;
        this.disks = disks;
        this.operations = operations;
        this.background = background;
        this.bridge = bridge;
        this.mayOperate = mayOperate;
        this.onCollected = onCollected;
        makePlan.setDisableOnClick(true);
        again.setDisableOnClick(true);
        collect.setDisableOnClick(true);
        news.setId("gc-news");
        news.getElement().setAttribute("role", "status");
        news.setVisible(false);
        shown.addClassName("croft-stack");
        shown.setId("gc-result");
        var words = new Paragraph(
                t(
                        "A plan says what would go and why the rest stays. Nothing is deleted before you have seen it. The running, booted, default and pinned generations always stay, and apps' data is never touched."));
        words.addClassName("croft-hint");
        add(new Panel(t("Garbage"), makePlan).with(words, news, problem, shown));
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        bridge.<Operation>all(
                this,
                50,
                listener -> operations.watch(host, listener),
                batch -> batch.values().forEach(this::follow),
                problem::show);
    }

    private void plan(Choice wanted) {
        problem.clear();
        choice = wanted;
        background.call(this, () -> disks.plan(host, wanted.delete(), wanted.keep()), this::render, this::refuse);
    }

    private void planSelection() {
        plan(Choice.of(selected));
    }

    private void refuse(Problem why) {
        enable();
        problem.show(why);
    }

    private void enable() {
        makePlan.setEnabled(true);
        again.setEnabled(true);
        collect.setEnabled(collecting == null);
    }

    private void render(GarbagePlan found) {
        plan = found;
        enable();
        shown.removeAll();
        selected.clear();
        found.generations().stream().filter(each -> !each.keep()).forEach(each -> selected.add(each.number()));

        var summary = new Paragraph(summary(found));
        summary.setId("gc-summary");
        summary.addClassName("croft-compare-summary");
        shown.add(summary);
        var list = new UnorderedList();
        list.addClassNames("croft-plan");
        list.setId("gc-generations");
        found.generations().forEach(each -> list.add(row(each)));
        shown.add(list);
        if (!found.snapshots().isEmpty()) {
            var snapshots = new UnorderedList();
            snapshots.addClassName("croft-changes");
            snapshots.setId("gc-snapshots");
            found.snapshots().forEach(each -> snapshots.add(row(each)));
            var title = new Paragraph(t("Old copies of apps' data that go:"));
            title.addClassName("croft-hint");
            shown.add(new Div(title, snapshots));
        }
        collect.setText(t("Collect {0}", Words.bytes(found.bytes())));
        collect.setVisible(mayOperate && (found.bytes() > 0 || found.paths() > 0 || !selected.isEmpty()));
        again.setVisible(false);
        var actions = new Div(collect, again);
        actions.addClassName("croft-actions");
        shown.add(actions);
    }

    private static String summary(GarbagePlan found) {
        long generations =
                found.generations().stream().filter(each -> !each.keep()).count();
        if (generations == 0 && found.snapshots().isEmpty() && found.paths() == 0) {
            return t("There is nothing to collect.");
        }
        return t(
                "Would free {0} ({1, number} bytes): {2, plural, =0 {no generations} one {# generation} other {# generations}}, {3, plural, =0 {no snapshots} one {# snapshot} other {# snapshots}}, {4, plural, =0 {no store paths} one {# store path} other {# store paths}}.",
                Words.bytes(found.bytes()),
                found.bytes(),
                generations,
                found.snapshots().size(),
                found.paths());
    }

    private ListItem row(PlannedGeneration generation) {
        // what may never be deleted has no bytes that it would free
        boolean deletable = generation.bytesFreed() != null;
        var delete = new Checkbox(t("Generation {0}", generation.number()), !generation.keep());
        delete.setEnabled(deletable && mayOperate);
        delete.setId("gc-generation-" + generation.number());
        delete.addValueChangeListener(changed -> choose(generation.number(), changed.getValue()));
        var why = new Span(t(generation.keep() ? "stays: {0}" : "goes: {0}", generation.why()));
        why.addClassName("croft-hint");
        var size = new Span(deletable ? Words.bytes(generation.bytesFreed()) : "");
        size.addClassName("croft-change-size");
        var item = new ListItem(delete, why, size);
        item.getElement().setAttribute("data-number", String.valueOf(generation.number()));
        item.getElement().setAttribute("data-keep", generation.keep());
        return item;
    }

    private static ListItem row(PlannedSnapshot snapshot) {
        var size = new Span(Words.bytes(snapshot.bytes()));
        size.addClassName("croft-change-size");
        return new ListItem(
                new Anchor(
                        Links.app(snapshot.app(), "deployments"), snapshot.app().value()),
                size);
    }

    /** Another selection is another plan: its bytes are only known when the box has counted again. */
    private void choose(int generation, boolean delete) {
        if (delete) {
            selected.add(generation);
        } else {
            selected.remove(generation);
        }
        collect.setVisible(false);
        again.setVisible(true);
    }

    private void collect() {
        GarbagePlan planned = plan;
        if (planned == null) {
            return;
        }
        problem.clear();
        background.call(
                this,
                () -> disks.collect(host, planned.digest(), choice.delete(), choice.keep()),
                operation -> {
                    collecting = operation.id();
                    tell(Tone.BUSY, t("Collecting …"));
                    // it may have ended before its id was known here
                    background.call(this, () -> operations.get(operation.id()), this::follow, problem::show);
                },
                this::refused);
    }

    private void follow(Operation operation) {
        if (!operation.state().isFinal() || !operation.id().equals(collecting)) {
            return;
        }
        collecting = null;
        Problem why = operation.problem();
        if (operation.state() == OperationState.SUCCEEDED) {
            Object freed = operation.result().get("bytes");
            tell(
                    Tone.OK,
                    freed instanceof Number bytes ? t("Freed {0}.", Words.bytes(bytes.longValue())) : t("Collected."));
            plan = null;
            shown.removeAll();
            enable();
            onCollected.run();
        } else if (why != null) {
            refused(why);
        } else {
            tell(Tone.IDLE, Words.of(operation.state()) + ".");
            enable();
        }
    }

    /** What was planned is not what would be deleted now: nothing happened, and the new plan is made at once. */
    private void refused(Problem why) {
        if (why.code() != ProblemCode.PLAN_OUTDATED) {
            news.setVisible(false);
            refuse(why);
            return;
        }
        tell(
                Tone.WARN,
                t(
                        "Nothing was deleted: since this plan was made, something was built, deleted or started, and another set would go now. Here is the plan as it is now."));
        plan(choice);
    }

    private void tell(Tone tone, String words) {
        news.removeAll();
        news.add(new StatusText(tone, words));
        news.setVisible(true);
    }
}
