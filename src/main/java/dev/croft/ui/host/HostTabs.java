package dev.croft.ui.host;

import dev.croft.ui.shell.Links;
import dev.croft.ui.support.TabBar;

/** The parts of the box's page. */
final class HostTabs {

    private HostTabs() {}

    static TabBar at(String selected) {
        var tabs = new TabBar("Parts of the box")
                .tab("overview", "Overview", Links.HOST)
                .tab("generations", "Generations", Links.GENERATIONS)
                .tab("disk", "Disk & GC", Links.DISK)
                .tab("network", "Network & firewall", Links.NETWORK)
                .tab("users", "Users & SSH", Links.USERS)
                .tab("drift", "Drift", Links.DRIFT);
        tabs.select(selected);
        return tabs;
    }
}
