package dev.croft.services;

import dev.croft.access.RequiresAdmin;
import dev.croft.access.RequiresStepUp;
import dev.croft.access.RequiresViewer;
import dev.croft.hostlink.HostCommand.Freed;
import dev.croft.hostlink.HostCommand.LeftData;
import dev.croft.hostlink.HostCommand.LeftDataReport;
import dev.croft.hostlink.HostCommand.LeftKind;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import org.jspecify.annotations.Nullable;

/** Use cases: data of apps that were removed, and of what was detached. Nothing deletes it but a person, by its name. */
public interface Leftovers {

    /** As the box says, now. Databases are not among it: see {@link Databases#report}. */
    @RequiresViewer
    LeftDataReport list(HostName host);

    /**
     * Deletes it for good. DATA_IN_USE while an app is given it, or something still writes it.
     *
     * @param volume of a {@link LeftKind#VOLUME}, and of nothing else
     * @param typed its name once more, as the person typed it: {@link LeftData#name()}
     */
    @RequiresStepUp
    @RequiresAdmin
    Freed drop(HostName host, LeftKind kind, AppName app, @Nullable String volume, String typed);
}
