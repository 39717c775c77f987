package dev.croft.ui.alerts;

import static dev.croft.ui.support.Texts.t;

import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.TabBar;

/** The parts of the alerts' room, without those that the person may not use. */
final class AlertTabs {

    private AlertTabs() {}

    static TabBar at(String selected, Rights rights) {
        var tabs = new TabBar(t("Parts of the alerts"))
                .tab("now", t("Overview"), Links.ALERTS)
                .tab("rules", t("Rules"), Links.ALERT_RULES);
        if (rights.mayAdministerEverything()) {
            tabs.tab("channels", t("Channels"), Links.ALERT_CHANNELS);
        }
        tabs.select(selected);
        return tabs;
    }
}
