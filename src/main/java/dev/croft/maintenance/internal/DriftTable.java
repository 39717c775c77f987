package dev.croft.maintenance.internal;

import dev.croft.hostlink.HostCommand.DriftReport;
import dev.croft.kernel.HostName;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.json.JsonMapper;

/** maintenance_drift in SQL. */
@Component
class DriftTable {

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;
    private final JsonMapper json = JsonMapper.builder().build();

    DriftTable(JdbcClient jdbc, TransactionTemplate transaction) {
        this.jdbc = jdbc;
        this.transaction = transaction;
    }

    Optional<DriftReport> last(HostName host) {
        return jdbc.sql("select report from maintenance_drift where host = ?")
                .param(host.value())
                .query(String.class)
                .optional()
                .map(text -> json.readValue(text, DriftReport.class));
    }

    Optional<Instant> evaluatedAt(HostName host) {
        return jdbc.sql("select evaluated_at from maintenance_drift where host = ? and evaluated_at is not null")
                .param(host.value())
                .query(OffsetDateTime.class)
                .optional()
                .map(OffsetDateTime::toInstant);
    }

    /** @param evaluatedAt null: it was not evaluated for this report */
    void keep(HostName host, DriftReport report, @Nullable Instant evaluatedAt) {
        String text = json.writeValueAsString(report);
        OffsetDateTime at = evaluatedAt == null ? null : OffsetDateTime.ofInstant(evaluatedAt, ZoneOffset.UTC);
        transaction.executeWithoutResult(status -> {
            int updated = jdbc.sql("update maintenance_drift set report = ?, evaluated_at = coalesce(?, evaluated_at)"
                            + " where host = ?")
                    .params(text, at, host.value())
                    .update();
            if (updated == 0) {
                jdbc.sql("insert into maintenance_drift (host, report, evaluated_at) values (?, ?, ?)")
                        .params(host.value(), text, at)
                        .update();
            }
        });
    }
}
