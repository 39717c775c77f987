package dev.croft.ui.apps;

import com.vaadin.flow.component.html.Div;
import dev.croft.apps.App;
import dev.croft.ui.metrics.MetricsPanel;

/** What the app's service uses, now and up to a year back. */
final class MetricsTab extends Div implements AppTab {

    MetricsTab(MetricsPanel panel) {
        add(panel);
    }

    @Override
    public void show(App app) {
        // measurements come by themselves
    }
}
