package dev.croft.services;

import dev.croft.access.RequiresViewer;
import dev.croft.kernel.HostName;
import java.util.List;

/** Use case: what has to be up before which app starts. */
public interface Dependencies {

    /**
     * As the running system of the box has it, now, and what a draft would add; servers first. Of a box that does not answer, what its
     * state says, each UNKNOWN.
     */
    @RequiresViewer(within = true)
    List<Dependency> of(HostName host);
}
