package dev.croft.ui.services;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.Route;
import dev.croft.desired.DesiredStates;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.EngineState;
import dev.croft.operations.Operations;
import dev.croft.services.Databases;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TabBar;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import jakarta.annotation.security.PermitAll;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One database server: what is in it, what it does, its settings, and SQL. */
@Route(Links.SERVICES + "/:engine/:tab?")
@PermitAll
@Needs(Needs.What.THE_BOX)
class ServiceView extends ServicePage<EngineState> {

    private final Databases databases;
    private final DesiredStates desired;
    private final Background background;
    private final Rights rights;
    private @Nullable Engine engine;
    private @Nullable String tab;

    private record Seen(Instant time, Optional<EngineState> engine) {}

    ServiceView(
            Databases databases,
            DesiredStates desired,
            Operations operations,
            Background background,
            PushBridge bridge,
            Rights rights,
            CurrentHost currentHost) {
        super(t("Service"), new TabBar(t("Parts of this service")), operations, bridge, currentHost);
        this.databases = databases;
        this.desired = desired;
        this.background = background;
        this.rights = rights;
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        Engine wanted = Engines.of(event.getRouteParameters().get("engine").orElse(""))
                .orElseThrow(() -> missing(t("There is no such service.")));
        String wantedTab = event.getRouteParameters().get("tab").orElse("databases");
        if (wanted != engine) {
            engine = wanted;
            title(Engines.label(wanted));
            tabs().removeAll();
            tabs().tab("databases", t("Databases"), Engines.path(wanted))
                    .tab("queries", t("Slow queries"), Engines.path(wanted, "queries"))
                    .tab("settings", t("Settings"), Engines.path(wanted, "settings"));
            if (rights.mayAdminister()) {
                tabs().tab("console", t("SQL"), Engines.path(wanted, "console"));
            }
            tab = null;
        }
        if (!wantedTab.equals(tab)) {
            tab = wantedTab;
            open(wanted, wantedTab);
            if (isAttached()) {
                load();
            }
        }
    }

    private void open(Engine which, String part) {
        Part<EngineState> opened = switch (part) {
            case "databases" -> new DatabasesTab(host(), databases, background, rights.mayAdminister(), this::load);
            case "queries" -> new QueriesTab();
            case "settings" -> new SettingsTab(host(), which, desired, background, rights.mayAdminister());
            case "console" -> new ConsoleTab(host(), databases, background);
            default -> throw missing(t("A service has no part called \"{0}\".", part));
        };
        open(part, opened, true);
    }

    @Override
    void load() {
        background.call(
                this,
                () -> {
                    var report = databases.report(host());
                    return new Seen(
                            report.time(),
                            report.engines().stream()
                                    .filter(each -> each.engine() == engine)
                                    .findFirst());
                },
                this::take,
                this::show);
    }

    private void take(Seen seen) {
        clearProblem();
        if (seen.engine().isEmpty()) {
            under(new StatusText(Tone.IDLE, t("Not on the box")));
            if (!"settings".equals(tab)) {
                showInstead(new EmptyState(
                        "disk",
                        t("The box does not run it"),
                        t("Add it below Services, review the change and apply it.")));
            }
            return;
        }
        EngineState now = seen.engine().get();
        under(
                now.active() ? new StatusText(Tone.OK, t("Running")) : new StatusText(Tone.BAD, t("Not running")),
                new Span(now.version() == null ? "" : t("Version {0}", now.version())),
                rich("seen {0}", TimeText.ago(seen.time())));
        showPart(now);
    }
}
