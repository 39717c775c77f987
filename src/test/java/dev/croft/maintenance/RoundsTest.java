package dev.croft.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.croft.apps.Apps;
import dev.croft.backups.Backups;
import dev.croft.desired.HostState.LocalTarget;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.DiskReport;
import dev.croft.hostlink.HostCommand.DriftItem;
import dev.croft.hostlink.HostCommand.DriftReport;
import dev.croft.hostlink.HostCommand.FindDrift;
import dev.croft.hostlink.HostCommand.ListAutomatic;
import dev.croft.hostlink.HostCommand.ReadDisk;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import dev.croft.support.FakeUpkeep;
import dev.croft.support.MutableClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the console asks boxes by itself, on a clock that only the test moves. */
class RoundsTest {

    private static final DriftItem EDITED = new DriftItem(
            "unit:nginx.service", "unit", "nginx.service was changed by hand.", "a drop-in", "none", List.of());

    /** Starting takes seconds: the tests share a console, each with a box of its own, and with it the clock. */
    @TempDir
    private static Path sharedData;

    private static MutableClock clock;
    private static Console shared;

    private FakeBox box;
    private Console console;
    private HostName attic;

    @BeforeAll
    static void start() {
        clock = new MutableClock(Instant.parse("2026-11-21T06:00:00Z"));
        shared = started(sharedData);
    }

    @AfterAll
    static void stop() {
        shared.close();
    }

    @BeforeEach
    void meetABox() {
        box = new FakeBox(clock);
        meetABoxIn(shared);
    }

    private void meetABoxIn(Console one) {
        console = one;
        attic = console.enrol(box);
        Await.until(() -> asked(ReadDisk.class::isInstance), count -> count == 1);
        Await.until(() -> asked(FindDrift.class::isInstance), count -> count == 1);
    }

    private static Console started(Path data) {
        return Console.start(data, clock, "--croft.maintenance.round=5ms");
    }

    @Test
    void readsThePressureOfTheDisksEveryFewMinutes() {
        Await.until(this::level, "ok"::equals);
        box.upkeep().pressure("warn");

        clock.advance(Duration.ofMinutes(5));

        Await.until(this::level, "warn"::equals);
        assertThat(asked(ReadDisk.class::isInstance))
                .as("many rounds, one question")
                .isEqualTo(2);
    }

    @Test
    void aBoxThatDoesNotAnswerIsShownAsItWasSeenLast() {
        Await.until(this::level, "ok"::equals);
        Instant seen = clock.instant();
        box.cutLink();
        clock.advance(Duration.ofHours(1));

        ProblemException failure =
                catchThrowableOfType(ProblemException.class, () -> console.asAnna(() -> disks().report(attic)));

        assertThat(failure.problem().code()).isEqualTo(ProblemCode.HOST_UNREACHABLE);
        assertThat(console.asAnna(() -> disks().lastReport(attic)).orElseThrow().time())
                .isEqualTo(seen);
        box.upkeep().pressure("collect");
        box.mendLink();
        Await.until(this::level, "collect"::equals);
    }

    @Test
    void onceADayTheBoxProvesThatItIsWhatItsConfigurationSays() {
        assertThat(asked(evaluations()))
                .as("a box that was just set up has other work")
                .isZero();
        box.upkeep().drift(EDITED);

        clock.advance(Duration.ofHours(24));

        DriftReport report = Await.until(this::lastDrift, seen -> seen.configured() != null);
        assertThat(asked(evaluations())).isEqualTo(1);
        assertThat(report.inSync()).isFalse();
        assertThat(report.items()).containsExactly(EDITED);
        assertThat(report.time()).isEqualTo(clock.instant());
        clock.advance(Duration.ofHours(24));
        Await.until(() -> asked(evaluations()), count -> count == 2);
    }

    /** The day is the box's, not the console's: one that is started often does not keep boxes busy. */
    @Test
    void aRestartNeitherForgetsTheReportNorRepeatsTheEvaluation(@TempDir Path data) {
        box = new FakeBox(clock);
        try (Console before = started(data)) {
            meetABoxIn(before);
            box.upkeep().drift(EDITED);
            clock.advance(Duration.ofHours(24));
            Await.until(
                    () -> console.asAnna(() -> drifts().lastReport(attic))
                            .map(DriftReport::configured)
                            .orElse(null),
                    FakeUpkeep.CONFIGURED::equals);
        }
        box.cutLink();
        try (Console after = started(data)) {
            console = after;
            assertThat(lastDrift().items()).containsExactly(EDITED);
            assertThat(lastDrift().configured()).isEqualTo(FakeUpkeep.CONFIGURED);

            box.mendLink();
            clock.advance(Duration.ofHours(23));
            Await.until(
                    () -> console.asAnna(() -> disks().lastReport(attic))
                            .map(DiskReport::time)
                            .orElse(null),
                    clock.instant()::equals);
            assertThat(asked(evaluations())).isEqualTo(1);
        }
    }

    @Test
    void anEvaluationThatFailedIsTriedAgainAfterAnHour() {
        box.upkeep().refuse(ProblemCode.EVALUATION_OUT_OF_MEMORY);
        clock.advance(Duration.ofHours(24));
        Await.until(() -> asked(evaluations()), count -> count == 1);
        box.upkeep().refuse(null);

        clock.advance(Duration.ofMinutes(59));
        Await.until(
                () -> console.asAnna(() -> disks().lastReport(attic)).orElseThrow(),
                seen -> seen.time().equals(clock.instant()));
        assertThat(asked(evaluations())).isEqualTo(1);

        clock.advance(Duration.ofMinutes(1));
        Await.until(() -> asked(evaluations()), count -> count == 2);
    }

    /** Reading disks and looking for drift costs the box's processors; the change that somebody waits for needs them. */
    @Test
    void changesThatFollowEachOtherAreNotHeldUpByQuestions(@TempDir Path data) {
        box = new FakeBox(clock);
        try (Console calm = Console.start(data, clock)) {
            meetABoxIn(calm);
            AppName blog = new AppName("blog");
            calm.asAnna(() -> calm.get(Apps.class).putDraft(attic, blog, Console.site("v1")));
            box.hold();
            Operations operations = calm.get(Operations.class);
            var ids = Stream.of("v1", "v2", "v1", "v2", "v1")
                    .map(ref -> calm.asAnna(() -> operations.deploy(attic, blog, ref))
                            .id())
                    .toList();
            box.release();
            ids.forEach(id ->
                    Await.until(() -> calm.asAnna(() -> operations.get(id)).state(), OperationState::isFinal));

            Await.until(() -> asked(FindDrift.class::isInstance), count -> count == 2);
            List<HostCommand<?>> received = box.received();
            assertThat(received.stream().filter(HostCommand.Apply.class::isInstance))
                    .hasSize(5);
            assertThat(lastOf(received, HostCommand.Apply.class))
                    .isLessThan(lastOf(received, ReadDisk.class))
                    .isLessThan(lastOf(received, FindDrift.class));
        }
    }

    @Test
    void whatTheBoxDoesByItselfBecomesARow() {
        box.holdBackups();
        box.startsByItself(id(1), "backup", "cellar");
        Await.until(this::rows, rows -> rows.size() == 1);
        assertThat(rows().getFirst().state()).isEqualTo(OperationState.RUNNING);
        Instant end = clock.instant().plusSeconds(90);
        clock.advance(Duration.ofSeconds(90));
        box.release();

        Operation row = Await.until(this::rows, rows -> rows.getFirst().state().isFinal())
                .getFirst();
        assertThat(row.kind()).isEqualTo(Operation.Kind.BACKUP);
        assertThat(row.title()).isEqualTo("Back up to cellar");
        assertThat(row.requestedBy()).isEqualTo("Croft");
        assertThat(row.state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(row.finishedAt()).isEqualTo(end);
        assertThat(row.phases()).extracting(Operation.PhaseTime::phase).containsExactly("snapshot", "copy", "verify");
        assertThat(row.result()).containsKey("targets");
    }

    @Test
    void whatTheBoxCollectedByItselfIsThere() {
        box.startsByItself(id(7), "gc", null);

        Operation row = Await.until(
                        this::rows,
                        rows -> rows.size() == 1 && rows.getFirst().state().isFinal())
                .getFirst();

        assertThat(row.kind()).isEqualTo(Operation.Kind.GC);
        assertThat(row.state()).as(String.valueOf(row.problem())).isEqualTo(OperationState.SUCCEEDED);
    }

    /** Nobody was looking, and nobody will look twice. */
    @Test
    void whatWasDoneWhileTheConsoleWasAwayIsFoundOnceWithTheTimesItHad(@TempDir Path data) throws InterruptedException {
        box = new FakeBox(clock);
        Instant began = clock.instant();
        try (Console before = started(data)) {
            meetABoxIn(before);
        }
        box.failOperationsWith(ProblemCode.BACKUP_UNREACHABLE);
        box.startsByItself(id(1), "backup", "cellar").join();
        box.failOperationsWith(null);
        box.startsByItself(id(2), "restore-test", "cellar").join();
        clock.advance(Duration.ofHours(5));
        for (int start = 0; start < 2; start++) {
            try (Console after = started(data)) {
                console = after;
                Await.until(
                        this::rows,
                        rows -> rows.size() == 2
                                && rows.stream().allMatch(row -> row.state().isFinal()));
                Await.until(() -> asked(ListAutomatic.class::isInstance), count -> count > 3);
                assertThat(rows())
                        .extracting(Operation::title, Operation::state, Operation::finishedAt)
                        .containsExactly(
                                Tuple.tuple("Test what cellar has", OperationState.SUCCEEDED, began),
                                Tuple.tuple("Back up to cellar", OperationState.FAILED, began));
            }
        }
    }

    @Test
    void aBackupThatFailedIsToldUntilOneSucceeds() throws InterruptedException {
        console.asAnna(() -> {
            console.get(Backups.class).add(attic, "cellar", new LocalTarget("/mnt/cellar"), Map.of());
            return operations().apply(attic, Operations.Apply.ALL);
        });
        Await.until(this::rows, rows -> rows.getFirst().state().isFinal());
        box.failOperationsWith(ProblemCode.BACKUP_UNREACHABLE);
        box.startsByItself(id(5), "backup", "cellar").join();
        box.startsByItself(id(6), "backup", "gone").join();
        Await.until(
                () -> console.asAnna(() -> operations().failedBackups(attic)),
                failed -> failed.stream().map(Operation::id).toList().equals(List.of(id(5))));
        box.failOperationsWith(null);

        console.asAnna(() -> operations().backUp(attic, null));

        Await.until(() -> console.asAnna(() -> operations().failedBackups(attic)), List::isEmpty);
    }

    // ---- words of this test

    private static int lastOf(List<HostCommand<?>> received, Class<?> kind) {
        return IntStream.range(0, received.size())
                .filter(at -> kind.isInstance(received.get(at)))
                .max()
                .orElse(-1);
    }

    private static OperationId id(int number) {
        return new OperationId("01" + String.valueOf(number).repeat(24));
    }

    private List<Operation> rows() {
        return console.asAnna(() -> operations().list(attic, null, 50));
    }

    private Operations operations() {
        return console.get(Operations.class);
    }

    private static Predicate<HostCommand<?>> evaluations() {
        return command -> command instanceof FindDrift find && find.evaluate();
    }

    private int asked(Predicate<HostCommand<?>> which) {
        return (int) box.received().stream().filter(which).count();
    }

    private DriftReport lastDrift() {
        return console.asAnna(() -> drifts().lastReport(attic)).orElseThrow();
    }

    private String level() {
        return console.asAnna(() -> disks().lastReport(attic))
                .map(report -> report.pressure().level())
                .orElse("none");
    }

    private Disks disks() {
        return console.get(Disks.class);
    }

    private Drifts drifts() {
        return console.get(Drifts.class);
    }
}
