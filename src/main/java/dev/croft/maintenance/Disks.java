package dev.croft.maintenance;

import dev.croft.access.RequiresOperator;
import dev.croft.access.RequiresViewer;
import dev.croft.hostlink.HostCommand.DiskReport;
import dev.croft.hostlink.HostCommand.GarbagePlan;
import dev.croft.kernel.HostName;
import dev.croft.operations.Operation;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Use cases: what fills a box's disks, and what can be deleted. */
public interface Disks {

    /** As the box says, at most half a minute ago. */
    @RequiresViewer
    DiskReport report(HostName host);

    /** The last report that the box gave, without asking it; the console reads one every few minutes. Empty before the first. */
    @RequiresViewer
    Optional<DiskReport> lastReport(HostName host);

    /** What a collection would delete, and how many bytes that frees; deletes nothing. {@code keepGenerations} null: as the policy says. */
    @RequiresViewer
    GarbagePlan plan(HostName host, List<Integer> deleteGenerations, @Nullable Integer keepGenerations);

    /** Collects exactly what the plan with this digest named; PLAN_OUTDATED when it would be something else now. */
    @RequiresOperator
    Operation collect(HostName host, String digest, List<Integer> deleteGenerations, @Nullable Integer keepGenerations);
}
