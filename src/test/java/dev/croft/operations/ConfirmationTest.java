package dev.croft.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.access.OperatorPath;
import dev.croft.access.OperatorPaths;
import dev.croft.access.Role;
import dev.croft.apps.Apps;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.operations.Operations.Apply;
import dev.croft.operations.Operations.RollBack;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes that stay only if somebody says so in time, over a way that proves that they can still be reached. */
class ConfirmationTest {

    private static final AppName BLOG = new AppName("blog");

    private final FakeBox box = Console.newBox();
    private final Clock clock = Clock.systemUTC();
    private Console console = Console.shared();
    private HostName attic;

    @BeforeEach
    void enrolABox() {
        attic = console.enrol(box);
        console.asAnna(() -> console.get(Apps.class).putDraft(attic, BLOG, Console.site("v1")));
        box.changesConcern("firewall");
    }

    @AfterEach
    void letTheBoxGoOn() {
        box.mendLink();
        box.refuseNewConnections(false);
        box.letTheTimeToConfirmPass();
    }

    @Test
    void waitsUntilItIsConfirmedAndSaysWhyAndForHowLong() {
        Operation waiting = waiting(apply());

        assertThat(waiting.phase()).isEqualTo("confirm");
        assertThat(waiting.confirm().level()).isEqualTo("host");
        assertThat(waiting.confirm().reasons()).containsExactly("firewall");
        assertThat(waiting.confirm().until())
                .isBetween(clock.instant().plusSeconds(50), clock.instant().plusSeconds(60));
        assertThat(box.state()).doesNotContain("blog");

        console.asAnna(() -> operations().confirm(waiting.id(), own()));

        Operation ended = ended(waiting);
        assertThat(ended.state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(ended.confirm()).isNull();
        assertThat(box.state()).contains("blog");
        assertThat(ended.phases()).extracting(Operation.PhaseTime::phase).contains("activate", "confirm", "persist");
        assertThat(ended.phases()).allMatch(phase -> phase.endedAt() != null);
    }

    @Test
    void aChangeOfAppsOnlyIsConfirmedByItsHealth() {
        box.changesConcern();

        assertThat(ended(apply()).state()).isEqualTo(OperationState.SUCCEEDED);
    }

    @Test
    void waitsInAnyCaseWhenThatIsAskedFor() {
        box.changesConcern();

        Operation waiting = waiting(console.asAnna(() ->
                operations().apply(attic, new Apply(null, null, new Confirming(true, 90)))));

        assertThat(waiting.confirm().level()).isEqualTo("app");
        assertThat(waiting.confirm().until()).isAfter(clock.instant().plusSeconds(75));
    }

    @Test
    void refusesATimeToConfirmThatTheBoxWouldNotTake() {
        for (int within : List.of(14, 601)) {
            assertThat(problem(() -> operations().apply(attic, new Apply(null, null, new Confirming(false, within))))
                            .code())
                    .isEqualTo(ProblemCode.INVALID_INPUT);
        }
    }

    @Test
    void goesBackWhenNobodyConfirms() {
        Operation waiting = waiting(apply());

        box.letTheTimeToConfirmPass();

        Operation ended = ended(waiting);
        assertThat(ended.state()).isEqualTo(OperationState.ROLLED_BACK);
        assertThat(ended.problem().code()).isEqualTo(ProblemCode.CONFIRM_MISSED);
        assertThat(refusal(waiting.id(), own()).why()).contains("does not wait");
    }

    @Test
    void anybodyWhoMayOperateMayRevertIt() {
        Operation waiting = waiting(apply());

        console.as(Role.OPERATOR, () -> operations().cancel(waiting.id()));

        Operation ended = ended(waiting);
        assertThat(ended.state()).isEqualTo(OperationState.ROLLED_BACK);
        assertThat(ended.problem().code()).isEqualTo(ProblemCode.REVERTED);
    }

    @Test
    void refusesAnotherSession() {
        Operation waiting = waiting(apply());

        Problem refused = refusal(waiting.id(), new OperatorPath("browser:other", clock.instant(), true));

        assertThat(refused.why()).contains("another browser");
        assertThat(refusal(waiting.id(), new OperatorPath("", clock.instant(), true))
                        .why())
                .contains("another browser");
        assertThat(confirmationsThatReachedTheBox()).isZero();
    }

    @Test
    void refusesAConnectionFromBeforeTheChange() {
        Instant before = clock.instant();
        Operation waiting = waiting(apply());

        Problem refused = refusal(waiting.id(), new OperatorPath(session(), before, true));

        assertThat(refused.why()).contains("connection from before the change");
        assertThat(confirmationsThatReachedTheBox()).isZero();
    }

    @Test
    void refusesARequestFromTheBoxItselfWhenTheConsoleRunsThere() {
        FakeBox here = Console.newBox();
        here.changesConcern("firewall");
        HostEndpoint endpoint = Console.place(here, "127.0.0.77");
        HostName self = new HostName("self");
        console.asAnna(() -> console.get(Hosts.class).enrol(self, endpoint));
        Operation waiting = waiting(console.asAnna(() -> operations().apply(self, Apply.ALL)));

        Problem refused = refusal(waiting.id(), new OperatorPath(session(), clock.instant(), false));
        assertThat(refused.why()).contains("runs on the box");
        OperatorPath tunnel = new OperatorPath(session(), clock.instant(), false);
        assertThat(console.asAnna(() -> operations().couldBeKept(self, tunnel))).isFalse();
        assertThat(console.asAnna(() -> operations().couldBeKept(self, own()))).isTrue();
        assertThat(console.asAnna(() -> operations().couldBeKept(attic, tunnel)))
                .as("of another machine")
                .isTrue();

        console.asAnna(() -> operations().confirm(waiting.id(), own()));
        assertThat(ended(waiting).state()).isEqualTo(OperationState.SUCCEEDED);
    }

    @Test
    void refusesAnOperationThatDoesNotWait() {
        box.hold();
        Operation running = apply();
        Await.until(() -> get(running.id()).phase(), "build"::equals);

        assertThat(refusal(running.id(), own()).why()).contains("does not wait");
        box.release();
    }

    @Test
    void saysThatTheBoxGoesBackWhenNoNewConnectionCanBeMade() {
        Operation waiting = waiting(apply());
        box.refuseNewConnections(true);

        Problem problem = problem(() -> operations().confirm(waiting.id(), own()));

        assertThat(problem.code()).isEqualTo(ProblemCode.HOST_UNREACHABLE);
        assertThat(problem.what()).contains("cannot be reached by a new connection");
        assertThat(problem.next()).contains("goes back by itself");
        assertThat(get(waiting.id()).state()).isEqualTo(OperationState.AWAITING_CONFIRM);
    }

    @Test
    void mayBeAskedTwiceWhenTheAnswerGotLost() {
        Operation waiting = waiting(apply());

        console.asAnna(() -> operations().confirm(waiting.id(), own()));
        console.asAnna(() -> operations().confirm(waiting.id(), own()));

        assertThat(ended(waiting).state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(confirmationsThatReachedTheBox()).isEqualTo(1);
    }

    @Test
    void knowsWhoStartedIt() {
        Operation waiting = waiting(apply());

        assertThat(console.asAnna(() -> operations().startedHere(waiting.id()))).isTrue();
    }

    @Test
    void aRollbackOfTheHostWaitsToo() {
        box.changesConcern();
        ended(apply());
        box.changesConcern("users");

        Operation waiting = waiting(console.asAnna(() -> operations().rollBack(attic, RollBack.to(1))));
        console.asAnna(() -> operations().confirm(waiting.id(), own()));

        assertThat(ended(waiting).state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(box.state()).doesNotContain("blog");
    }

    @Test
    void isSeenAgainAfterTheLinkWasLostWhileItWaited() {
        Operation waiting = waiting(apply());
        box.cutLink();
        Await.until(() -> get(waiting.id()).state(), OperationState.LOST::equals);
        box.mendLink();

        Operation again = waiting(waiting);
        console.asAnna(() -> operations().confirm(again.id(), own()));

        assertThat(ended(again).state()).isEqualTo(OperationState.SUCCEEDED);
    }

    @Test
    void saysTheTruthWhenItWentBackWhileNobodyLooked() {
        Operation waiting = waiting(apply());
        box.cutLink();
        Await.until(() -> get(waiting.id()).state(), OperationState.LOST::equals);

        box.letTheTimeToConfirmPass();
        box.mendLink();

        assertThat(ended(waiting).state()).isEqualTo(OperationState.ROLLED_BACK);
    }

    @Test
    void aConsoleThatWasKilledMeanwhileGoesOnWaiting(@TempDir Path data) {
        console = Console.start(data);
        try {
            attic = console.enrol(box);
            Operation waiting = waiting(apply());
            console.close();
            console = Console.start(data);

            Operation again = waiting(waiting);
            assertThat(again.confirm().reasons()).containsExactly("firewall");
            console.asAnna(() -> operations().confirm(again.id(), own()));

            assertThat(ended(again).state()).isEqualTo(OperationState.SUCCEEDED);
        } finally {
            console.close();
        }
    }

    @Test
    void followersSeeTheTimeThatIsLeft() {
        Operation waiting = waiting(apply());
        List<OperationEvent> seen = new CopyOnWriteArrayList<>();
        console.asAnna(() -> operations().follow(waiting.id(), 0, seen::add));

        Await.until(
                () -> seen,
                events -> events.stream()
                        .anyMatch(event -> event instanceof OperationEvent.Progress progress
                                && "confirm".equals(progress.progress().phase())
                                && Integer.valueOf(60)
                                        .equals(progress.progress().secondsLeft())));
    }

    // ---- words of this test

    private Operations operations() {
        return console.get(Operations.class);
    }

    private Operation apply() {
        return console.asAnna(() -> operations().apply(attic, Apply.ALL));
    }

    private String session() {
        return console.asAnna(() -> console.get(OperatorPaths.class).currentSession());
    }

    /** The page that comes back, over a connection that was made just now. */
    private OperatorPath own() {
        return new OperatorPath(session(), clock.instant().plus(Duration.ofMillis(1)), true);
    }

    private Operation get(OperationId id) {
        return console.asAnna(() -> operations().get(id));
    }

    private Operation waiting(Operation operation) {
        return Await.until(() -> get(operation.id()), now -> now.state() == OperationState.AWAITING_CONFIRM);
    }

    private Operation ended(Operation operation) {
        return Await.until(() -> get(operation.id()), now -> now.state().isFinal());
    }

    private long confirmationsThatReachedTheBox() {
        return box.received().stream()
                .filter(HostCommand.Confirm.class::isInstance)
                .count();
    }

    private Problem refusal(OperationId id, OperatorPath path) {
        Problem problem = problem(() -> operations().confirm(id, path));
        assertThat(problem.code()).isEqualTo(ProblemCode.CONFIRM_REFUSED);
        return problem;
    }

    private Problem problem(java.util.function.Supplier<?> work) {
        Problem[] found = new Problem[1];
        assertThatThrownBy(() -> console.asAnna(work))
                .isInstanceOfSatisfying(ProblemException.class, refused -> found[0] = refused.problem());
        return found[0];
    }
}
