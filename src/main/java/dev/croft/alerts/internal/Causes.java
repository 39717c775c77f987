package dev.croft.alerts.internal;

import dev.croft.access.ActingAs;
import dev.croft.access.Operator;
import dev.croft.access.Role;
import dev.croft.alerts.Alert.Cause;
import dev.croft.audit.Audit;
import dev.croft.audit.AuditEntry;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Which change came last before something went wrong. */
@Component
class Causes {

    /** What is older has proved itself. */
    private static final Duration LONGEST = Duration.ofHours(24);

    private static final int LOOKED_AT = 50;
    private static final int AUDIT_ROWS = 200;
    private static final int EDITS_MOST = 20;
    private static final Set<Operation.Kind> CHANGES = EnumSet.of(
            Operation.Kind.APPLY,
            Operation.Kind.DEPLOY,
            Operation.Kind.ROLLBACK,
            Operation.Kind.RECONCILE,
            Operation.Kind.UPGRADE,
            Operation.Kind.RESTORE);
    private static final Set<OperationState> IN_EFFECT = EnumSet.of(
            OperationState.SUCCEEDED, OperationState.RUNNING, OperationState.AWAITING_CONFIRM, OperationState.LOST);

    private final Operations operations;
    private final Audit audit;
    private final ActingAs acting;

    Causes(Operations operations, Audit audit, ActingAs acting) {
        this.operations = operations;
        this.audit = audit;
        this.acting = acting;
    }

    /** Null: there was none within a day. */
    @Nullable
    Cause of(HostName host, @Nullable AppName app, Instant began) {
        return acting.call(new Operator("croft", "croft@croft.invalid", Role.ADMIN), () -> {
            List<Operation> last = operations.list(host, null, LOOKED_AT);
            return last.stream()
                    .filter(each -> isBefore(each, began))
                    .filter(each -> app == null || each.app() == null || app.equals(each.app()))
                    .findFirst()
                    .map(this::cause)
                    .orElse(null);
        });
    }

    private static boolean isBefore(Operation operation, Instant began) {
        Instant from = operation.startedAt();
        Instant to = operation.finishedAt();
        return CHANGES.contains(operation.kind())
                && IN_EFFECT.contains(operation.state())
                && from != null
                && !from.isAfter(began)
                && (to == null || to.isAfter(began.minus(LONGEST)));
    }

    private Cause cause(Operation operation) {
        Instant at = operation.finishedAt() == null ? operation.createdAt() : operation.finishedAt();
        return new Cause(
                operation.id(),
                operation.kind().name().toLowerCase(Locale.ROOT),
                operation.app(),
                operation.title(),
                operation.requestedBy(),
                at,
                edits(operation.host(), operation.id()));
    }

    /** What was written down of it when it was asked for. */
    private List<String> edits(HostName host, OperationId operation) {
        var filter = new Audit.Filter(null, null, host, null, null, null, null);
        return audit.list(filter, null, AUDIT_ROWS).stream()
                .filter(entry -> operation.value().equals(entry.operation()))
                .map(AuditEntry::edits)
                .filter(edits -> !edits.isEmpty())
                .findFirst()
                .map(edits -> edits.stream().limit(EDITS_MOST).toList())
                .orElse(List.of());
    }
}
