package dev.croft.telemetry.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MomentsTest {

    private static final long NOW = 1_795_000_000_000L;

    private final Moments moments = new Moments();

    private long second(double at, long millis) {
        return moments.second(Math.round(at * 1e6), NOW + millis) - NOW / 1000;
    }

    @Test
    void neitherDelayNorEarlinessMakesTwoOfASecondOrLeavesOneOut() {
        assertThat(second(10.01, 0)).isZero();
        assertThat(second(11.002, 1900)).isEqualTo(1);
        assertThat(second(12.3, 1950)).isEqualTo(2);
        assertThat(second(13.0, 3100)).isEqualTo(3);
    }

    @Test
    void aBoxThatStoodStillLeavesSecondsOut() {
        second(10, 0);

        assertThat(second(25, 15_000)).isEqualTo(15);
    }

    @Test
    void theConsolesClockCountsWhenTheTwoHaveDriftedApart() {
        second(10, 0);

        assertThat(second(11, 3_600_000)).isEqualTo(3600);
        assertThat(second(12, 3_601_000)).isEqualTo(3601);
        assertThat(second(13, -5_000)).isEqualTo(-5);
        // Another start of the box.
        assertThat(second(2, -4_000)).isEqualTo(-4);
        assertThat(second(3, -3_000)).isEqualTo(-3);
    }
}
