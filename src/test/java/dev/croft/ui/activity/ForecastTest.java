package dev.croft.ui.activity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.operations.Operation;
import dev.croft.operations.Operation.PhaseTime;
import dev.croft.operations.OperationState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ForecastTest {

    private static final Instant START = Instant.parse("2026-11-21T08:00:00Z");
    private static final Map<String, Double> USUAL =
            Map.of("evaluate", 10.0, "build", 30.0, "activate", 5.0, "confirm", 40.0);

    @Test
    void addsWhatIsLeftOfThisPhaseAndThoseAheadButNotAPersonsTime() {
        assertThat(Forecast.end(running("evaluate"), USUAL)).contains(START.plusSeconds(2 + 10 + 30 + 5));
        assertThat(Forecast.end(running("activate"), USUAL)).contains(START.plusSeconds(2 + 5));
    }

    @Test
    void isSilentWithoutHistoryAndWhileAPersonIsAsked() {
        assertThat(Forecast.end(running("build"), Map.of())).isEmpty();
        assertThat(Forecast.end(operation(OperationState.AWAITING_CONFIRM, "confirm"), USUAL))
                .isEmpty();
        assertThat(Forecast.end(operation(OperationState.QUEUED, null), USUAL)).isEmpty();
    }

    @Test
    void countsFromTheStartWhenThePhaseWasNeverSeen() {
        assertThat(Forecast.end(running("fetch"), USUAL)).contains(START.plusSeconds(2 + 30 + 5));
    }

    private static Operation running(String phase) {
        return operation(OperationState.RUNNING, phase);
    }

    private static Operation operation(OperationState state, @Nullable String phase) {
        return new Operation(
                new OperationId("01k00000000000000000000001"),
                Operation.Kind.APPLY,
                new HostName("attic"),
                null,
                "Apply",
                state,
                phase,
                "anna",
                START,
                START,
                null,
                null,
                null,
                Map.of(),
                null,
                phase == null ? List.of() : List.of(new PhaseTime(phase, START.plusSeconds(2), null)));
    }
}
