package dev.croft.drills;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.running.GitServer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/**
 * What may break while a box is being changed, on a real box with a real console. Whatever it is: one generation is served as a whole,
 * the console soon says how it is, and nothing that was stored is lost.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultDrillsIT {

    /** Seconds within which a change has to be confirmed: the least that there is. */
    private static final int CONFIRM_WITHIN = 15;

    /** Within which a change that has not begun to activate ends when somebody cancels it. */
    private static final double CANCEL_SECONDS = 2;

    private static final Duration YEAR = Duration.ofDays(365);

    @RegisterExtension
    final DrillReport report = new DrillReport();

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

    // -- what a change survives: the box does it, and the console takes up the thread

    @ParameterizedTest
    @EnumSource
    void theConsoleIsKilled(Phase phase) {
        survives("kill -9 the console: " + phase, phase, () -> {
            box.killConsole();
            box.startConsole();
        });
    }

    @ParameterizedTest
    @EnumSource
    void theLinkIsCut(Phase phase) {
        survives("cut the SSH connection: " + phase, phase, box::cutLink);
    }

    @ParameterizedTest
    @EnumSource
    void theHelperIsKilled(Phase phase) {
        survives("kill -9 croft-hostd: " + phase, phase, box::killHelper);
    }

    @ParameterizedTest
    @EnumSource(names = {"BUILD", "HEALTH", "CONFIRM"})
    void theClockJumpsAYear(Phase phase) {
        try {
            survives("the clock jumps a year ahead: " + phase, phase, () -> box.setClock(YEAR));
        } finally {
            box.setClock(Duration.ZERO);
        }
        survives("the clock is put right again: " + phase, phase, () -> {});
    }

    private void survives(String name, Phase phase, Runnable fault) {
        DrillReport.Drill drill = report.begin(name);
        Phase.Held held = phase.hold(box);
        double during;
        try (held) {
            fault.run();
            during = box.consoleShows(held.operation());
        }
        Truth truth = end(held.operation());
        assertThat(truth.says()).isEqualTo("SUCCEEDED");
        assertThat(box.assertWhole()).isEqualTo(held.version());
        drill.passed("new", truth.says(), Math.max(during, truth.seconds()));
    }

    @Test
    void packetsVanishDuringABuild() throws Exception {
        DrillReport.Drill drill = report.begin("packets vanish: build");
        Phase.Held held = Phase.BUILD.hold(box);
        try (held;
                AutoCloseable silence = box.dropPackets()) {
            box.awaitSilence();
            held.close();
            box.awaitEndOnBox(held.operation());
        }
        Truth truth = end(held.operation());
        assertThat(truth.says()).isEqualTo("SUCCEEDED");
        assertThat(box.assertWhole()).isEqualTo(held.version());
        drill.passed("new", truth.says(), truth.seconds());
    }

    // -- what ends a change: the box goes back

    @Test
    void packetsVanishWhileAChangeWaits() throws Exception {
        DrillReport.Drill drill = report.begin("packets vanish: confirm");
        String before = box.versionAtBoot();
        String id = box.apply(GitServer.hello(box.nextVersion()), "manual", CONFIRM_WITHIN);
        box.awaitPhase(id, "confirm");
        try (AutoCloseable silence = box.dropPackets()) {
            assertThat(box.confirm(id).status())
                    .as("the answer to a confirmation without a way to the box")
                    .isNotEqualTo(200);
            box.awaitEndOnBox(id);
        }
        Truth truth = end(id);
        assertThat(truth.says()).isEqualTo("ROLLED_BACK CONFIRM_MISSED");
        assertThat(box.assertWhole()).isEqualTo(before);
        drill.passed("earlier", truth.says(), truth.seconds());
    }

    /** Before anything was activated. */
    @ParameterizedTest
    @EnumSource(names = {"RESOLVE", "EVALUATE", "FETCH", "BUILD", "SNAPSHOT"})
    void theOperatorCancels(Phase phase) {
        DrillReport.Drill drill = report.begin("cancel: " + phase);
        List<String> halfBuilt = box.halfBuilt();
        Phase.Held held = phase.hold(box);
        String before = box.versionAtBoot();
        double seconds;
        try (held) {
            seconds = box.cancel(held.operation());
            assertThat(box.halfBuilt()).as("directories of builds").isEqualTo(halfBuilt);
        }
        assertThat(seconds).as("seconds until it was cancelled").isLessThan(CANCEL_SECONDS);
        assertThat(box.says(held.operation())).isEqualTo("CANCELLED CANCELLED");
        assertThat(box.assertWhole()).isEqualTo(before);
        drill.passed("earlier", "CANCELLED", seconds);
    }

    /** As the kernel does when there is no memory left. */
    @Test
    void theEvaluatorIsKilled() {
        DrillReport.Drill drill = report.begin("kill -9 the evaluator");
        Phase.Held held = Phase.EVALUATE.hold(box);
        String before;
        try (held) {
            before = box.versionAtBoot();
            box.killEvaluator(held.operation());
            box.awaitEndOnBox(held.operation());
        }
        Truth truth = end(held.operation());
        assertThat(truth.says()).isEqualTo("FAILED EVALUATION_OUT_OF_MEMORY");
        assertThat(box.operation(held.operation()).toString()).contains("The kernel killed the evaluator");
        assertThat(box.assertWhole()).isEqualTo(before);
        drill.passed("earlier", truth.says(), truth.seconds());
    }

    @ParameterizedTest
    @EnumSource(names = {"BUILD", "SNAPSHOT", "ACTIVATE", "CONFIRM", "PERSIST"})
    void thePowerFails(Phase phase) {
        DrillReport.Drill drill = report.begin("power cut, then boot: " + phase);
        Phase.Held held = phase.hold(box);
        String before = box.versionAtBoot();
        box.cutPower();
        box.boot();
        Truth truth = end(held.operation());
        String serving = box.assertWhole();
        // Once it is the boot default, there is no way back.
        if (phase == Phase.PERSIST && truth.says().equals("SUCCEEDED")) {
            assertThat(serving).isEqualTo(held.version());
            drill.passed("new", truth.says(), truth.seconds());
        } else {
            assertThat(truth.says()).isIn("FAILED OPERATION_DIED", "ROLLED_BACK CONFIRM_MISSED");
            assertThat(serving).isEqualTo(before);
            drill.passed("earlier", truth.says(), truth.seconds());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BUILD", "ACTIVATE"})
    void theDiskGetsFull(Phase phase) {
        DrillReport.Drill drill = report.begin("the disk gets full: " + phase);
        Phase.Held held = phase.hold(box);
        String before;
        Truth truth;
        try {
            try (held) {
                before = box.versionAtBoot();
                box.fillDisk();
            }
            truth = end(held.operation());
        } finally {
            box.freeDisk();
        }
        String serving = box.assertWhole();
        // An activation needs next to nothing: it may come to its end.
        if (phase == Phase.ACTIVATE && truth.says().equals("SUCCEEDED")) {
            assertThat(serving).isEqualTo(held.version());
            drill.passed("new", truth.says(), truth.seconds());
        } else {
            assertThat(truth.says()).startsWith("FAILED ");
            assertThat(serving).isEqualTo(before);
            drill.passed("earlier", truth.says(), truth.seconds());
        }
    }

    @Test
    void theNewGenerationHasAUnitThatFails() throws Exception {
        goesBack("a unit of the new generation fails", "FAILED SWITCH_FAILED", """
                {
                  systemd.services.drill = {
                    description = "Fails";
                    wantedBy = [ "multi-user.target" ];
                    serviceConfig = {
                      Type = "oneshot";
                      ExecStart = "/bin/sh -c 'exit 3'";
                    };
                  };
                }
                """);
    }

    @Test
    void theNewGenerationHasAnActivationScriptThatFails() throws Exception {
        goesBack("an activation script of the new generation fails", "FAILED SWITCH_FAILED", """
                {
                  system.activationScripts.drill = "false";
                }
                """);
    }

    @Test
    void theNewGenerationHasAnSshServerThatDoesNotStart() throws Exception {
        goesBack("the new generation's sshd does not start", "FAILED SWITCH_FAILED", """
                { lib, ... }:
                {
                  systemd.services.sshd.serviceConfig = {
                    Type = lib.mkForce "simple";
                    ExecStart = lib.mkForce "/usr/sbin/sshd -D -f /nowhere/sshd_config";
                  };
                }
                """);
    }

    @Test
    void theNewGenerationClosesTheConsolesPort() throws Exception {
        goesBack("the new generation's firewall drops the console", "ROLLED_BACK CONFIRM_MISSED", """
                { lib, ... }:
                {
                  services.openssh.openFirewall = lib.mkForce false;
                }
                """);
    }

    /** Whatever the change does to the box, the operator tries to keep it. */
    private void goesBack(String name, String says, String module) throws Exception {
        DrillReport.Drill drill = report.begin(name);
        String before = box.versionAtBoot();
        try (AutoCloseable edit = box.configure(module)) {
            String id = box.apply(GitServer.hello(box.nextVersion()), "auto", CONFIRM_WITHIN);
            if (box.reaches(id, "confirm")) {
                assertThat(box.confirm(id).status())
                        .as("the answer to a confirmation without a way to the box")
                        .isNotEqualTo(200);
            }
            Truth truth = end(id);
            assertThat(truth.says()).isEqualTo(says);
            assertThat(box.serving()).isEqualTo(before);
            drill.passed("earlier", truth.says(), truth.seconds());
        }
        assertThat(box.assertWhole()).isEqualTo(before);
    }

    // -- who comes first

    @Test
    void twoOperatorsApplyAtTheSameTime() {
        DrillReport.Drill drill = report.begin("two operators apply at the same time");
        Phase.Held held = Phase.HEALTH.hold(box);
        String second;
        try (held) {
            second = box.deployAs(box.otherOperator(), "second");
            JsonNode waiting = box.operation(second);
            assertThat(waiting.get("state").stringValue()).isEqualTo("QUEUED");
        }
        Truth first = end(held.operation());
        Truth after = end(second);
        assertThat(first.says()).isEqualTo("SUCCEEDED");
        assertThat(after.says()).isEqualTo("SUCCEEDED");
        assertThat(box.assertWhole()).isEqualTo(held.version());
        drill.passed("new", "SUCCEEDED, QUEUED then SUCCEEDED", Math.max(first.seconds(), after.seconds()));
    }

    /** How an operation ended, in the console's words, and how soon after its end, or the first contact, they could be read. */
    private record Truth(String says, double seconds) {}

    private Truth end(String id) {
        box.awaitEndOnBox(id);
        double seconds = box.consoleShows(id);
        return new Truth(box.says(id), seconds);
    }
}
