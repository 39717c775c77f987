package dev.croft.ui.shell;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.HasElement;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.applayout.AppLayout;
import com.vaadin.flow.component.applayout.DrawerToggle;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Header;
import com.vaadin.flow.component.html.Main;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.menubar.MenuBar;
import com.vaadin.flow.component.menubar.MenuBarVariant;
import com.vaadin.flow.component.notification.Notification;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.sidenav.SideNav;
import com.vaadin.flow.component.sidenav.SideNavItem;
import com.vaadin.flow.router.Layout;
import com.vaadin.flow.spring.security.AuthenticationContext;
import dev.croft.access.CurrentOperator;
import dev.croft.alerts.Alerts;
import dev.croft.apps.Apps;
import dev.croft.desired.DesiredStates;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Subscription;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import dev.croft.ui.activity.OperationFeed;
import dev.croft.ui.activity.Stops;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.Rights;
import jakarta.annotation.security.PermitAll;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The frame: navigation at the side, the box's state on top, the running operation at the bottom. */
@Layout
@PermitAll
public class MainLayout extends AppLayout {

    /** How often a page hears from the console at least; it worries after ten seconds. */
    private static final Duration PULSE = Duration.ofSeconds(3);

    /** Phases in which the page's own connection may break. */
    private static final Set<String> CUTTING = Set.of("activate", "health", "confirm", "persist");

    private static final Duration ALERTS = Duration.ofSeconds(10);

    /** How long every page tells that a change was reverted. */
    private static final Duration WONDERING = Duration.ofMinutes(10);

    /** Rows that are read for what is under way; a queue is shorter than that. */
    private static final int RECENT = 30;

    private final Hosts hosts;
    private final Apps apps;
    private final Alerts alerts;
    private final DesiredStates desired;
    private final Operations operations;
    private final Rights rights;
    private final Clock clock;
    private final Background background;
    private final PushBridge bridge;
    private final Optional<Host> host;
    private final Main page = new Main();
    private final @Nullable HostPill pill;
    private final OperationDrawer drawer;
    private final Span openAlerts = new Span();
    private final boolean seesAlerts;
    private final Pulse pulse = new Pulse();
    private final ConfirmBanner banner = new ConfirmBanner();
    private final OpenOperations open = new OpenOperations();
    /** Changes that waited for a confirmation while this page was open. */
    private final Set<OperationId> asked = new HashSet<>();

    private final Map<AppName, String> urls = new HashMap<>();

    MainLayout(
            Hosts hosts,
            Apps apps,
            Alerts alerts,
            DesiredStates desired,
            Operations operations,
            OperationFeed feed,
            Stops stops,
            Rights rights,
            Clock clock,
            Background background,
            PushBridge bridge,
            CurrentHost currentHost,
            Gate gate,
            CurrentOperator currentOperator,
            AuthenticationContext authentication) {
        this.hosts = hosts;
        this.apps = apps;
        this.alerts = alerts;
        this.desired = desired;
        this.operations = operations;
        this.rights = rights;
        this.clock = clock;
        this.background = background;
        this.bridge = bridge;
        this.host = currentHost.get();
        this.pill = host.map(HostPill::new).orElse(null);
        this.drawer = new OperationDrawer(
                feed,
                stops,
                (operation, progress) -> {
                    if (pill != null) {
                        pill.running(operation, progress);
                    }
                },
                operation -> operation.app() == null ? null : urls.get(operation.app()));

        setPrimarySection(Section.DRAWER);
        addClassName("croft-shell");
        seesAlerts = gate.isMet(Needs.What.ANYTHING_ON_THE_BOX);
        openAlerts.setId("open-alerts");
        openAlerts.addClassName("croft-count");
        openAlerts.getElement().setAttribute("role", "img");
        openAlerts.setVisible(false);
        addToDrawer(brand(), navigation(gate));

        var toggle = new DrawerToggle();
        toggle.setAriaLabel(t("Navigation"));
        var spring = new Span();
        spring.addClassName("croft-spring");
        var bar = new Header(skipLink(), toggle);
        bar.addClassName("croft-bar");
        if (pill != null) {
            bar.add(pill);
        }
        host.ifPresent(shown -> choice(shown, currentHost).ifPresent(bar::add));
        bar.add(spring, userMenu(currentOperator.get().name(), authentication));
        addToNavbar(bar);

        page.setId("content");
        page.addClassName("croft-main");
        page.getElement().setAttribute("tabindex", "-1");
        banner.addRevertListener(event -> revert(event.operation()));
        var frame = new Div(pulse, banner, page, drawer);
        frame.addClassName("croft-frame");
        setContent(frame);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        // A change of the network cuts this page off for a while: it tries again soon, and does not give up.
        var reconnecting = event.getUI().getReconnectDialogConfiguration();
        reconnecting.setReconnectInterval(2_000);
        reconnecting.setReconnectAttempts(Integer.MAX_VALUE);
        reconnecting.setDialogText(t("The connection to the console is lost. Trying again …"));
        background.every(this, PULSE, clock::instant, pulse::beat, problem -> {});
        host.map(Host::name).ifPresent(this::watch);
        if (seesAlerts) {
            background.every(this, ALERTS, this::countAlerts, this::showAlerts, problem -> {});
        }
    }

    private Long countAlerts() {
        return alerts.firing().stream().filter(each -> !each.silenced()).count();
    }

    private void showAlerts(long count) {
        openAlerts.setVisible(count > 0);
        openAlerts.setText(String.valueOf(count));
        openAlerts
                .getElement()
                .setAttribute("aria-label", t("{0, plural, one {one open alert} other {# open alerts}}", count));
    }

    private void watch(HostName name) {
        bridge.<Optional<Operation>>all(
                this,
                200,
                listener -> {
                    Subscription subscription =
                            operations.watch(name, operation -> listener.accept(Optional.of(operation)));
                    listener.accept(Optional.empty());
                    return subscription;
                },
                batch -> batch.values()
                        .forEach(row -> row.ifPresentOrElse(
                                operation -> changed(name, operation),
                                // from here on nothing is missed: now what was there before
                                () -> lookBack(name))),
                problem -> {});
        background.every(
                this,
                Duration.ofSeconds(3),
                () -> hosts.status(name),
                status -> {
                    if (pill != null) {
                        pill.link(status);
                        pill.reverted(open.lastEnded().filter(this::wentBack).orElse(null));
                    }
                },
                problem -> {});
        bridge.<Boolean>latest(
                this,
                listener -> {
                    Subscription subscription = desired.watch(name, () -> listener.accept(true));
                    listener.accept(true);
                    return subscription;
                },
                changed -> count(name),
                problem -> {});
    }

    private void lookBack(HostName name) {
        background.call(
                this,
                () -> operations.list(name, null, RECENT),
                recent -> {
                    recent.reversed().forEach(open::learn);
                    arrange();
                    open.lastEnded().filter(this::wentBack).ifPresent(banner::ended);
                },
                problem -> {});
    }

    /** The edits of everybody: drafts are shared. */
    private void count(HostName name) {
        background.call(
                this,
                () -> desired.edits(name).size(),
                edits -> {
                    if (pill != null) {
                        pill.pending(edits);
                    }
                },
                problem -> {});
    }

    private void changed(HostName name, Operation operation) {
        open.take(operation);
        if (!operation.state().isFinal()) {
            arrange();
            return;
        }
        if (asked.remove(operation.id()) || wentBack(operation)) {
            banner.ended(operation);
        }
        if (pill != null) {
            pill.reverted(Optional.of(operation).filter(this::wentBack).orElse(null));
        }
        if (operation.app() != null) {
            learnUrl(name, operation.app());
        } else {
            arrange();
        }
    }

    private void arrange() {
        drawer.show(open);
        Operation now = open.current().orElse(null);
        pulse.urgent(now != null && now.phase() != null && CUTTING.contains(now.phase()));
        if (now != null && now.state() == OperationState.AWAITING_CONFIRM && now.confirm() != null) {
            asked.add(now.id());
            background.call(
                    this,
                    () -> operations.startedHere(now.id()),
                    mine -> {
                        if (open.current().filter(now::equals).isPresent()) {
                            banner.ask(now, mine, rights.mayOperate(now.app()), clock.instant());
                        }
                    },
                    problem -> {});
        } else if (now == null || !asked.contains(now.id())) {
            // one that was asked about and is being kept or taken back says so until its end is known
            banner.quiet();
            if (now != null && now.kind() != Operation.Kind.PLAN) {
                banner.forget();
            }
        }
    }

    /** Whether the box went back on this change, so lately that somebody may still wonder. */
    private boolean wentBack(Operation operation) {
        return operation.state() == OperationState.ROLLED_BACK
                && operation.finishedAt() != null
                && operation.finishedAt().plus(WONDERING).isAfter(clock.instant());
    }

    private void revert(OperationId id) {
        background.call(this, () -> operations.cancel(id), stopped -> {}, problem -> {
            banner.revertRefused();
            var refused = new Notification();
            refused.add(new ProblemPanel(problem));
            refused.setDuration(10_000);
            refused.open();
        });
    }

    /** The drawer offers to open what was just deployed, so it needs the address before it shows the end. */
    private void learnUrl(HostName name, AppName app) {
        background.call(
                this,
                () -> Optional.ofNullable(apps.get(name, app).observed().url()),
                url -> {
                    url.ifPresent(known -> urls.put(app, known));
                    arrange();
                },
                problem -> arrange());
    }

    @Override
    public void showRouterLayoutContent(HasElement content) {
        page.getElement().removeAllChildren();
        if (content != null) {
            page.getElement().appendChild(content.getElement());
        }
        // A new page starts at its top; on a phone the navigation lies over it and has done its work.
        page.getElement().executeJs("""
                for (let each = this; each; each = each.assignedSlot ?? each.parentElement ?? each.getRootNode().host) {
                  each.scrollTop = 0;
                }
                window.dispatchEvent(new CustomEvent('close-overlay-drawer'));
                """);
    }

    @Override
    public void removeRouterLayoutContent(HasElement oldContent) {
        page.getElement().removeAllChildren();
    }

    /** Nobody with one box has to choose. */
    private Optional<Select<Host>> choice(Host shown, CurrentHost currentHost) {
        List<Host> all = hosts.list();
        if (all.size() < 2) {
            return Optional.empty();
        }
        var choice = new Select<Host>();
        choice.setId("host-choice");
        choice.setAriaLabel(t("Box"));
        choice.setItems(all);
        choice.setItemLabelGenerator(each -> each.name().value());
        choice.setValue(shown);
        choice.addValueChangeListener(change -> {
            if (change.getValue() != null) {
                currentHost.choose(change.getValue().name());
                // every part of the page is about the box
                UI.getCurrent().getPage().reload();
            }
        });
        return Optional.of(choice);
    }

    private static Anchor skipLink() {
        var skip = new Anchor("#content", t("Skip to content"));
        skip.addClassName("croft-skip");
        skip.getElement().setAttribute("router-ignore", true);
        skip.getElement()
                .executeJs(
                        "this.addEventListener('click', e => { e.preventDefault(); document.getElementById('content').focus(); })");
        return skip;
    }

    private static Anchor brand() {
        var name = new Span("Croft");
        var brand = new Anchor(Links.HOME.isEmpty() ? "." : Links.HOME);
        brand.add(Icons.of("sprout"), name);
        brand.addClassName("croft-brand");
        brand.setAriaLabel(t("Croft, home"));
        return brand;
    }

    private static void add(SideNav nav, Gate gate, Needs.What what, SideNavItem item) {
        if (gate.isMet(what)) {
            nav.addItem(item);
        }
    }

    private SideNav navigation(Gate gate) {
        var nav = new SideNav();
        nav.getElement().setAttribute("aria-label", t("Main"));
        var applications = new SideNavItem(t("Apps"), Links.APPS, Icons.of("apps"));
        applications.setMatchNested(true);
        applications.setPathAliases(Set.of(Links.NEW_APP));
        var activity = new SideNavItem(t("Activity"), Links.ACTIVITY, Icons.of("activity"));
        activity.setMatchNested(true);
        var alarms = new SideNavItem(t("Alerts"), Links.ALERTS, Icons.of("alert"));
        alarms.setMatchNested(true);
        alarms.setSuffixComponent(openAlerts);
        var box = new SideNavItem(t("Host"), Links.HOST, Icons.of("host"));
        box.setMatchNested(true);
        var services = new SideNavItem(t("Services"), Links.SERVICES, Icons.of("layers"));
        services.setMatchNested(true);
        add(nav, gate, Needs.What.ANYTHING_ON_THE_BOX, new SideNavItem(t("Home"), Links.HOME, Icons.of("home")));
        add(nav, gate, Needs.What.ANYTHING_ON_THE_BOX, applications);
        add(nav, gate, Needs.What.THE_BOX, new SideNavItem(t("Domains & TLS"), Links.DOMAINS, Icons.of("shield")));
        add(nav, gate, Needs.What.THE_BOX, services);
        add(nav, gate, Needs.What.THE_BOX, new SideNavItem(t("Backups"), Links.BACKUPS, Icons.of("archive")));
        add(nav, gate, Needs.What.ANYTHING_ON_THE_BOX, activity);
        add(nav, gate, Needs.What.ANYTHING_ON_THE_BOX, alarms);
        add(nav, gate, Needs.What.THE_BOX, box);
        add(nav, gate, Needs.What.NOTHING, new SideNavItem(t("Settings"), Links.SETTINGS, Icons.of("settings")));
        return nav;
    }

    private static MenuBar userMenu(String who, AuthenticationContext authentication) {
        var menu = new MenuBar();
        menu.setId("user-menu");
        menu.setI18n(new MenuBar.MenuBarI18n().setMoreOptions(t("More options")));
        menu.addThemeVariants(MenuBarVariant.TERTIARY);
        var name = new Span(who);
        name.addClassName("croft-user-name");
        var root = menu.addItem(Icons.of("user"));
        root.add(name);
        root.setAriaLabel(t("Account of {0}", who));
        var sub = root.getSubMenu();
        for (Theme theme : Theme.values()) {
            sub.addItem(t("Theme: {0}", theme.label()), click -> theme.use(UI.getCurrent()))
                    .setId("theme-" + theme.name().toLowerCase(java.util.Locale.ROOT));
        }
        sub.addSeparator();
        sub.addItem(t("Settings"), click -> UI.getCurrent().navigate(Links.SETTINGS));
        sub.addItem(t("Sign out"), click -> authentication.logout()).setId("sign-out");
        return menu;
    }
}
