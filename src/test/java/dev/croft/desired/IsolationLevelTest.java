package dev.croft.desired;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class IsolationLevelTest {

    @Test
    void theFirstLevelIsTheDefaultAndTheMeasureOfTheCosts() {
        IsolationLevel first = IsolationLevel.all().getFirst();

        assertThat(first.id()).isEqualTo(IsolationLevel.DEFAULT);
        assertThat(first.start()).isOne();
        assertThat(first.memory()).isOne();
        assertThat(first.latency()).isOne();
    }

    @Test
    void aLevelBlocksAllThatTheOneBeforeDoesAndMoreButForPodmanWhichIsAContainerMadeByNobodysRoot() {
        Set<String> before = new HashSet<>();
        for (IsolationLevel level : IsolationLevel.all()) {
            assertThat(level.blocks()).as(level.id()).containsAll(before);
            if (level.id().equals("podman")) {
                assertThat(level.blocks()).isEqualTo(before);
            } else {
                assertThat(level.blocks()).as(level.id()).hasSizeGreaterThan(before.size());
            }
            before.addAll(level.blocks());
        }
    }
}
