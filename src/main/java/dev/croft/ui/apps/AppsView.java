package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.router.Route;
import dev.croft.apps.App;
import dev.croft.apps.Apps;
import dev.croft.fleet.Host;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.PushBridge;
import jakarta.annotation.security.PermitAll;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** All apps of the box. */
@Route(Links.APPS)
@PermitAll
@Needs(Needs.What.ANYTHING_ON_THE_BOX)
class AppsView extends Page {

    private final Apps apps;
    private final Operations operations;
    private final Background background;
    private final PushBridge bridge;
    private final Optional<Host> host;
    private final AppList list = new AppList();
    private final Div nothing = new Div();

    AppsView(Apps apps, Operations operations, Background background, PushBridge bridge, CurrentHost currentHost) {
        super(t("Apps"));
        this.apps = apps;
        this.operations = operations;
        this.background = background;
        this.bridge = bridge;
        this.host = currentHost.get();
        list.setId("app-list");
        list.addClassName("croft-surface");
        list.setVisible(false);
        content(list, nothing);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        host.map(Host::name).ifPresent(name -> {
            background.every(this, Duration.ofSeconds(4), () -> apps.list(name), this::show, this::show);
            bridge.<Operation>latest(
                    this,
                    listener -> operations.watch(name, listener),
                    changed -> background.call(this, () -> apps.list(name), this::show, this::show),
                    this::show);
        });
    }

    private void show(List<App> now) {
        clearProblem();
        list.show(now);
        list.setVisible(!now.isEmpty());
        if (!now.isEmpty()) {
            nothing.removeAll();
            var create = Actions.link(t("New app"), "plus", Links.NEW_APP, true);
            create.setId("new-app");
            actions(create);
        } else if (nothing.getComponentCount() == 0) {
            nothing.add(AppList.empty());
            actions();
        }
    }
}
