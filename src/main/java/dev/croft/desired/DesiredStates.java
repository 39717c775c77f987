package dev.croft.desired;

import dev.croft.access.RequiresOperator;
import dev.croft.access.RequiresViewer;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import java.util.SortedMap;

/** Use cases: what a box should be. The box's own main branch is what is in force; drafts are kept here until they are applied. */
public interface DesiredStates {

    /** A box's state in force (as last read from it) with the drafts laid over it. */
    @RequiresViewer
    HostState draft(HostName host);

    /** Apps whose draft differs from what is in force, or that only exist as drafts; value null-free: the draft itself. */
    @RequiresViewer
    SortedMap<AppName, AppSpec> pending(HostName host);

    @RequiresOperator
    void putApp(HostName host, AppName app, AppSpec spec);

    @RequiresOperator
    void removeApp(HostName host, AppName app);

    @RequiresOperator
    void discard(HostName host, AppName app);

    /** Reads the box's state.json anew (after an operation, at enrolment, on request). */
    HostState refresh(HostName host);

    RenderedState render(HostState state);

    HostState parse(String text);
}
