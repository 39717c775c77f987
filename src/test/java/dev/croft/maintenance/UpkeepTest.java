package dev.croft.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.croft.desired.AppSpec;
import dev.croft.desired.DesiredStates;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.Comparison;
import dev.croft.hostlink.HostCommand.DiskReport;
import dev.croft.hostlink.HostCommand.DriftedThing;
import dev.croft.hostlink.HostCommand.FindDrift;
import dev.croft.hostlink.HostCommand.GarbagePlan;
import dev.croft.hostlink.HostCommand.Generation;
import dev.croft.hostlink.HostCommand.PlannedGeneration;
import dev.croft.hostlink.HostCommand.Probe;
import dev.croft.hostlink.HostCommand.ReadDisk;
import dev.croft.hostlink.HostCommand.Reconciliation;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import dev.croft.support.FakeUpkeep;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Generations, disks and drift, as people ask for them. */
@Tag("stores")
class UpkeepTest {

    private final FakeBox box = Console.newBox();
    private final Console console = Console.shared();
    private HostName attic;

    @BeforeEach
    void enrolABox() {
        attic = console.enrol(box);
        // What the console asks by itself when it meets a box.
        Await.until(() -> asked(ReadDisk.class), count -> count == 1);
        Await.until(() -> asked(FindDrift.class), count -> count == 1);
        // Once to be enrolled, and once for the contract, which comes last.
        Await.until(() -> asked(Probe.class), count -> count == 2);
    }

    @Test
    void pinsAndLabelsAGeneration() {
        assertThat(console.asAnna(() -> generations().mark(attic, 1, true, null))
                        .pinned())
                .isTrue();
        assertThat(console.asAnna(() -> generations().mark(attic, 1, null, "before Christmas"))
                        .label())
                .isEqualTo("before Christmas");

        Generation listed = console.asAnna(() -> generations().list(attic)).getFirst();
        assertThat(listed.pinned()).isTrue();
        assertThat(listed.label()).isEqualTo("before Christmas");
        console.asAnna(() -> generations().mark(attic, 1, null, ""));
        assertThat(console.asAnna(() -> generations().mark(attic, 1, false, null))
                        .pinned())
                .isFalse();
        assertThat(console.asAnna(() -> generations().list(attic)).getFirst().label())
                .isNull();
    }

    @Test
    void comparesTheRunningSystemWithAGeneration() {
        Comparison comparison = console.asAnna(() -> generations().compare(attic, null, 1));

        assertThat(comparison.from()).isNull();
        assertThat(comparison.closure()).hasSize(1);
        assertThat(comparison.state().to()).contains("\"attic\"");
        assertThat(refusal(() -> generations().compare(attic, 7, 1)).code())
                .isEqualTo(ProblemCode.GENERATION_NOT_FOUND);
    }

    @Test
    void refusesWhatIsOutOfBoundsWithoutAskingTheBox() {
        int before = box.received().size();

        assertThat(Stream.<Callable<?>>of(
                                () -> generations().compare(attic, 0, 1),
                                () -> generations().compare(attic, null, -1),
                                () -> generations().mark(attic, 0, true, null),
                                () -> generations().mark(attic, 1, null, "x".repeat(101)),
                                () -> generations().mark(attic, 1, null, "two\nlines"),
                                () -> disks().plan(attic, List.of(0), null),
                                () -> disks().plan(attic, List.of(), 1),
                                () -> disks().collect(attic, "not a digest", List.of(), null),
                                () -> disks().collect(attic, FakeUpkeep.DIGEST, List.of(), 1001))
                        .map(this::refusal)
                        .map(Problem::code))
                .hasSize(9)
                .containsOnly(ProblemCode.INVALID_INPUT);
        assertThat(box.received()).hasSize(before);
    }

    @Test
    void plansWhatACollectionWouldDelete() {
        box.changeByHand(box.state());
        ended(console.asAnna(() -> console.get(Operations.class).apply(attic, Operations.Apply.ALL)));

        GarbagePlan plan = console.asAnna(() -> disks().plan(attic, List.of(1), null));

        assertThat(plan.digest()).isEqualTo(FakeUpkeep.DIGEST);
        assertThat(plan.generations())
                .filteredOn(each -> !each.keep())
                .extracting(PlannedGeneration::number)
                .containsExactly(1);
        assertThat(plan.bytes()).isPositive();
    }

    /** A report makes the box add up every file; many pages ask at once. */
    @Test
    void pagesThatAskTheSameAtOnceShareOneQuestion() throws Exception {
        int pages = 8;
        Callable<DiskReport> page = () -> console.asAnna(() -> disks().report(attic));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<DiskReport> report : threads.invokeAll(Collections.nCopies(8, page))) {
                assertThat(report.get().pressure().level()).isEqualTo("ok");
            }
        }
        console.asAnna(() -> drifts().find(attic, false));

        assertThat(asked(ReadDisk.class)).isEqualTo(1);
        assertThat(asked(FindDrift.class)).isEqualTo(1);
    }

    @Test
    void afterAChangeTheBoxIsAskedAnew() {
        box.upkeep().pressure("warn");

        ended(console.asAnna(() -> console.get(Operations.class).apply(attic, Operations.Apply.ALL)));

        Await.until(() -> console.asAnna(() -> disks().report(attic)).pressure().level(), "warn"::equals);
        Await.until(() -> asked(FindDrift.class), count -> count == 2);
    }

    @Test
    void anEvaluationOnRequestIsKept() {
        assertThat(console.asAnna(() -> drifts().find(attic, false)).configured())
                .isNull();

        assertThat(console.asAnna(() -> drifts().find(attic, true)).configured())
                .isEqualTo(FakeUpkeep.CONFIGURED);

        assertThat(console.asAnna(() -> drifts().lastReport(attic))
                        .orElseThrow()
                        .configured())
                .isEqualTo(FakeUpkeep.CONFIGURED);
    }

    @Test
    void listsTheCopiesOfAnAppsData() {
        deploy("blog", "v1", 8080);
        deploy("shop", "v1", 8081);
        deploy("blog", "v2", 8080);
        deploy("shop", "v2", 8081);

        assertThat(console.asAnna(() -> generations().snapshots(attic, null))).hasSize(2);
        assertThat(console.asAnna(() -> generations().snapshots(attic, new AppName("blog"))))
                .extracting(HostCommand.Snapshot::rev)
                .containsExactly(FakeBox.REV_1);
    }

    @Test
    void collectsWhatWasPlannedAndReconciles() {
        Operation collection = ended(console.asAnna(() -> disks().collect(
                        attic,
                        console.asAnna(() -> disks().plan(attic, List.of(), 5)).digest(),
                        List.of(),
                        5)));
        Operation reconciliation =
                ended(console.asAnna(() -> drifts().reconcile(attic, DriftedThing.FLAKE, Reconciliation.RETURN)));

        assertThat(collection.kind()).isEqualTo(Operation.Kind.GC);
        assertThat(reconciliation.kind()).isEqualTo(Operation.Kind.RECONCILE);
        assertThat(box.received())
                .filteredOn(HostCommand.CollectGarbage.class::isInstance)
                .singleElement()
                .extracting(command -> ((HostCommand.CollectGarbage) command).digest())
                .isEqualTo(FakeUpkeep.DIGEST);
        assertThat(box.received())
                .filteredOn(HostCommand.Reconcile.class::isInstance)
                .singleElement()
                .extracting(command -> ((HostCommand.Reconcile) command).action())
                .isEqualTo(Reconciliation.RETURN);
    }

    // ---- words of this test

    private void deploy(String app, String ref, int port) {
        AppName name = new AppName(app);
        AppSpec site = Console.site(ref);
        AppSpec spec = AppSpec.of(site.source(), site.build(), new AppSpec.Run(List.of(), port, Map.of()));
        console.asAnna(() -> {
            console.get(DesiredStates.class).putApp(attic, name, spec);
            return ended(console.get(Operations.class).deploy(attic, name, null));
        });
    }

    private Operation ended(Operation operation) {
        return Await.until(
                () -> console.asAnna(() -> console.get(Operations.class).get(operation.id())),
                now -> now.state().isFinal());
    }

    private Problem refusal(Callable<?> work) {
        ProblemException refusal = catchThrowableOfType(
                ProblemException.class,
                () -> console.asAnna(() -> {
                    try {
                        return work.call();
                    } catch (ProblemException e) {
                        throw e;
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }));
        assertThat(refusal).as("nothing was refused").isNotNull();
        return refusal.problem();
    }

    private int asked(Class<?> type) {
        return (int) box.received().stream().filter(type::isInstance).count();
    }

    private Generations generations() {
        return console.get(Generations.class);
    }

    private Disks disks() {
        return console.get(Disks.class);
    }

    private Drifts drifts() {
        return console.get(Drifts.class);
    }
}
