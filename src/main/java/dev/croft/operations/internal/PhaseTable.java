package dev.croft.operations.internal;

import dev.croft.kernel.OperationId;
import dev.croft.operations.Operation.PhaseTime;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** operations_phase in SQL. */
@Component
class PhaseTable {

    /** Docs/protocol.md §2, without the phase that waits for a person. */
    private static final List<String> ORDER =
            List.of("resolve", "evaluate", "fetch", "build", "snapshot", "activate", "health", "persist");

    private final JdbcClient jdbc;

    PhaseTable(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Phases are only ever added and ended. */
    void keep(OperationId operation, List<PhaseTime> phases) {
        int known = jdbc.sql("select count(*) from operations_phase where operation_id = ?")
                .param(operation.value())
                .query(Integer.class)
                .single();
        for (int ordinal = Math.max(0, known - 1); ordinal < phases.size(); ordinal++) {
            PhaseTime phase = phases.get(ordinal);
            if (ordinal < known) {
                jdbc.sql("update operations_phase set ended_at = ? where operation_id = ? and ordinal = ?")
                        .params(params(ended(phase), operation.value(), ordinal))
                        .update();
            } else {
                jdbc.sql("""
                                insert into operations_phase (operation_id, ordinal, phase, started_at, ended_at)
                                values (?, ?, ?, ?, ?)
                                """)
                        .params(params(
                                operation.value(),
                                ordinal,
                                phase.phase(),
                                OffsetDateTime.ofInstant(phase.startedAt(), ZoneOffset.UTC),
                                ended(phase)))
                        .update();
            }
        }
    }

    private record Row(OperationId operation, PhaseTime phase) {}

    /** The phases of each of these operations, in order. */
    Map<OperationId, List<PhaseTime>> of(List<OperationId> operations) {
        Map<OperationId, List<PhaseTime>> all = new HashMap<>();
        if (operations.isEmpty()) {
            return all;
        }
        jdbc.sql("select * from operations_phase where operation_id in (:ids) order by operation_id, ordinal")
                .param("ids", operations.stream().map(OperationId::value).toList())
                .query((row, number) -> new Row(
                        new OperationId(row.getString("operation_id")),
                        new PhaseTime(
                                row.getString("phase"),
                                row.getObject("started_at", OffsetDateTime.class)
                                        .toInstant(),
                                row.getObject("ended_at", OffsetDateTime.class) == null
                                        ? null
                                        : row.getObject("ended_at", OffsetDateTime.class)
                                                .toInstant())))
                .list()
                .forEach(row -> all.computeIfAbsent(row.operation(), id -> new ArrayList<>())
                        .add(row.phase()));
        return all;
    }

    /** The usual seconds of each phase, in their order. */
    Map<String, Double> medianSeconds(List<OperationId> operations) {
        Map<String, List<Double>> all = new HashMap<>();
        of(operations).values().forEach(phases -> {
            Map<String, Double> own = new HashMap<>();
            phases.stream()
                    .filter(phase -> phase.endedAt() != null)
                    .forEach(phase -> own.merge(phase.phase(), seconds(phase), Double::sum));
            own.forEach((phase, seconds) ->
                    all.computeIfAbsent(phase, unused -> new ArrayList<>()).add(seconds));
        });
        Map<String, Double> medians = new LinkedHashMap<>();
        for (String phase : ORDER) {
            if (all.containsKey(phase)) {
                medians.put(phase, median(all.get(phase)));
            }
        }
        return medians;
    }

    private static double seconds(PhaseTime phase) {
        return Duration.between(phase.startedAt(), phase.endedAt()).toMillis() / 1000.0;
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    private static @Nullable OffsetDateTime ended(PhaseTime phase) {
        return phase.endedAt() == null ? null : OffsetDateTime.ofInstant(phase.endedAt(), ZoneOffset.UTC);
    }

    /** A list that may hold nulls, which {@code List.of} does not. */
    private static List<Object> params(@Nullable Object... values) {
        List<Object> params = new ArrayList<>(values.length);
        for (Object value : values) {
            params.add(value);
        }
        return params;
    }
}
