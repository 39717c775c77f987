package dev.croft.maintenance;

import dev.croft.access.RequiresAdmin;
import dev.croft.access.RequiresViewer;
import dev.croft.hostlink.HostCommand.DriftReport;
import dev.croft.hostlink.HostCommand.DriftedThing;
import dev.croft.hostlink.HostCommand.Reconciliation;
import dev.croft.kernel.HostName;
import dev.croft.operations.Operation;
import java.util.Optional;

/** Use cases: where a box is not what its configuration says. */
public interface Drifts {

    /** {@code evaluate}: also prove that the running system is what main evaluates to; takes as long as an evaluation. */
    @RequiresViewer
    DriftReport find(HostName host, boolean evaluate);

    /**
     * The last report that the box gave, without asking it, also from before a restart of the console; empty before the first. The
     * console has each box evaluate its configuration once a day.
     */
    @RequiresViewer
    Optional<DriftReport> lastReport(HostName host);

    /** Makes the configuration say what was found, or the box be what the configuration says. Waits for a confirmation. */
    @RequiresAdmin
    Operation reconcile(HostName host, DriftedThing what, Reconciliation action);
}
