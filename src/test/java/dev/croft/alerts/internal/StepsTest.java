package dev.croft.alerts.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.alerts.Alert.State;
import dev.croft.alerts.AlertKind;
import dev.croft.alerts.Rule;
import dev.croft.alerts.internal.Steps.At;
import dev.croft.support.Gen;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Hysteresis, on a clock that is only a number. */
class StepsTest {

    private static final Instant START = Instant.parse("2026-11-22T12:00:00Z");

    /** Wrong from 0.2 on for two minutes, well below 0.1 for five. */
    private static final Rule RULE = AlertKind.PRESSURE_MEMORY.standard();

    private At at = At.none(START);
    private Instant now = START;
    private int raised;
    private final List<State> seen = new ArrayList<>();

    private void after(Duration pause, @Nullable Double value) {
        now = now.plus(pause);
        State before = at.state();
        at = Steps.next(at, RULE, value, raised, now);
        if (at.state() == State.FIRING && before != State.FIRING && before != State.CALMING) {
            raised++;
        }
        if (at.state() != before && at.state() != null) {
            seen.add(at.state());
        }
        if (at.state() == State.OVER) {
            at = At.none(now);
        }
    }

    private void forSeconds(int seconds, double value) {
        for (int i = 0; i < seconds; i += 5) {
            after(Duration.ofSeconds(5), value);
        }
    }

    @Test
    void raisesWhenItHasLasted() {
        forSeconds(115, 0.5);
        assertThat(at.state()).isEqualTo(State.RISING);
        forSeconds(10, 0.5);
        assertThat(at.state()).isEqualTo(State.FIRING);
    }

    @Test
    void whatPassesByIsToldToNobody() {
        for (int i = 0; i < 50; i++) {
            forSeconds(60, 0.5);
            forSeconds(5, 0.0);
        }
        assertThat(seen).doesNotContain(State.FIRING);
    }

    @Test
    void betweenTheThresholdsAllStaysAsItIs() {
        forSeconds(130, 0.5);
        forSeconds(3600, 0.15);
        assertThat(at.state()).isEqualTo(State.FIRING);
    }

    @Test
    void clearsOnlyWhenItHasBeenWellForLong() {
        forSeconds(130, 0.5);
        forSeconds(290, 0.0);
        assertThat(at.state()).isEqualTo(State.CALMING);
        forSeconds(5, 0.15);
        assertThat(at.state()).as("it was not well enough for a moment").isEqualTo(State.FIRING);
        forSeconds(310, 0.0);
        assertThat(seen).endsWith(State.OVER);
    }

    @Test
    void whatCannotBeToldChangesNothing() {
        forSeconds(130, 0.5);
        for (int i = 0; i < 1000; i++) {
            after(Duration.ofMinutes(1), null);
        }
        assertThat(at.state()).isEqualTo(State.FIRING);
    }

    @Test
    void aRuleThatIsSwitchedOffEndsWhatItRaised() {
        Rule off = new Rule(RULE.kind(), false, 0.2, 0.1, RULE.raiseAfter(), RULE.clearAfter());

        assertThat(Steps.next(new At(State.RISING, START), off, 0.5, 0, now).state())
                .isNull();
        assertThat(Steps.next(new At(State.FIRING, START), off, 0.5, 0, now).state())
                .isEqualTo(State.OVER);
        assertThat(Steps.next(At.none(START), off, 0.5, 0, now).state()).isNull();
    }

    /** Six hours of a thing that is wrong for three minutes and well for six, again and again. */
    @Test
    void flappingIsToldOfAFewTimesOnly() {
        for (int i = 0; i < 40; i++) {
            forSeconds(180, 0.5);
            forSeconds(360, 0.0);
        }
        assertThat(raised).isLessThanOrEqualTo(3);
    }

    @Test
    void howLongItMustBeWellIsBounded() {
        assertThat(Steps.calm(RULE, 0)).isEqualTo(Duration.ofMinutes(5));
        assertThat(Steps.calm(RULE, 1)).isEqualTo(Duration.ofMinutes(5));
        assertThat(Steps.calm(RULE, 2)).isEqualTo(Duration.ofMinutes(10));
        assertThat(Steps.calm(RULE, 1000)).isEqualTo(Duration.ofMinutes(160));
    }

    /** Whatever comes: raised before over, and never two of the same in a row. */
    @Test
    void theOrderIsAlwaysTheSame() {
        for (int round = 0; round < 200; round++) {
            Gen gen = new Gen(round);
            at = At.none(START);
            raised = 0;
            List<State> told = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                State before = at.state();
                after(
                        Duration.ofSeconds(gen.between(1, 400)),
                        gen.between(0, 9) == 0 ? null : gen.between(0, 30) / 100.0);
                State state = seen.isEmpty() ? null : seen.getLast();
                if (before != State.CALMING && at.state() == State.FIRING && before != State.FIRING) {
                    told.add(State.FIRING);
                }
                if (state == State.OVER && before != null && at.state() == null && before == State.CALMING) {
                    told.add(State.OVER);
                }
            }
            for (int i = 0; i < told.size(); i++) {
                assertThat(told.get(i))
                        .as("seed %s: %s", gen.seed(), told)
                        .isEqualTo(i % 2 == 0 ? State.FIRING : State.OVER);
            }
        }
    }
}
