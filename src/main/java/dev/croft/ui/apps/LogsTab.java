package dev.croft.ui.apps;

import com.vaadin.flow.component.html.Div;
import dev.croft.apps.App;
import dev.croft.ui.logs.LogsPanel;

/** The app's journal. */
final class LogsTab extends Div implements AppTab {

    LogsTab(LogsPanel panel) {
        add(panel);
    }

    @Override
    public void show(App now) {
        // the journal speaks for itself
    }
}
