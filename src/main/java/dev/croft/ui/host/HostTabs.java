package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.t;

import dev.croft.ui.shell.Links;
import dev.croft.ui.support.TabBar;

/** The parts of the box's page. */
final class HostTabs {

    private HostTabs() {}

    static TabBar at(String selected) {
        var tabs = new TabBar(t("Parts of the box"))
                .tab("overview", t("Overview"), Links.HOST)
                .tab("contract", t("Contract"), Links.CONTRACT)
                .tab("metrics", t("Metrics"), Links.METRICS)
                .tab("generations", t("Generations"), Links.GENERATIONS)
                .tab("logs", t("Logs"), Links.LOGS)
                .tab("disk", t("Disk & GC"), Links.DISK)
                .tab("network", t("Network & firewall"), Links.NETWORK)
                .tab("users", t("Users & SSH"), Links.USERS)
                .tab("monitoring", t("Monitoring"), Links.MONITORING)
                .tab("contents", t("Contents"), Links.CONTENTS)
                .tab("drift", t("Drift"), Links.DRIFT);
        tabs.select(selected);
        return tabs;
    }
}
