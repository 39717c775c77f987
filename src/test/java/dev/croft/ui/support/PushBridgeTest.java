package dev.croft.ui.support;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.html.Div;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

class PushBridgeTest extends ScreenTest {

    @Autowired
    private PushBridge bridge;

    private final Div owner = new Div();

    @BeforeEach
    void attach() {
        UI.getCurrent().add(owner);
    }

    @Test
    void deliversAFloodInFewBatchesAndCountsWhatItDropped() {
        var taken = new ArrayList<Integer>();
        var batches = new AtomicLong();
        var dropped = new AtomicLong();
        bridge.<Integer>all(
                owner,
                100,
                listener -> {
                    IntStream.range(0, 10_000).forEach(listener::accept);
                    return () -> {};
                },
                batch -> {
                    batches.incrementAndGet();
                    dropped.addAndGet(batch.dropped());
                    taken.addAll(batch.values());
                },
                problem -> {});

        eventually(() -> assertThat(taken).isNotEmpty().last().isEqualTo(9_999));
        assertThat(taken.size() + dropped.get()).isEqualTo(10_000);
        assertThat(taken).isSorted();
        assertThat(batches.get()).isLessThan(20);
    }

    @Test
    void showsOnlyTheNewestState() {
        var shown = new ArrayList<String>();
        bridge.<String>latest(
                owner,
                listener -> {
                    List.of("queued", "running", "done").forEach(listener);
                    return () -> {};
                },
                shown::add,
                problem -> {});

        eventually(() -> assertThat(shown).isNotEmpty().last().isEqualTo("done"));
        assertThat(shown).hasSizeLessThanOrEqualTo(3);
    }

    @Test
    void endsTheStreamWhenTheComponentLeavesThePage() {
        var closed = new AtomicBoolean();
        var opened = new AtomicBoolean();
        bridge.<String>latest(
                owner,
                listener -> {
                    opened.set(true);
                    return () -> closed.set(true);
                },
                value -> {},
                problem -> {});
        eventually(() -> assertThat(opened).isTrue());

        UI.getCurrent().remove(owner);

        eventually(() -> assertThat(closed).isTrue());
    }

    @Test
    void tellsWhenTheStreamCannotBeOpened() {
        var told = new AtomicReference<Problem>();
        bridge.<String>latest(
                owner,
                listener -> {
                    throw Problem.of(ProblemCode.HOST_UNREACHABLE, "what", "why", "next")
                            .toException();
                },
                value -> {},
                told::set);

        eventually(() ->
                assertThat(told.get()).isNotNull().extracting(Problem::code).isEqualTo(ProblemCode.HOST_UNREACHABLE));
    }
}
