package dev.croft.drills;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/**
 * What may break while a box is being changed, on a real box with a real console. Whatever it is: one generation is served as a whole,
 * the console soon says how it is, and nothing that was stored is lost.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultDrillsIT {

    private final DrillReport report = new DrillReport();
    private DrillBox box;

    @BeforeAll
    void start() {
        box = new DrillBox();
        box.settle();
        box.assertWhole();
    }

    @AfterAll
    void stop() {
        report.print();
        if (box != null) {
            box.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void theConsoleIsKilled(Phase phase) {
        DrillReport.Drill drill = report.begin("kill -9 the console: " + phase);
        double seconds;
        Phase.Held held = phase.hold(box);
        try (held) {
            box.killConsole();
            box.startConsole();
            seconds = box.consoleShows(held.operation());
        }
        succeeds(drill, held, seconds);
    }

    @ParameterizedTest
    @EnumSource
    void theLinkIsCut(Phase phase) {
        DrillReport.Drill drill = report.begin("cut the SSH connection: " + phase);
        double seconds;
        Phase.Held held = phase.hold(box);
        try (held) {
            box.cutLink();
            seconds = box.consoleShows(held.operation());
        }
        succeeds(drill, held, seconds);
    }

    @ParameterizedTest
    @EnumSource
    void theHelperIsKilled(Phase phase) {
        DrillReport.Drill drill = report.begin("kill -9 croft-hostd: " + phase);
        double seconds;
        Phase.Held held = phase.hold(box);
        try (held) {
            box.killHelper();
            seconds = box.consoleShows(held.operation());
        }
        succeeds(drill, held, seconds);
    }

    /** None of this ends a change: the box does it, and the console takes up its thread. */
    private void succeeds(DrillReport.Drill drill, Phase.Held held, double seconds) {
        dev.croft.running.Api.await(
                java.time.Duration.ofMinutes(1), () -> box.onBox(held.operation()), found -> found.has("state"));
        double end = box.consoleShows(held.operation());
        JsonNode operation = box.operation(held.operation());
        assertThat(operation.get("state").stringValue())
                .as(operation.toPrettyString())
                .isEqualTo("SUCCEEDED");
        String serving = box.assertWhole();
        assertThat(serving).isEqualTo(held.version());
        drill.passed("new", "SUCCEEDED", Math.max(seconds, end));
    }
}
