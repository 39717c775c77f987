package dev.croft.fleet;

import dev.croft.access.ReadsOnly;
import dev.croft.access.RequiresAdmin;
import dev.croft.access.RequiresStepUp;
import dev.croft.access.RequiresViewer;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.kernel.HostName;
import java.util.List;
import java.util.Optional;

/** Use cases: the boxes. */
public interface Hosts {

    @RequiresViewer(within = true)
    List<Host> list();

    /** A {@code NOT_FOUND} problem when there is no such box. */
    @RequiresViewer(within = true)
    Host get(HostName name);

    /** For code that runs for the console itself (workers, recovery): no role is asked. */
    Optional<Host> find(HostName name);

    List<Host> all();

    /** The key that a box shows now; trusts nothing. */
    @ReadsOnly
    @RequiresAdmin
    String fingerprintOf(String address, int port);

    /**
     * What the box with this approved key calls itself, for somebody to compare with the name that they have for it. Connects, and keeps
     * nothing.
     */
    @ReadsOnly
    @RequiresAdmin(everywhere = true)
    String nameOf(HostEndpoint endpoint);

    /** Connects with the approved fingerprint and keeps the box when it answers; CONFLICT when the name is taken. */
    @RequiresAdmin(everywhere = true)
    Host enrol(HostName name, HostEndpoint endpoint);

    /**
     * The same box is reached there from now on: it has another address, or another key since it was reinstalled. Connects first; when
     * it does not answer, all stays as it was. What is under way follows it there.
     */
    @RequiresStepUp
    @RequiresAdmin(everywhere = true)
    Host move(HostName name, HostEndpoint endpoint);

    /** Whether the box answers, and when it last did. Cheap: kept by a heartbeat, never asked on the spot. */
    @RequiresViewer(within = true)
    HostStatus status(HostName name);
}
