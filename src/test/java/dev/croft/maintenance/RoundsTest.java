package dev.croft.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.DiskReport;
import dev.croft.hostlink.HostCommand.DriftItem;
import dev.croft.hostlink.HostCommand.DriftReport;
import dev.croft.hostlink.HostCommand.FindDrift;
import dev.croft.hostlink.HostCommand.ReadDisk;
import dev.croft.kernel.HostName;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import dev.croft.support.FakeUpkeep;
import dev.croft.support.MutableClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;
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
            Await.until(() -> lastDrift().configured(), FakeUpkeep.CONFIGURED::equals);
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

    // ---- words of this test

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
