package dev.croft.ui.apps;

import com.vaadin.flow.component.html.Div;
import dev.croft.apps.App;
import dev.croft.ui.proofs.ContentsPanel;

/** What the app is made of. */
final class ContentsTab extends Div implements AppTab {

    ContentsTab(ContentsPanel panel) {
        add(panel);
    }

    @Override
    public void show(App app) {
        // the panel follows the box itself
    }
}
