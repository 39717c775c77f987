package dev.croft.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.croft.access.Role;
import dev.croft.apps.App;
import dev.croft.apps.Apps;
import dev.croft.desired.AppSpec;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState.Firewall;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.operations.OperationEvent.Changed;
import dev.croft.operations.OperationEvent.Line;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.security.access.AccessDeniedException;

/** Operations as people see them, on a box that is steered; through the published use cases only. */
@Tag("stores")
class OperationsTest {

    private static final int LINES_OF_A_RUN = 5 * 3;

    private static final AppName BLOG = new AppName("blog");

    private final FakeBox box = Console.newBox();
    private final Console console = Console.shared();
    private HostName attic;

    @BeforeEach
    void enrolABox() {
        attic = console.enrol(box);
        console.asAnna(() -> console.get(Apps.class).putDraft(attic, BLOG, Console.site("v1")));
    }

    /** What a test left in the middle goes on to its end. */
    @AfterEach
    void letTheBoxGoOn() {
        box.mendLink();
        box.release();
    }

    @Test
    void deploysResolvesSavesAppliesAndReadsBack() {
        Operation ended = ended(deploy("v2"));

        assertThat(ended.state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(ended.generation()).isEqualTo(2);
        assertThat(box.state()).contains(FakeBox.REV_2).contains("\"ref\": \"v2\"");
        App app = console.asAnna(() -> console.get(Apps.class).get(attic, BLOG));
        assertThat(app.pending()).isFalse();
        assertThat(app.spec().source().rev()).isEqualTo(FakeBox.REV_2);
        assertThat(app.observed().state()).isEqualTo("running");
        assertThat(app.observed().url()).matches("http://10\\.213\\.0\\.\\d+:8080");
        assertThat(app.observed().deployment()).isEqualTo(ended.id());
    }

    @Test
    void leavesTheDraftsOfOtherAppsAlone() {
        AppName shop = new AppName("shop");
        AppSpec other = withPort(Console.site("v1"), 9000);
        console.asAnna(() -> console.get(Apps.class).putDraft(attic, shop, other));

        ended(deploy(null));

        assertThat(box.state()).contains("\"blog\"").doesNotContain("\"shop\"");
        assertThat(console.asAnna(() -> console.get(DesiredStates.class).pending(attic)))
                .containsOnlyKeys(shop);
    }

    @Test
    void appliesAllDraftsAndRemovals() {
        ended(deploy(null));
        AppName shop = new AppName("shop");
        console.asAnna(() -> console.get(Apps.class).putDraft(attic, shop, withPort(Console.site("v1"), 9000)));
        console.asAnna(() -> {
            console.get(Apps.class).removeDraft(attic, BLOG);
            return null;
        });

        Operation ended = ended(console.asAnna(() -> operations().apply(attic, Operations.Apply.ALL)));

        assertThat(ended.state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(ended.title()).isEqualTo("Apply 2 changes");
        assertThat(box.state()).contains("\"shop\"").doesNotContain("\"blog\"");
        assertThat(console.asAnna(() -> console.get(DesiredStates.class).changes(attic))
                        .isEmpty())
                .isTrue();
    }

    @Test
    void onlyAnAdministratorBringsTheBoxsSettingsToTheBoxWhoeverDraftedThem() {
        console.asAnna(() -> {
            DesiredStates desired = console.get(DesiredStates.class);
            HostSettings settings = desired.draft(attic).host();
            desired.putSettings(attic, settings.withFirewall(new Firewall(List.of(9000), List.of())));
            return null;
        });

        ProblemException refused = catchThrowableOfType(
                ProblemException.class,
                () -> console.as(Role.OPERATOR, () -> operations().apply(attic, Operations.Apply.ALL)));

        assertThat(refused.problem().code()).isEqualTo(ProblemCode.NOT_ALLOWED);
        assertThat(refused.problem().why()).contains("9000");
        assertThat(box.runs("apply")).isZero();
        assertThatThrownBy(() -> console.as(Role.VIEWER, () -> operations().apply(attic, Operations.Apply.ALL)))
                .isInstanceOf(AccessDeniedException.class);
        // What an operator may do stays possible beside that draft.
        assertThat(ended(console.as(Role.OPERATOR, () -> operations().plan(attic)))
                        .state())
                .isEqualTo(OperationState.SUCCEEDED);
        Operations.Apply blogAlone = new Operations.Apply(null, BLOG, Confirming.DEFAULT);
        assertThat(ended(console.as(Role.OPERATOR, () -> operations().apply(attic, blogAlone)))
                        .state())
                .isEqualTo(OperationState.SUCCEEDED);
        assertThat(box.state()).contains("blog").doesNotContain("9000");

        assertThat(ended(console.asAnna(() -> operations().apply(attic, Operations.Apply.ALL)))
                        .state())
                .isEqualTo(OperationState.SUCCEEDED);
        assertThat(box.state()).contains("9000");
    }

    @Test
    void keepsTheDraftWhenItFails() {
        box.failOperationsWith(ProblemCode.APP_UNHEALTHY);

        Operation ended = ended(deploy(null));

        assertThat(ended.state()).isEqualTo(OperationState.FAILED);
        assertThat(ended.problem().code()).isEqualTo(ProblemCode.APP_UNHEALTHY);
        assertThat(box.state()).doesNotContain("blog");
        App app = console.asAnna(() -> console.get(Apps.class).get(attic, BLOG));
        assertThat(app.pending()).isTrue();
        assertThat(app.observed().state()).isEqualTo("not deployed");
    }

    @Test
    void failsWithTheBoxsReasonWhenTheRefDoesNotExist() {
        Operation ended = ended(deploy("nowhere"));

        assertThat(ended.state()).isEqualTo(OperationState.FAILED);
        assertThat(ended.problem().code()).isEqualTo(ProblemCode.SOURCE_REF_NOT_FOUND);
        assertThat(ended.phase()).isEqualTo("resolve");
        assertThat(box.runs("apply")).isZero();
    }

    @Test
    void failsAtOnceWhenTheBoxIsOff() {
        box.cutLink();

        Operation ended = ended(deploy(null));

        assertThat(ended.state()).isEqualTo(OperationState.FAILED);
        assertThat(ended.problem().code()).isEqualTo(ProblemCode.HOST_UNREACHABLE);
    }

    @Test
    void looksUpABranchAgainWhenTheLinkBreaksMeanwhile() {
        box.loseNextInspection();

        assertThat(ended(deploy(null)).state()).isEqualTo(OperationState.SUCCEEDED);
    }

    @Test
    void rollsBackToAGeneration() {
        ended(deploy("v1"));
        ended(deploy("v2"));

        Operation ended = ended(console.asAnna(() -> operations().rollBack(attic, Operations.RollBack.to(2))));

        assertThat(ended.state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(ended.generation()).isEqualTo(2);
        App app = console.asAnna(() -> console.get(Apps.class).get(attic, BLOG));
        assertThat(app.spec().source().rev()).isEqualTo(FakeBox.REV_1);
    }

    @Test
    void plansWithoutChangingAnything() {
        String before = box.state();

        Operation ended = ended(console.asAnna(() -> operations().plan(attic)));

        assertThat(ended.state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(ended.result()).containsEntry("toplevel", "/nix/store/x-system");
        assertThat(box.state()).isEqualTo(before);
        assertThat(console.asAnna(() -> console.get(DesiredStates.class).pending(attic)))
                .containsOnlyKeys(BLOG);
    }

    @Test
    void queuesASecondChangeWhileOneRuns() {
        box.hold();
        Operation first = deploy("v1");
        Await.until(() -> get(first.id()).phase(), "build"::equals);

        Operation second = console.asAnna(() -> operations().apply(attic, Operations.Apply.ALL));

        assertThat(get(second.id()).state()).isEqualTo(OperationState.QUEUED);
        assertThat(console.asAnna(() -> operations().current(attic))
                        .orElseThrow()
                        .id())
                .isEqualTo(first.id());
        assertThat(box.runs("apply")).isEqualTo(1);
        box.release();
        assertThat(ended(first).state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(ended(second).state()).isEqualTo(OperationState.SUCCEEDED);
    }

    @Test
    void whatWaitsSaysForWhatAndWhoAskedForThat() {
        box.hold();
        Operation first = deploy("v1");
        Await.until(() -> get(first.id()).phase(), "build"::equals);
        Operation second = console.asAnna(() -> operations().plan(attic));
        Operation third = console.asAnna(() -> operations().apply(attic, Operations.Apply.ALL));

        assertThat(get(third.id()).problem().what()).isEqualTo("Waiting for Deploy blog.");
        assertThat(get(third.id()).problem().why()).startsWith("anna asked for it at ");
        box.release();
        ended(first);
        box.hold();
        Await.until(
                () -> get(third.id()),
                now -> now.state() != OperationState.QUEUED
                        || now.problem().what().equals("Waiting for Review the changes."));
        box.release();

        assertThat(ended(second).problem()).isNull();
        assertThat(ended(third).problem()).isNull();
    }

    @Test
    void tellsEachStepAsItChangesAndItsLastStateToWhoComesLate() {
        box.stepsPerOperation(3);

        Operation ended = ended(deploy("v1"));

        List<OperationEvent> late = followed(ended.id(), 0);
        assertThat(late)
                .filteredOn(OperationEvent.Step.class::isInstance)
                .extracting(event -> ((OperationEvent.Step) event).step())
                .extracting(step -> step.id() + " " + step.state())
                .containsExactly("0 done", "1 done", "2 done");
        assertThat(late.stream()
                        .filter(OperationEvent.Step.class::isInstance)
                        .map(event -> ((OperationEvent.Step) event).step().inputs())
                        .toList())
                .containsExactly(List.of(), List.of(0L), List.of(1L));
        assertThat(sequences(late)).isSorted().doesNotHaveDuplicates();
    }

    /** More lines and steps than a page, a batch and a queue hold, and none is missing or out of order. */
    @Test
    void aFloodOfLinesAndStepsArrivesWholeAndInOrder() {
        box.linesPerOperation(800);
        box.stepsPerOperation(1500);
        List<OperationEvent> seen = new CopyOnWriteArrayList<>();
        Operation operation = deploy("v1");
        console.asAnna(() -> operations().follow(operation.id(), 0, seen::add));

        Await.until(
                () -> seen,
                events -> !events.isEmpty()
                        && events.getLast() instanceof Changed changed
                        && changed.operation().state().isFinal());

        assertThat(lines(seen).stream().map(line -> line.line().text()).filter(text -> text.matches("\\w+ \\d+")))
                .hasSize(5 * 800)
                .doesNotHaveDuplicates();
        assertThat(sequences(seen)).isSorted().doesNotHaveDuplicates();
        assertThat(seen.stream()
                        .filter(OperationEvent.Step.class::isInstance)
                        .map(event -> ((OperationEvent.Step) event).step())
                        .filter(step -> "done".equals(step.state()))
                        .map(step -> step.id())
                        .distinct())
                .hasSize(1500);
    }

    @Test
    void endsWithinTwoSecondsWhenItIsCancelledWhileItWaitsForSomebodyElse() {
        box.answerBusy(1_000_000);
        Operation operation = deploy("v1");
        Await.until(() -> get(operation.id()), now -> now.problem() != null);

        long before = System.nanoTime();
        console.asAnna(() -> operations().cancel(operation.id()));

        assertThat(ended(operation).state()).isEqualTo(OperationState.CANCELLED);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(2));
        box.answerBusy(0);
    }

    @Test
    void aCancelThatTheBoxCouldNotBeToldIsPassedOn() {
        box.hold();
        Operation operation = deploy("v1");
        Await.until(() -> get(operation.id()).phase(), "build"::equals);
        box.cutLink();

        assertThatThrownBy(() -> console.asAnna(() -> operations().cancel(operation.id())))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refused -> assertThat(refused.problem().next()).contains("as soon as it answers again"));
        box.mendLink();

        assertThat(ended(operation).state()).isEqualTo(OperationState.CANCELLED);
    }

    @Test
    void waitsWhileTheBoxIsBusyWithSomebodyElsesChangeAndSaysSo() {
        box.answerBusy(20);

        Operation operation = deploy("v1");

        Operation waiting = Await.until(() -> get(operation.id()), now -> now.problem() != null);
        assertThat(waiting.state()).isEqualTo(OperationState.RUNNING);
        assertThat(waiting.problem().code()).isEqualTo(ProblemCode.HOST_BUSY);
        Operation ended = ended(operation);
        assertThat(ended.state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(ended.problem()).isNull();
    }

    @Test
    void whatSomebodyElseChangedSinceTheStateWasReadStays() {
        ended(deploy("v1"));
        box.changeByHand(box.state().replace("\"UTC\"", "\"Asia/Tokyo\""));

        Operation deployed = ended(deploy("v2"));

        assertThat(deployed.state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(deployed.problem()).isNull();
        assertThat(box.state()).contains("Asia/Tokyo").contains(FakeBox.REV_2);
    }

    @Test
    void whatSomebodyElseChangedWhileItWaitedStaysAlsoWhenTheLinkFailsAsItIsRead() {
        ended(deploy("v1"));
        box.changeByHand(box.state().replace("\"UTC\"", "\"Asia/Tokyo\""));
        box.loseNextStateRead();
        box.answerBusy(1);

        assertThat(ended(deploy("v2")).state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(box.state()).contains("Asia/Tokyo").contains(FakeBox.REV_2);
    }

    @Test
    void whatSomebodyElseChangesWhileItWaitsStays() {
        ended(deploy("v1"));
        box.answerBusy(1_000_000);
        Operation waiting = deploy("v2");
        Await.until(() -> get(waiting.id()), now -> now.problem() != null);

        box.changeByHand(box.state().replace("\"UTC\"", "\"Asia/Tokyo\""));
        box.answerBusy(0);

        assertThat(ended(waiting).state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(box.state()).contains("Asia/Tokyo").contains(FakeBox.REV_2);
    }

    @Test
    void aChangeWhoseOutcomeWasNotReadIsNotUndoneByTheNext() {
        AppName shop = new AppName("shop");
        box.loseNextStateRead();
        ended(deploy("v1"));

        console.asAnna(() -> console.get(Apps.class).putDraft(attic, shop, withPort(Console.site("v1"), 9000)));
        ended(console.asAnna(() -> operations().apply(attic, new Operations.Apply(null, shop, Confirming.DEFAULT))));

        assertThat(box.state()).contains("\"shop\"").contains("\"blog\"");
    }

    @Test
    void showsEachLineOnceAndInOrderThoughTheLinkBreaks() {
        box.linesPerOperation(200);
        box.hold();
        List<OperationEvent> seen = new CopyOnWriteArrayList<>();
        Operation operation = deploy("v1");
        console.asAnna(() -> operations().follow(operation.id(), 0, seen::add));
        Await.until(() -> lines(seen).size(), count -> count > 100);

        box.interruptLink();
        box.release();
        Await.until(
                () -> seen,
                events -> events.stream()
                        .anyMatch(event -> event instanceof Changed changed
                                && changed.operation().state().isFinal()));

        List<String> texts = lines(seen).stream()
                .map(line -> line.line().text())
                .filter(text -> text.matches("\\w+ \\d+"))
                .toList();
        assertThat(texts)
                .doesNotHaveDuplicates()
                .hasSize(5 * 200)
                .startsWith("evaluate 0")
                .endsWith("persist 199");
        assertThat(sequences(seen)).isSorted().doesNotHaveDuplicates();
        assertThat(seen.getLast()).isInstanceOf(Changed.class);
        assertThat(box.runs("apply")).isEqualTo(1);
    }

    @Test
    void startsOnceThoughTheAnswerToTheRequestWasLost() {
        box.loseNextAcceptance();

        Operation ended = ended(deploy("v1"));

        assertThat(ended.state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(box.runs("apply")).isEqualTo(1);
    }

    @Test
    void saysLostWhileTheBoxIsOutOfSightAndTheTrueEndAfterwards() {
        box.hold();
        Operation operation = deploy("v1");
        Await.until(() -> get(operation.id()).phase(), "build"::equals);

        box.cutLink();
        Operation lost = Await.until(() -> get(operation.id()), now -> now.state() == OperationState.LOST);
        assertThat(lost.problem().code()).isEqualTo(ProblemCode.HOST_UNREACHABLE);
        box.release();
        box.mendLink();

        Operation ended = ended(operation);
        assertThat(ended.state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(ended.problem()).isNull();
    }

    @Test
    void cancelsWhatRunsAndWhatWaits() {
        box.hold();
        Operation running = deploy("v1");
        Await.until(() -> get(running.id()).phase(), "build"::equals);
        Operation waiting = console.asAnna(() -> operations().plan(attic));

        assertThat(console.asAnna(() -> operations().cancel(waiting.id())).state())
                .isEqualTo(OperationState.CANCELLED);
        console.asAnna(() -> operations().cancel(running.id()));

        assertThat(ended(running).state()).isEqualTo(OperationState.CANCELLED);
        assertThat(box.state()).doesNotContain("blog");
        assertThat(box.runs("plan")).isZero();
    }

    @Test
    void sendsWhatWasAskedThoughTheDraftChangesMeanwhile() {
        box.hold();
        Operation first = console.asAnna(() -> operations().plan(attic));
        Await.until(() -> get(first.id()).phase(), "build"::equals);
        Operation apply = console.asAnna(() -> operations().apply(attic, Operations.Apply.ALL));
        console.asAnna(() -> console.get(Apps.class).putDraft(attic, BLOG, withPort(Console.site("v2"), 9999)));
        box.release();

        ended(apply);

        HostCommand.Apply sent = box.received().stream()
                .filter(HostCommand.Apply.class::isInstance)
                .map(HostCommand.Apply.class::cast)
                .findFirst()
                .orElseThrow();
        assertThat(sent.state()).contains("8080").contains(FakeBox.REV_1).doesNotContain("9999");
        assertThat(console.asAnna(() -> console.get(DesiredStates.class)
                        .pending(attic)
                        .get(BLOG)
                        .run()
                        .port()))
                .as("the later edit is still a draft")
                .isEqualTo(9999);
    }

    @Test
    void theOperatorIsTheAuthor() {
        ended(deploy("v1"));

        assertThat(box.received())
                .filteredOn(HostCommand.Apply.class::isInstance)
                .extracting(command -> ((HostCommand.Apply) command).author())
                .containsExactly(new HostCommand.Author("anna", "anna@croft.invalid"));
    }

    @Test
    void followersMayComeLateAndGoOnWhereTheyWere() {
        Operation ended = ended(deploy("v1"));
        List<OperationEvent> all = followed(ended.id(), 0);
        long middle = sequences(all).get(sequences(all).size() / 2);

        List<OperationEvent> rest = followed(ended.id(), middle);

        assertThat(lines(all)).hasSizeGreaterThanOrEqualTo(LINES_OF_A_RUN);
        assertThat(sequences(rest))
                .containsExactlyElementsOf(sequences(all).stream()
                        .filter(sequence -> sequence > middle)
                        .toList());
    }

    @Test
    void watchersSeeTheRowsOfTheirBox() {
        List<Operation> rows = new CopyOnWriteArrayList<>();
        console.asAnna(() -> operations().watch(attic, rows::add));

        Operation operation = ended(deploy("v1"));

        Await.until(
                () -> rows,
                seen -> seen.stream()
                        .anyMatch(row -> row.id().equals(operation.id()) && row.state() == OperationState.SUCCEEDED));
    }

    @Test
    void pagesThroughTheHistory() {
        List<Operation> made = LongStream.range(0, 5)
                .mapToObj(i -> ended(console.asAnna(() -> operations().plan(attic))))
                .toList();

        List<Operation> first = console.asAnna(() -> operations().list(attic, null, 2));
        List<Operation> second = console.asAnna(
                () -> operations().list(attic, null, first.getLast().id(), 2));

        assertThat(first)
                .extracting(Operation::id)
                .containsExactly(made.get(4).id(), made.get(3).id());
        assertThat(second)
                .extracting(Operation::id)
                .containsExactly(made.get(2).id(), made.get(1).id());
    }

    // ---- words of this test

    private Operations operations() {
        return console.get(Operations.class);
    }

    private Operation deploy(String ref) {
        return console.asAnna(() -> operations().deploy(attic, BLOG, ref));
    }

    private Operation get(OperationId id) {
        return console.asAnna(() -> operations().get(id));
    }

    private Operation ended(Operation operation) {
        return Await.until(() -> get(operation.id()), now -> now.state().isFinal());
    }

    private List<OperationEvent> followed(OperationId id, long after) {
        List<OperationEvent> seen = new CopyOnWriteArrayList<>();
        console.asAnna(() -> operations().follow(id, after, seen::add));
        Await.until(() -> seen, events -> !events.isEmpty() && events.getLast() instanceof Changed);
        return seen;
    }

    private static List<Line> lines(List<OperationEvent> events) {
        return events.stream()
                .filter(Line.class::isInstance)
                .map(Line.class::cast)
                .toList();
    }

    private static List<Long> sequences(List<OperationEvent> events) {
        return events.stream()
                .flatMap(event -> switch (event) {
                    case Line line -> java.util.stream.Stream.of(line.sequence());
                    case OperationEvent.Progress progress -> java.util.stream.Stream.of(progress.sequence());
                    case OperationEvent.Step step -> java.util.stream.Stream.of(step.sequence());
                    case Changed changed -> java.util.stream.Stream.<Long>empty();
                })
                .toList();
    }

    private static AppSpec withPort(AppSpec spec, int port) {
        return AppSpec.of(spec.source(), spec.build(), new AppSpec.Run(List.of(), port, Map.of()));
    }
}
