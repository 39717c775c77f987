package dev.croft.ui.support;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.internal.PendingJavaScriptInvocation;
import dev.croft.hostlink.HostReply;
import java.lang.reflect.Method;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import tools.jackson.databind.JsonNode;

/** A browser that does not answer for an hour: what waits for it is bounded, and what is left out is counted. */
class LogViewTest extends ScreenTest {

    private final LogView log = new LogView("Log", "None");
    private int number;

    @BeforeEach
    void shown() {
        UI.getCurrent().add(log);
        sent();
    }

    @org.junit.jupiter.api.RepeatedTest(50)
    void oneBatchIsUnderWayUntilTheBrowserHasTakenIt() throws ReflectiveOperationException {
        log.append(lines(10));
        assertThat(sent()).hasSize(1);
        log.append(lines(10));
        log.append(lines(10));
        assertThat(sent()).isEmpty();

        taken(1);
        List<Batch> next = sent();
        assertThat(next).hasSize(1);
        assertThat(next.getFirst().texts()).isEqualTo(range(10, 30));
        assertThat(next.getFirst().missing()).isZero();

        taken(2);
        assertThat(sent()).isEmpty();
    }

    @org.junit.jupiter.api.RepeatedTest(50)
    void aFloodWhileTheBrowserSleepsIsSkippedAndCounted() throws ReflectiveOperationException {
        log.append(lines(1));
        sent();
        for (int i = 0; i < 3_600; i++) {
            log.append(lines(100));
            assertThat(sent()).isEmpty();
        }

        taken(1);
        Batch batch = sent().getFirst();
        assertThat(batch.texts()).isEqualTo(range(360_001 - LogView.CAPACITY, 360_001));
        assertThat(batch.missing()).isEqualTo(360_000 - LogView.CAPACITY);
    }

    @org.junit.jupiter.api.RepeatedTest(50)
    void whatWasLeftOutBeforeItCameHereCountsToo() throws ReflectiveOperationException {
        log.append(lines(1));
        sent();
        log.append(lines(5));
        log.append(lines(5), 7);

        taken(1);
        Batch batch = sent().getFirst();
        assertThat(batch.texts()).isEqualTo(range(6, 11));
        assertThat(batch.missing()).isEqualTo(12);
    }

    private record Batch(List<String> texts, long missing) {}

    private List<HostReply.Line> lines(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new HostReply.Line("c" + number, Instant.EPOCH, 6, null, null, null, "line " + number++))
                .toList();
    }

    private static List<String> range(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "line " + i).toList();
    }

    private List<Batch> sent() {
        UI ui = UI.getCurrent();
        ui.getInternals().getStateTree().runExecutionsBeforeClientResponse();
        return ui.getInternals().dumpPendingJavaScriptInvocations().stream()
                .map(PendingJavaScriptInvocation::getInvocation)
                .filter(each -> each.getExpression().contains("addLines"))
                .map(each -> each.getParameters())
                .map(parameters -> {
                    JsonNode rows = parameters.stream()
                            .filter(JsonNode.class::isInstance)
                            .map(JsonNode.class::cast)
                            .filter(JsonNode::isArray)
                            .findFirst()
                            .orElseThrow();
                    List<String> texts =
                            rows.valueStream().map(row -> row.get(3).asString()).toList();
                    return new Batch(texts, missing(parameters));
                })
                .toList();
    }

    private static long missing(List<Object> parameters) {
        Object found = parameters.get(parameters.indexOf(parameters.stream()
                        .filter(each -> each instanceof JsonNode node && node.isArray())
                        .findFirst()
                        .orElseThrow())
                + 1);
        return found instanceof JsonNode node ? node.asLong() : ((Number) found).longValue();
    }

    /** As the browser says it. */
    private void taken(int batch) throws ReflectiveOperationException {
        Method said = LogView.class.getDeclaredMethod("taken", double.class);
        said.setAccessible(true);
        said.invoke(log, (double) batch);
    }
}
