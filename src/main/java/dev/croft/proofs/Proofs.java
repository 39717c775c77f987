package dev.croft.proofs;

import dev.croft.access.RequiresOperator;
import dev.croft.access.RequiresViewer;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.operations.Operation;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Use cases: what an app, or without one the box's running system, is made of, and whether that can be proved. */
public interface Proofs {

    /** As the box runs it now. */
    @RequiresViewer
    Closure closure(HostName host, @Nullable AppName app);

    /**
     * How a path comes to be in it.
     *
     * @param path as {@link Closure.Part#path} has it
     * @return chains from what the app names down to the path, the shortest first, at most five; NOT_FOUND for a path that is not in it
     */
    @RequiresViewer
    List<List<Closure.Part>> ways(HostName host, @Nullable AppName app, String path);

    /** The same as a document of JSON for others' tools. */
    @RequiresViewer
    String bill(HostName host, @Nullable AppName app, BillFormat format);

    /** Reads every byte again, builds again what this box built, and compares: an operation that goes on beside changes. */
    @RequiresOperator
    Operation verify(HostName host, @Nullable AppName app);

    /** What the last verification found, and whether what runs is still what it was about; empty before the first. */
    @RequiresViewer
    Optional<Standing> standing(HostName host, @Nullable AppName app);

    /** @param current false: of an older version; null: the box does not say at the moment what it runs */
    record Standing(Verification verification, @Nullable Boolean current) {}
}
