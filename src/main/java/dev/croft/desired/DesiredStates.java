package dev.croft.desired;

import dev.croft.access.RequiresAdmin;
import dev.croft.access.RequiresOperator;
import dev.croft.access.RequiresViewer;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Subscription;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/** Use cases: what a box should be. The box's own main branch is what is in force; drafts are kept here until they are applied. */
public interface DesiredStates {

    /** A box's state in force (as last read from it) with the drafts laid over it. */
    @RequiresViewer(within = true)
    HostState draft(HostName host);

    /** The state in force as last read; empty when the box could not be asked yet. */
    @RequiresViewer(within = true)
    Optional<HostState> inForce(HostName host);

    /** Apps whose draft differs from what is in force, or that only exist as drafts; value null-free: the draft itself. */
    @RequiresViewer(within = true)
    SortedMap<AppName, AppSpec> pending(HostName host);

    /** All drafts of a box, removals too. */
    @RequiresViewer(within = true)
    Changes changes(HostName host);

    @RequiresOperator
    void putApp(HostName host, AppName app, AppSpec spec);

    /**
     * Like {@link #putApp(HostName, AppName, AppSpec)}, but CONFLICT when somebody changed the entry meanwhile.
     *
     * @param base {@link #digest(AppSpec)} of the entry from which the edit began; empty: there was no such app
     */
    @RequiresOperator
    void putApp(HostName host, AppName app, AppSpec spec, String base);

    @RequiresOperator
    void removeApp(HostName host, AppName app);

    @RequiresOperator
    void discard(HostName host, AppName app);

    /** Keeps a draft of the box's own settings. Name and stateVersion are those in force, or empty, which means the same. */
    @RequiresAdmin
    void putSettings(HostName host, HostSettings settings);

    /**
     * Like {@link #putSettings(HostName, HostSettings)}, but CONFLICT when somebody changed them meanwhile.
     *
     * @param base {@link #digest(HostSettings)} of the settings from which the edit began
     */
    @RequiresAdmin
    void putSettings(HostName host, HostSettings settings, String base);

    @RequiresAdmin
    void discardSettings(HostName host);

    /** Forgets every draft of the box; NOT_ALLOWED for an operator when the box's own settings are among them. */
    @RequiresOperator(within = true)
    void discardAll(HostName host);

    /** Who drafted what, oldest first. */
    @RequiresViewer(within = true)
    List<Draft> drafts(HostName host);

    /** What the drafts would change, in words; ordered: the box itself, then the apps by name. */
    @RequiresViewer(within = true)
    List<Edit> edits(HostName host);

    /** What lies between two states, in words. */
    List<Edit> edits(HostState before, HostState after);

    /** What is no mistake, but may not be meant, in words: such as a port that is opened for an app that has it open already. */
    List<String> notes(HostState state);

    /** Tells of every change of a box's drafts or of its state in force, whoever made it, on a thread of its own. */
    @RequiresViewer(within = true)
    Subscription watch(HostName host, Runnable listener);

    /** Reads the box's state.json anew (after an operation, at enrolment, on request). */
    HostState refresh(HostName host);

    /** For workers: the commit at which the state in force was read; empty when it never was, or nobody has committed one yet. */
    Optional<String> inForceAt(HostName host);

    /** For workers: what the box would be with these changes. */
    HostState with(HostName host, Changes changes);

    /** For workers: keeps the revision that was found for an app's draft, unless the draft was edited meanwhile. */
    void keepResolved(HostName host, AppName app, AppSpec resolved);

    RenderedState render(HostState state);

    /** The text of a state.json; STATE_VERSION or STATE_REFUSED naming the field. */
    HostState parse(String text);

    /** One app's entry as JSON text, also as the API gives it back (name, host, pending and observed are passed over); INVALID_INPUT naming the field. */
    AppSpec parseApp(String entry);

    /**
     * The box's own settings as JSON text; name and stateVersion are empty when they are left out, and what the API adds when it gives
     * them back (draft, inForce, notes) is passed over; INVALID_INPUT naming the field.
     */
    HostSettings parseSettings(String settings);

    /** One app's entry as state.json has it. */
    Map<String, Object> entry(AppSpec spec);

    /** The box's own settings as state.json has them. */
    Map<String, Object> entry(HostSettings settings);

    /** SHA-256 of an entry's canonical text, lower-case hex: what an edit names as its base. */
    String digest(AppSpec spec);

    String digest(HostSettings settings);
}
