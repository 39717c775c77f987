package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.router.Route;
import dev.croft.fleet.Host;
import dev.croft.operations.Operations;
import dev.croft.telemetry.Telemetry;
import dev.croft.ui.metrics.MetricsPanel;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.PushBridge;
import jakarta.annotation.security.PermitAll;
import java.time.Clock;

/** What the box and its units use, now and up to a year back. */
@Route(Links.METRICS)
@PermitAll
@Needs(Needs.What.THE_BOX)
class MetricsView extends Page {

    MetricsView(
            Telemetry telemetry,
            Operations operations,
            Background background,
            PushBridge bridge,
            Clock clock,
            CurrentHost currentHost) {
        super(t("Metrics"));
        content(HostTabs.at("metrics"));
        currentHost.get().map(Host::name).ifPresent(name -> {
            title(name.value());
            content(
                    HostTabs.at("metrics"),
                    new MetricsPanel(name, null, telemetry, operations, background, bridge, clock));
        });
    }

    @Override
    public String getPageTitle() {
        return t("Metrics") + " · Croft";
    }
}
