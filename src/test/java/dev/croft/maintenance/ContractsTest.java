package dev.croft.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState.Gc;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.desired.HostState.Ssh;
import dev.croft.hostlink.HostCommand.Check;
import dev.croft.hostlink.HostCommand.Fix;
import dev.croft.hostlink.HostCommand.FixedMember;
import dev.croft.hostlink.HostCommand.Probe;
import dev.croft.kernel.HostName;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.maintenance.Contracts.Contract;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import dev.croft.support.Http;
import dev.croft.support.MutableClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a box lacks, when the console asks, and what one click does about it. */
@Tag("stores")
class ContractsTest {

    private static final Check FULL = new Check(
            "disk", "storage", Check.MUST, false, "0.1 GB free", "2 GB free", "Builds need room.", "Make room.", null);

    @TempDir
    private static Path data;

    private static MutableClock clock;
    private static Console console;

    private FakeBox box;
    private HostName attic;

    @BeforeAll
    static void start() {
        clock = new MutableClock(Instant.parse("2026-11-21T06:00:00Z"));
        console = Console.start(data, clock, "--croft.maintenance.round=5ms");
    }

    @AfterAll
    static void stop() {
        console.close();
    }

    @BeforeEach
    void meetABox() {
        box = new FakeBox(clock);
        attic = console.enrol(box);
        Await.until(this::last, Optional::isPresent);
    }

    @Test
    void asksOnceADayByItself() {
        box.checks(FULL);
        clock.advance(Duration.ofHours(23));
        assertThat(last().orElseThrow().checks()).doesNotContain(FULL);

        clock.advance(Duration.ofHours(2));

        Await.until(() -> last().orElseThrow().checks(), List.of(FULL)::equals);
        assertThat(last().orElseThrow().checkedAt()).isEqualTo(clock.instant());
    }

    @Test
    void asksOnDemandAndRemembersTheAnswer() {
        box.checks(FULL);
        long before = probes();

        Contract asked = console.asAnna(() -> contracts().check(attic));

        assertThat(asked.checks()).containsExactly(FULL);
        assertThat(probes()).isEqualTo(before + 1);
        box.cutLink();
        assertThat(last()).contains(asked);
    }

    @Test
    void aFixIsWrittenIntoTheDraftBesideWhatOthersDrafted() {
        HostSettings before = console.asAnna(() -> desired().draft(attic)).host();
        console.asAnna(() -> {
            desired().putSettings(attic, before.withTimezone("Europe/Paris"));
            return true;
        });
        offer("/host/gc/keepGenerations", 3, "/host/ssh", Map.of("passwordAuthentication", false));

        fix("disk");

        HostSettings after = console.asAnna(() -> desired().draft(attic)).host();
        assertThat(after.timezone()).isEqualTo("Europe/Paris");
        assertThat(after.gc()).isEqualTo(new Gc(null, 3, null));
        assertThat(after.ssh()).isEqualTo(new Ssh(false));
        assertThat(box.received()).noneMatch(each -> each instanceof dev.croft.hostlink.HostCommand.Apply);
    }

    @Test
    void whatFixesWroteIsTakenBackAndNothingElse() {
        HostSettings before = console.asAnna(() -> desired().draft(attic)).host();
        console.asAnna(() -> {
            desired().putSettings(attic, before.withTimezone("Europe/Paris"));
            return true;
        });
        offer("/host/gc/keepGenerations", 3, "/host/ssh", Map.of("passwordAuthentication", false));
        fix("disk");
        HostSettings fixed = console.asAnna(() -> desired().draft(attic)).host();
        console.asAnna(() -> {
            // changed again by hand since: that is theirs
            desired().putSettings(attic, fixed.withSsh(new Ssh(true)));
            contracts().takeBackFixes(attic);
            return true;
        });

        HostSettings after = console.asAnna(() -> desired().draft(attic)).host();
        assertThat(after.gc()).isEqualTo(before.gc());
        assertThat(after.ssh()).isEqualTo(new Ssh(true));
        assertThat(after.timezone()).isEqualTo("Europe/Paris");
    }

    @Test
    void aFixOutsideTheBoxesSettingsIsRefused() {
        offer("/apps/blog/run/port", 80, "/host/gc/keepGenerations", 3);

        ProblemException refused = catchThrowableOfType(ProblemException.class, () -> fix("disk"));

        assertThat(refused.problem().code()).isEqualTo(ProblemCode.BAD_REQUEST);
        assertThat(console.asAnna(() -> desired().drafts(attic))).isEmpty();
    }

    @Test
    void aFixThatTheSettingsDoNotKnowSaysSo() {
        offer("/host/warpDrive", true, "/host/gc/keepGenerations", 3);

        ProblemException refused = catchThrowableOfType(ProblemException.class, () -> fix("disk"));

        assertThat(refused.problem().code()).isEqualTo(ProblemCode.INVALID_INPUT);
        assertThat(refused.problem().why()).contains("warpDrive");
    }

    @Test
    void aFixThatIsNotOfferedIsNotFound() {
        ProblemException refused = catchThrowableOfType(ProblemException.class, () -> fix("warp"));

        assertThat(refused.problem().code()).isEqualTo(ProblemCode.NOT_FOUND);
    }

    @Test
    void theApiTellsAllOfIt() {
        offer("/host/gc/keepGenerations", 3, "/host/ssh", Map.of("passwordAuthentication", false));
        Http anna = Http.anonymous(console.port())
                .with(console.asAnna(() -> console.get(dev.croft.access.Tokens.class)
                                .create(
                                        "contract",
                                        dev.croft.access.Role.VIEWER,
                                        dev.croft.access.Scope.EVERYWHERE,
                                        null))
                        .secret()
                        .reveal());

        var answer = anna.get("/api/v1/hosts/" + attic + "/contract").json();

        assertThat(answer.path("checkedAt").asString())
                .isEqualTo(clock.instant().toString());
        var check = answer.path("checks").get(0);
        assertThat(check.path("group").asString()).isEqualTo("storage");
        assertThat(check.path("level").asString()).isEqualTo("must");
        assertThat(check.path("next").asString()).isEqualTo("Make room.");
        assertThat(check.path("fix").path("set").get(0).path("pointer").asString())
                .isEqualTo("/host/gc/keepGenerations");
    }

    // ---- words of this test

    private void offer(String first, Object firstValue, String second, Object secondValue) {
        box.checks(new Check(
                FULL.id(),
                FULL.group(),
                FULL.level(),
                false,
                FULL.found(),
                FULL.wanted(),
                FULL.why(),
                FULL.next(),
                new Fix(
                        "Keep less",
                        List.of(new FixedMember(first, firstValue), new FixedMember(second, secondValue)))));
        console.asAnna(() -> contracts().check(attic));
    }

    private void fix(String check) {
        console.asAnna(() -> {
            contracts().draftFix(attic, check);
            return true;
        });
    }

    private Optional<Contract> last() {
        return console.asAnna(() -> contracts().last(attic));
    }

    private long probes() {
        return box.received().stream().filter(Probe.class::isInstance).count();
    }

    private static Contracts contracts() {
        return console.get(Contracts.class);
    }

    private static DesiredStates desired() {
        return console.get(DesiredStates.class);
    }
}
