package dev.croft.maintenance;

import dev.croft.access.RequiresAdmin;
import dev.croft.access.RequiresViewer;
import dev.croft.hostlink.HostCommand.Check;
import dev.croft.kernel.HostName;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Use cases: the host contract, what a box must offer for Croft to look after it. */
public interface Contracts {

    /** Asks the box now. */
    @RequiresViewer
    Contract check(HostName host);

    /**
     * What the box said at last, without asking it, also from before a restart of the console; empty before the first time. The console
     * asks each box once a day, and after each change.
     */
    @RequiresViewer
    Optional<Contract> last(HostName host);

    /**
     * Writes what mends a check into the draft of the box's settings; nothing on the box changes before that is applied. NOT_FOUND when
     * the box does not offer it (any more).
     */
    @RequiresAdmin
    void draftFix(HostName host, String check);

    /**
     * Takes what fixes have written out of the draft again: what they are about is to be as it is in force. What somebody has set to
     * something else since stays.
     */
    @RequiresAdmin
    void takeBackFixes(HostName host);

    /** @param system what the box is: os, nix, kernel, arch, sandbox */
    record Contract(Instant checkedAt, List<Check> checks, Map<String, Object> system) {}
}
