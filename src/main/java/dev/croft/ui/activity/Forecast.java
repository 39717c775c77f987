package dev.croft.ui.activity;

import dev.croft.operations.Operation;
import dev.croft.operations.Operation.PhaseTime;
import dev.croft.operations.OperationState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** When an operation should be over, judging by those before it. */
final class Forecast {

    private Forecast() {}

    /**
     * @param usual seconds for each phase, as {@code Operations.usualSeconds} gives them
     * @return empty when nothing like it has run before, when it has not begun, and while it waits for a person
     */
    static Optional<Instant> end(Operation operation, Map<String, Double> usual) {
        String phase = operation.phase();
        if (usual.isEmpty() || operation.state() != OperationState.RUNNING || operation.startedAt() == null) {
            return Optional.empty();
        }
        Instant began = operation.startedAt();
        int reached = -1;
        if (phase != null) {
            reached = PhaseSteps.ALL.indexOf(phase);
            began = operation.phases().stream()
                    .filter(each -> each.phase().equals(phase) && each.endedAt() == null)
                    .map(PhaseTime::startedAt)
                    .findFirst()
                    .orElse(began);
        }
        double seconds = phase == null ? 0 : usual.getOrDefault(phase, 0.0);
        List<String> ahead = PhaseSteps.ALL.subList(reached + 1, PhaseSteps.ALL.size());
        for (String later : ahead) {
            // how long a person takes says nothing about the box
            if (!later.equals("confirm")) {
                seconds += usual.getOrDefault(later, 0.0);
            }
        }
        return Optional.of(began.plusMillis(Math.round(seconds * 1000)));
    }
}
