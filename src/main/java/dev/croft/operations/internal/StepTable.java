package dev.croft.operations.internal;

import dev.croft.hostlink.HostReply;
import dev.croft.kernel.OperationId;
import dev.croft.operations.OperationEvent.Step;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** operations_step in SQL: one row for each step, with its last state. */
@Component
class StepTable {

    private final JdbcTemplate jdbc;
    private final JsonMapper json;

    StepTable(JdbcTemplate jdbc, JsonMapper json) {
        this.jdbc = jdbc;
        this.json = json;
    }

    /** @param steps at most one for each id */
    void keep(OperationId operation, Collection<Step> steps) {
        if (steps.isEmpty()) {
            return;
        }
        List<Step> all = List.copyOf(steps);
        int[] updated = jdbc.batchUpdate(
                "update operations_step set sequence = ?, step = ? where operation_id = ? and step_id = ?",
                all.stream().map(step -> columns(operation, step)).toList());
        List<Object[]> fresh = new ArrayList<>();
        for (int i = 0; i < updated.length; i++) {
            if (updated[i] == 0) {
                fresh.add(columns(operation, all.get(i)));
            }
        }
        jdbc.batchUpdate(
                "insert into operations_step (sequence, step, operation_id, step_id) values (?, ?, ?, ?)", fresh);
    }

    private Object[] columns(OperationId operation, Step step) {
        return new Object[] {
            step.sequence(),
            json.writeValueAsString(step.step()),
            operation.value(),
            step.step().id()
        };
    }

    /** Keeps the newest ones only. */
    void dropAllBut(OperationId operation, int most) {
        jdbc.queryForList(
                        "select sequence from operations_step where operation_id = ? order by sequence desc limit 1 offset ?",
                        Long.class,
                        operation.value(),
                        most)
                .forEach(newestTooMany -> jdbc.update(
                        "delete from operations_step where operation_id = ? and sequence <= ?",
                        operation.value(),
                        newestTooMany));
    }

    List<Step> after(OperationId operation, long sequence, int limit) {
        return jdbc.query(
                "select sequence, step from operations_step where operation_id = ? and sequence > ? order by sequence limit ?",
                (row, number) ->
                        new Step(row.getLong("sequence"), json.readValue(row.getString("step"), HostReply.Step.class)),
                operation.value(),
                sequence,
                limit);
    }
}
