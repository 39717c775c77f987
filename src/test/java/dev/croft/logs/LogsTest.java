package dev.croft.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.apps.Apps;
import dev.croft.hostlink.HostReply;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.Subscription;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A box's journal as people read it. */
class LogsTest {

    private static final AppName BLOG = new AppName("blog");

    private final FakeBox box = Console.newBox();
    private final Console console = Console.shared();
    private HostName attic;

    @BeforeEach
    void enrolABox() {
        attic = console.enrol(box);
        console.asAnna(() -> console.get(Apps.class).putDraft(attic, BLOG, Console.site("v1")));
    }

    @AfterEach
    void mend() {
        box.mendLink();
    }

    @org.junit.jupiter.api.RepeatedTest(50)
    void followsOverABrokenLinkWithoutLossOrRepetition() {
        List<String> seen = new CopyOnWriteArrayList<>();
        List<Problem> problems = new CopyOnWriteArrayList<>();
        write(0, 100);
        try (Subscription follow = console.asAnna(
                () -> logs().follow(attic, BLOG, LogQuery.last(50), batch -> keep(seen, batch), problems::add))) {
            Await.until(() -> seen, lines -> lines.contains("line 99"));

            box.interruptLink();
            write(100, 200);
            Await.until(() -> seen, lines -> lines.contains("line 199"));
        }

        assertThat(seen).containsExactlyElementsOf(numbered(50, 200));
        assertThat(problems).hasSize(1);
    }

    @org.junit.jupiter.api.RepeatedTest(50)
    void deliversAFloodInBoundedBatches() {
        write(0, 3_000);
        List<Logs.Batch> batches = new CopyOnWriteArrayList<>();
        try (Subscription follow =
                console.asAnna(() -> logs().follow(attic, BLOG, LogQuery.last(3_000), batches::add, problem -> {}))) {
            Await.until(
                    () -> batches.stream().mapToInt(each -> each.lines().size()).sum(), count -> count == 3_000);
        }

        assertThat(batches).allMatch(batch -> batch.lines().size() <= 500);
    }

    @org.junit.jupiter.api.RepeatedTest(50)
    void aReaderWhoTakesTheirTimeMissesNothing() throws InterruptedException {
        List<String> seen = new CopyOnWriteArrayList<>();
        var mayGoOn = new Semaphore(0);
        var began = new CountDownLatch(1);
        write(0, 10_000);
        try (Subscription follow = console.asAnna(() -> logs().follow(
                        attic,
                        BLOG,
                        LogQuery.last(10_000),
                        batch -> {
                            began.countDown();
                            mayGoOn.acquireUninterruptibly();
                            keep(seen, batch);
                        },
                        problem -> {}))) {
            began.await();
            write(10_000, 25_000);
            mayGoOn.release(1_000_000);
            Await.until(seen::size, count -> count == 25_000);
        }

        assertThat(seen).containsExactlyElementsOf(numbered(0, 25_000));
    }

    @org.junit.jupiter.api.RepeatedTest(50)
    void goesQuietWhenNobodyListensAnyMore() {
        write(0, 1);
        var batches = new AtomicInteger();
        Subscription follow = console.asAnna(
                () -> logs().follow(attic, BLOG, LogQuery.last(10), batch -> batches.incrementAndGet(), problem -> {}));
        Await.until(batches::get, count -> count == 1);
        follow.close();
        write(1, 2);

        assertThat(console.asAnna(() -> logs().read(attic, BLOG, LogQuery.last(10)))
                        .lines())
                .hasSize(2);
        assertThat(batches).hasValue(1);
    }

    @org.junit.jupiter.api.RepeatedTest(50)
    void anAppHasItsOwnLinesAndTheBoxAll() {
        write(0, 1);
        box.writeToJournal("other", "not this one");

        assertThat(texts(BLOG, LogQuery.last(10))).containsExactly("line 0");
        assertThat(texts(null, LogQuery.last(10))).containsExactly("line 0", "not this one");
    }

    @org.junit.jupiter.api.RepeatedTest(50)
    void refusesWhatCannotBeRead() {
        assertThatThrownBy(() -> texts(new AppName("nobody"), LogQuery.last(10)))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("NOT_FOUND");
        for (LogQuery query : List.of(
                LogQuery.last(0),
                LogQuery.last(10_001),
                LogQuery.last(10).after("x".repeat(513)),
                LogQuery.last(10).around(""))) {
            assertThatThrownBy(() -> texts(BLOG, query))
                    .as("%s", query)
                    .isInstanceOf(ProblemException.class)
                    .hasMessageContaining("INVALID_INPUT");
        }
    }

    private List<String> texts(AppName app, LogQuery query) {
        return console.asAnna(() -> logs().read(attic, app, query)).lines().stream()
                .map(HostReply.Line::text)
                .toList();
    }

    private static void keep(List<String> seen, Logs.Batch batch) {
        seen.addAll(batch.lines().stream().map(HostReply.Line::text).toList());
    }

    private void write(int from, int to) {
        IntStream.range(from, to).forEach(i -> box.writeToJournal("blog", "line " + i));
    }

    private static List<String> numbered(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "line " + i).toList();
    }

    private Logs logs() {
        return console.get(Logs.class);
    }
}
