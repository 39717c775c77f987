package dev.croft.maintenance;

import dev.croft.access.RequiresOperator;
import dev.croft.access.RequiresViewer;
import dev.croft.hostlink.HostCommand.Comparison;
import dev.croft.hostlink.HostCommand.Generation;
import dev.croft.hostlink.HostCommand.Snapshot;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Use cases: the timeline of a box's systems. Going back to one is {@code Operations.rollBack}. */
public interface Generations {

    /** Newest first. */
    @RequiresViewer
    List<Generation> list(HostName host);

    /** What lies between two systems; {@code from} null: the running one. */
    @RequiresViewer
    Comparison compare(HostName host, @Nullable Integer from, int to);

    /**
     * What is null stays as it is.
     *
     * @param pinned a pinned generation is never collected
     * @param label at most 100 characters on one line; empty: none
     */
    @RequiresOperator
    Generation mark(HostName host, int generation, @Nullable Boolean pinned, @Nullable String label);

    /** Copies of an app's data that were made before new versions started, newest first. */
    @RequiresViewer(within = true)
    List<Snapshot> snapshots(HostName host, @Nullable AppName app);
}
