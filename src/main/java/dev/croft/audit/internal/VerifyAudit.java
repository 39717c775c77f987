package dev.croft.audit.internal;

import dev.croft.audit.Audit.Verification;
import dev.croft.kernel.OfflineCommand;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Looks whether the audit is as it was written, without a console that could be asked, or believed. */
class VerifyAudit implements OfflineCommand {

    private final AuditTable table;
    private final Head head;

    VerifyAudit(DataSource database, @Value("${croft.data}") Path data) {
        this.table = new AuditTable(JdbcClient.create(database));
        this.head = new Head(data);
    }

    @Override
    public String name() {
        return "verify-audit";
    }

    @Override
    public String arguments() {
        return "";
    }

    @Override
    public void run(List<String> arguments, PrintStream out) {
        Verification found = Walk.over(table, head);
        if (!found.isWhole()) {
            throw Problem.of(
                            ProblemCode.AUDIT_BROKEN,
                            "The audit is not what was written.",
                            String.join(" ", found.faults()),
                            "Keep the database and its log as they are, and find out who could write to them.")
                    .toException();
        }
        out.println("The audit is whole: " + found.entries() + " rows, the newest has the hash " + found.head() + ".");
    }
}
