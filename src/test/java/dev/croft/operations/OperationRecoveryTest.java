package dev.croft.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.apps.Apps;
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
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Consoles that are killed and started again on the same directory, and what they keep. */
class OperationRecoveryTest {

    private static final AppName BLOG = new AppName("blog");

    @TempDir
    private Path data;

    private final FakeBox box = Console.newBox();
    private HostName attic;
    private Console console;

    @BeforeEach
    void start() {
        console = Console.start(data, "--croft.operations.keep-events=1000", "--croft.operations.queue=2");
        attic = console.enrol(box);
        console.asAnna(() -> console.get(Apps.class).putDraft(attic, BLOG, Console.site("v1")));
    }

    @AfterEach
    void stop() {
        box.release();
        console.close();
    }

    @Test
    void aConsoleThatWasKilledShowsTheTrueEnd() {
        box.linesPerOperation(50);
        box.hold();
        Operation operation = deploy("v1");
        Await.until(() -> get(operation.id()).phase(), "build"::equals);

        console.close();
        box.release();
        console = Console.start(data);

        assertThat(ended(operation).state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(box.runs("apply")).isEqualTo(1);
        List<OperationEvent> seen = new CopyOnWriteArrayList<>();
        console.asAnna(() -> operations().follow(operation.id(), 0, seen::add));
        Await.until(
                () -> seen,
                events -> !events.isEmpty()
                        && events.getLast() instanceof Changed changed
                        && changed.operation().state().isFinal());
        List<String> texts = lines(seen).stream()
                .map(line -> line.line().text())
                .filter(text -> text.matches("\\w+ \\d+"))
                .toList();
        assertThat(texts).doesNotHaveDuplicates().hasSize(5 * 50);
    }

    @Test
    void aQueuedChangeSurvivesARestart() {
        box.hold();
        Operation first = deploy("v1");
        Await.until(() -> get(first.id()).phase(), "build"::equals);
        Operation second = console.asAnna(() -> operations().apply(attic, Operations.Apply.ALL));

        console.close();
        console = Console.start(data);
        assertThat(get(second.id()).state()).isEqualTo(OperationState.QUEUED);
        box.release();

        assertThat(ended(second).state()).isEqualTo(OperationState.SUCCEEDED);
    }

    @Test
    void anOperationThatTheBoxDoesNotKnowAnyMoreHasDied() {
        box.hold();
        Operation operation = deploy("v1");
        Await.until(() -> get(operation.id()).phase(), "build"::equals);

        console.close();
        box.forgetOperations();
        console = Console.start(data);

        Operation ended = ended(operation);
        assertThat(ended.state()).isEqualTo(OperationState.FAILED);
        assertThat(ended.problem().code()).isEqualTo(ProblemCode.OPERATION_DIED);
    }

    @Test
    void keepsTheLastEventsOnly() {
        box.linesPerOperation(1000);

        Operation ended = ended(deploy("v1"));

        List<Line> kept = lines(followed(ended.id(), 0));
        assertThat(kept).hasSizeBetween(990, 1500);
        assertThat(kept.getLast().line().text()).isEqualTo("persist 999");
    }

    @Test
    void refusesMoreThanAFewWaiting() {
        box.hold();
        Operation running = console.asAnna(() -> operations().plan(attic));
        Await.until(() -> get(running.id()).phase(), "build"::equals);
        console.asAnna(() -> operations().plan(attic));
        console.asAnna(() -> operations().plan(attic));

        assertThatThrownBy(() -> console.asAnna(() -> operations().plan(attic)))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refused -> assertThat(refused.problem().code()).isEqualTo(ProblemCode.HOST_BUSY));
        box.release();
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
}
