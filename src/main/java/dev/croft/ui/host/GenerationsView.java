package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.html.OrderedList;
import com.vaadin.flow.router.Route;
import dev.croft.desired.DesiredStates;
import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCommand.Generation;
import dev.croft.kernel.HostName;
import dev.croft.maintenance.Generations;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.Rights;
import jakarta.annotation.security.PermitAll;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Every state the box has had, newest first, each one click away. */
@Route(Links.GENERATIONS)
@PermitAll
@Needs(Needs.What.THE_BOX)
class GenerationsView extends Page {

    private final Operations operations;
    private final Generations generations;
    private final DesiredStates desired;
    private final Background background;
    private final PushBridge bridge;
    private final boolean mayOperate;
    private final Optional<Host> host;
    private final OrderedList list = new OrderedList();
    private final Map<Generation, GenerationRow> rows = new HashMap<>();

    GenerationsView(
            Operations operations,
            Generations generations,
            DesiredStates desired,
            Background background,
            PushBridge bridge,
            Rights rights,
            CurrentHost currentHost) {
        super(t("Generations"));
        this.operations = operations;
        this.generations = generations;
        this.desired = desired;
        this.background = background;
        this.bridge = bridge;
        this.mayOperate = rights.mayOperate();
        this.host = currentHost.get();
        host.ifPresent(box -> title(box.name().value()));
        under(t("Every state the box has had. Each can come back as it was."));
        list.addClassName("croft-timeline");
        list.setId("generations");
        content(HostTabs.at("generations"), list);
    }

    @Override
    public String getPageTitle() {
        return t("Generations") + " · Croft";
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        host.map(Host::name).ifPresent(name -> {
            load(name);
            bridge.<Operation>latest(
                    this,
                    listener -> operations.watch(name, listener),
                    changed -> {
                        if (changed.state().isFinal()) {
                            load(name);
                        }
                    },
                    this::show);
        });
    }

    private void load(HostName name) {
        background.call(
                this,
                () -> generations.list(name),
                found -> {
                    clearProblem();
                    render(name, found);
                },
                this::show);
    }

    /** Rows of generations that are as they were stay, with the label that is being typed in one of them. */
    private void render(HostName name, List<Generation> found) {
        if (found.isEmpty()) {
            content(
                    HostTabs.at("generations"),
                    new EmptyState(
                            "layers", t("No generations"), t("The box has not been switched to a configuration yet.")));
            return;
        }
        var asks = new GenerationRow.Asks(
                generation -> compare(name, found, generation),
                generation -> new RollBackDialog(name, generation, operations, generations, desired, background).open(),
                (generation, pinned) -> mark(name, () -> generations.mark(name, generation.number(), pinned, null)),
                (generation, label) -> mark(name, () -> generations.mark(name, generation.number(), null, label)));
        rows.keySet().retainAll(found);
        list.removeAll();
        found.forEach(generation ->
                list.add(rows.computeIfAbsent(generation, unused -> new GenerationRow(generation, mayOperate, asks))));
    }

    /** Of the current one: what it brought. Of any other: what going back to it would change. */
    private void compare(HostName name, List<Generation> known, Generation generation) {
        int other = known.stream()
                .filter(each -> generation.current() ? each.number() < generation.number() : each.current())
                .map(Generation::number)
                .findFirst()
                .orElse(generation.number());
        new CompareDialog(name, known, other, generation.number(), generations, desired, background).open();
    }

    private void mark(HostName name, Supplier<Generation> change) {
        background.call(this, change, marked -> load(name), this::show);
    }
}
