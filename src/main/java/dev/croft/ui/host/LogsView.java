package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.Route;
import dev.croft.fleet.Host;
import dev.croft.logs.Logs;
import dev.croft.ui.logs.LogsPanel;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.PushBridge;
import jakarta.annotation.security.PermitAll;
import java.util.List;
import java.util.Optional;

/** What all units of the box write. */
@Route(Links.LOGS)
@PermitAll
@Needs(Needs.What.THE_BOX)
class LogsView extends Page implements BeforeEnterObserver {

    private final Optional<LogsPanel> panel;

    LogsView(Logs logs, Background background, PushBridge bridge, CurrentHost currentHost) {
        super(t("Logs"));
        Optional<Host> host = currentHost.get();
        host.ifPresent(box -> title(box.name().value()));
        panel = host.map(box -> new LogsPanel(box.name(), null, logs, List::of, background, bridge));
        content(HostTabs.at("logs"));
        panel.ifPresent(each -> content(HostTabs.at("logs"), each));
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        panel.ifPresent(each -> each.open(event.getLocation()
                .getQueryParameters()
                .getSingleParameter("line")
                .orElse(null)));
    }

    @Override
    public String getPageTitle() {
        return t("Logs") + " · Croft";
    }
}
