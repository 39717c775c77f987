package dev.croft.ui.apps;

import dev.croft.apps.App;

/** A part of the app's page. */
interface AppTab {

    /** The app as it is now; called again whenever that is read anew. */
    void show(App app);
}
