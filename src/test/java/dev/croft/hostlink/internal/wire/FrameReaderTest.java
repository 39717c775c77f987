package dev.croft.hostlink.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class FrameReaderTest {

    private final List<String> lines = new ArrayList<>();

    @Test
    void cutsAtLineEndsWhereverTheBytesAreCut() {
        var reader = new FrameReader(100);

        feed(reader, "{\"a\":");
        feed(reader, "1}\n{\"b\":2}\n\n{\"c\"");
        feed(reader, ":3}\n");
        reader.end();

        assertThat(lines).containsExactly("{\"a\":1}", "{\"b\":2}", "", "{\"c\":3}");
    }

    @Test
    void takesAFrameOfExactlyTheLimitAndNoByteMore() {
        assertThatNoException().isThrownBy(() -> feed(new FrameReader(10), "123456789\n"));
        assertProtocolError(() -> feed(new FrameReader(10), "1234567890\n"));
    }

    @Test
    void refusesAnEndlessFrameBeforeItsEndCame() {
        var reader = new FrameReader(10);
        feed(reader, "123456789");

        assertProtocolError(() -> feed(reader, "0"));
    }

    @Test
    void refusesATornLastFrame() {
        var reader = new FrameReader(100);
        feed(reader, "{\"type\":\"do");

        assertProtocolError(reader::end);
    }

    @RepeatedTest(20)
    void anyCuttingGivesTheSameLines() {
        long seed = System.nanoTime();
        var random = new Random(seed);
        var whole = new StringBuilder();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            String line = "x".repeat(random.nextInt(9000));
            expected.add(line);
            whole.append(line).append('\n');
        }
        byte[] bytes = whole.toString().getBytes(UTF_8);
        var reader = new FrameReader(9001);

        for (int at = 0; at < bytes.length; ) {
            int count = Math.min(bytes.length - at, 1 + random.nextInt(12_000));
            reader.feed(bytes, at, count, line -> lines.add(new String(line, UTF_8)));
            at += count;
        }

        assertThat(lines).as("seed %d", seed).isEqualTo(expected);
    }

    private void feed(FrameReader reader, String text) {
        // Bytes before and behind must not matter: the transport hands over parts of a larger buffer.
        byte[] bytes = ("##" + text + "##").getBytes(UTF_8);
        reader.feed(
                Arrays.copyOf(bytes, bytes.length), 2, bytes.length - 4, line -> lines.add(new String(line, UTF_8)));
    }

    private static void assertProtocolError(ThrowingCallable action) {
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(action)
                .extracting(e -> e.problem().code())
                .isEqualTo(ProblemCode.PROTOCOL_ERROR);
    }
}
