package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.router.Route;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.Gc;
import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCommand.DiskPart;
import dev.croft.hostlink.HostCommand.DiskReport;
import dev.croft.hostlink.HostCommand.FileSystem;
import dev.croft.hostlink.HostCommand.GarbagePolicy;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.maintenance.Disks;
import dev.croft.operations.Operations;
import dev.croft.services.Leftovers;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Words;
import jakarta.annotation.security.PermitAll;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What fills the disks, what happens when they get full, and the way to make room. */
@Route(Links.DISK)
@PermitAll
@Needs(Needs.What.THE_BOX)
class DiskView extends Page {

    private final Disks disks;
    private final DesiredStates desired;
    private final Background background;
    private final Optional<Host> host;
    private final boolean mayAdminister;

    private final Panel room = new Panel(t("Room"));
    private final Panel disksPanel = new Panel(t("What is on the disks"));
    private final Panel policy = new Panel(t("Policy"));
    private final Checkbox automatic = new Checkbox(t("Collect garbage by itself"));
    private final IntegerField keep = new IntegerField(t("Generations to keep"));
    private final TextField minFree = new TextField(t("Least free space"));
    private final ProblemPanel policyProblem = new ProblemPanel();
    private final Button save = Actions.primary("gc-policy-save", t("Save"), "check", this::savePolicy);
    private @Nullable SettingsDraft draft;
    private @Nullable LeftoversPanel left;

    private record Seen(DiskReport report, Set<AppName> apps) {}

    DiskView(
            Disks disks,
            Operations operations,
            DesiredStates desired,
            Leftovers leftovers,
            Background background,
            PushBridge bridge,
            Rights rights,
            CurrentHost currentHost) {
        super(t("Disk & GC"));
        this.disks = disks;
        this.desired = desired;
        this.background = background;
        this.host = currentHost.get();
        this.mayAdminister = rights.mayAdminister();
        var stack = new Div();
        stack.addClassName("croft-stack");
        content(HostTabs.at("disk"), stack);
        room.setId("disk-room");
        disksPanel.setId("disk-parts");
        room.content(waiting());
        host.map(Host::name).ifPresent(name -> {
            title(name.value());
            draft = new SettingsDraft(name, desired, background);
            left = new LeftoversPanel(name, leftovers, background, rights, () -> load(name));
            stack.add(
                    room,
                    disksPanel,
                    left,
                    new GarbagePanel(
                            name, disks, operations, background, bridge, rights.mayOperate(), () -> load(name)),
                    policy);
        });
        furnishPolicy();
    }

    @Override
    public String getPageTitle() {
        return t("Disk & GC") + " · Croft";
    }

    private static Paragraph waiting() {
        var words = new Paragraph(t("Counting what is on the disks …"));
        words.addClassName("croft-hint");
        return words;
    }

    private void furnishPolicy() {
        automatic.setId("gc-automatic");
        automatic.setHelperText(t("Daily, and when the disk gets full."));
        keep.setId("gc-keep");
        keep.setMin(2);
        keep.setMax(1000);
        keep.setStepButtonsVisible(true);
        keep.setHelperText(t("The newest ones. Pinned ones and what apps can be rolled back to stay as well."));
        minFree.setId("gc-min-free");
        minFree.setPlaceholder("2G");
        minFree.setHelperText(t("Below it deploys are refused; below twice as much the box collects."));
        save.setDisableOnClick(true);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        host.map(Host::name).ifPresent(this::load);
    }

    private void load(HostName name) {
        if (left != null) {
            left.load();
        }
        background.call(
                this,
                () -> new Seen(disks.report(name), desired.draft(name).apps().keySet()),
                this::render,
                problem -> {
                    room.content(new ProblemPanel(problem));
                    disksPanel.setVisible(false);
                });
    }

    private void render(Seen seen) {
        DiskReport report = seen.report();
        under(rich("Counted {0}", TimeText.ago(report.time())));
        room.content(new PressureLadder(report));
        var bars = new Div();
        bars.addClassName("croft-stack");
        for (FileSystem fileSystem : report.filesystems()) {
            List<DiskPart> parts = report.parts().stream()
                    .filter(part -> part.mount().equals(fileSystem.mount()))
                    .toList();
            bars.add(new DiskBar(fileSystem, parts, seen.apps()));
        }
        disksPanel.setVisible(true);
        disksPanel.content(bars);
        renderPolicy(report.policy());
    }

    private void renderPolicy(GarbagePolicy inForce) {
        SettingsDraft settings = draft;
        if (!mayAdminister || settings == null) {
            policy.content(new Facts()
                    .fact(
                            t("Collects by itself"),
                            inForce.automatic() ? t("yes, daily and when the disk gets full") : t("no"))
                    .fact(
                            t("Keeps"),
                            t(
                                    "{0, plural, one {the newest generation, pinned ones, rollback targets} other {the newest # generations, pinned ones, rollback targets}}",
                                    inForce.keepGenerations()))
                    .fact(t("Least free space"), Words.bytes(inForce.minFree())));
            return;
        }
        settings.field("gc.automatic", automatic);
        settings.field("gc.keepGenerations", keep);
        settings.field("gc.minFree", minFree);
        var row = new Div(keep, minFree);
        row.addClassName("croft-field-row");
        var actions = new Div(save);
        actions.addClassName("croft-actions");
        var fields = new Div(automatic, row, policyProblem, actions, settings.note());
        fields.addClassNames("croft-fields", "croft-form");
        policy.content(fields);
        settings.load(this, state -> show(state, inForce), policyProblem::show);
    }

    private void show(HostState state, GarbagePolicy inForce) {
        Gc gc = state.host().gc();
        automatic.setValue(gc == null || gc.automatic() == null ? inForce.automatic() : gc.automatic());
        keep.setValue(gc == null || gc.keepGenerations() == null ? inForce.keepGenerations() : gc.keepGenerations());
        minFree.setValue(gc == null || gc.minFree() == null ? "" : gc.minFree());
        if (minFree.isEmpty()) {
            minFree.setPlaceholder(Words.bytes(inForce.minFree()));
        }
    }

    private void savePolicy() {
        SettingsDraft settings = draft;
        if (settings == null) {
            return;
        }
        policyProblem.clear();
        var gc = new Gc(
                automatic.getValue(),
                keep.getValue(),
                minFree.isEmpty() ? null : minFree.getValue().strip());
        settings.save(this, before -> before.withGc(gc), saved -> save.setEnabled(true), refused -> {
            save.setEnabled(true);
            policyProblem.show(refused);
        });
    }
}
