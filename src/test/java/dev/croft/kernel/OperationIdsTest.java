package dev.croft.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class OperationIdsTest {

    private static Clock at(String instant) {
        return Clock.fixed(Instant.parse(instant), ZoneOffset.UTC);
    }

    @Test
    void idsOfOneMillisecondSortInTheOrderTheyWereMade() {
        var ids = new OperationIds(at("2026-11-21T03:00:00.123Z"));

        List<OperationId> made = Stream.generate(ids::next).limit(1_000).toList();

        assertThat(made).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void laterIdsSortAfterEarlierOnes() {
        OperationId earlier = new OperationIds(at("2026-11-21T03:00:00Z")).next();
        OperationId later = new OperationIds(at("2026-11-21T03:00:00.001Z")).next();

        assertThat(earlier).isLessThan(later);
    }

    @Test
    void timeIsTheFirstTenCharacters() {
        // 2026-11-21T03:00:00Z is 1795230000000 ms, in Crockford's base 32:
        assertThat(new OperationIds(at("2026-11-21T03:00:00Z")).next().value()).startsWith("01m7y0qrw0");
    }
}
