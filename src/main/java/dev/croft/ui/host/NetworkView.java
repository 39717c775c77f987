package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.router.Route;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Tls;
import dev.croft.desired.AppSpec.Web;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.Firewall;
import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCommand.DeclaredPort;
import dev.croft.hostlink.HostCommand.ListeningPort;
import dev.croft.hostlink.HostCommand.PortsReport;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.maintenance.Certificates;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Table;
import dev.croft.ui.support.Tone;
import jakarta.annotation.security.PermitAll;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which ports are open, and because of whom; and the ports that are open beside those of apps. */
@Route(Links.NETWORK)
@PermitAll
@Needs(Needs.What.THE_BOX)
class NetworkView extends Page {

    private static final int HTTP = 80;
    private static final int HTTPS = 443;
    /** Those that a mail server has; nix/modules/mail/server.nix opens them. */
    private static final List<Integer> MAIL = List.of(25, 465, 587, 993);

    private final TextField tcp = new TextField(t("TCP ports"));
    private final TextField udp = new TextField(t("UDP ports"));
    private final ProblemPanel refusal = new ProblemPanel();
    private final Button save = Actions.primary("network-save", t("Save"), "check", this::save);
    private final Panel table = new Panel(t("Open ports"));
    private final Panel real = new Panel(t("What really listens"));
    private final Certificates certificates;
    private final Background background;
    private final Optional<HostName> host;
    private final @Nullable SettingsDraft settings;
    private final DesiredStates desired;
    private @Nullable HostState draft;
    private @Nullable Now now;

    /** @param by as the box says it: app:NAME, web-server, … */
    private record Opening(String protocol, int from, int to, String by) {}

    /** What the box says now, and the state that it was made from. */
    private record Now(PortsReport report, Optional<HostState> inForce) {}

    private enum Standing {
        OPEN,
        /** Not open yet: a draft wants it. */
        OPENS,
        /** Still open: a draft no longer wants it. */
        CLOSES
    }

    NetworkView(
            DesiredStates desired,
            Certificates certificates,
            Background background,
            Rights rights,
            CurrentHost currentHost) {
        super(t("Network & firewall"));
        this.desired = desired;
        this.certificates = certificates;
        this.background = background;
        Optional<Host> host = currentHost.get();
        this.host = host.map(Host::name);
        this.settings = host.map(box -> new SettingsDraft(box.name(), desired, background))
                .orElse(null);
        host.ifPresent(box -> title(box.name().value()));
        under(t("Everything else is closed."));
        table.setId("open-ports");
        real.setId("listening");
        table.content(hint(t("Asking the box …")));
        real.content(hint(t("Asking the box …")));
        var stack = new Div(table, real);
        stack.addClassName("croft-stack");
        if (rights.mayAdminister() && settings != null) {
            stack.add(form(settings));
        }
        content(HostTabs.at("network"), stack);
    }

    @Override
    public String getPageTitle() {
        return t("Network & firewall") + " · Croft";
    }

    private Panel form(SettingsDraft draft) {
        tcp.setId("network-tcp");
        tcp.setPlaceholder("8123, 9000");
        tcp.setHelperText(
                t("Separated by commas or blanks. Apps' ports, the web server's and SSH open by themselves."));
        udp.setId("network-udp");
        udp.setPlaceholder("51820");
        udp.setHelperText(t("WireGuard listens on 51820, for example."));
        draft.field("firewall.tcp", tcp);
        draft.field("firewall.udp", udp);
        save.setDisableOnClick(true);
        var row = new Div(tcp, udp);
        row.addClassName("croft-field-row");
        var actions = new Div(save);
        actions.addClassName("croft-actions");
        var fields = new Div(row, refusal, actions, draft.note());
        fields.addClassNames("croft-fields", "croft-form");
        return new Panel(t("Ports beside those of apps")).with(fields);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        if (settings != null) {
            settings.load(this, this::render, this::show);
        }
        host.ifPresent(box -> background.call(
                this,
                () -> new Now(certificates.ports(box), desired.inForce(box)),
                told -> {
                    now = told;
                    if (!told.report().firewall()) {
                        under(t("The box has no firewall: whatever listens is open."));
                    }
                    renderTable();
                    renderListening(told.report());
                },
                problem -> {
                    // What the console wished is not what the box does.
                    table.content(hint(t("Which ports are open, only the box knows.")));
                    real.content(new ProblemPanel(problem));
                }));
    }

    private static Paragraph hint(String words) {
        var hint = new Paragraph(words);
        hint.addClassName("croft-hint");
        return hint;
    }

    /** What others can find on the box; what nobody declared comes first. */
    private void renderListening(PortsReport report) {
        if (report.listening().isEmpty()) {
            real.content(hint(t("Nothing listens for others than the box itself.")));
            return;
        }
        var list = new UnorderedList();
        list.addClassName("croft-rows");
        report.listening().stream()
                .sorted(Comparator.comparing(ListeningPort::declared).thenComparing(ListeningPort::port))
                .forEach(port -> list.add(listening(port)));
        long undeclared =
                report.listening().stream().filter(port -> !port.declared()).count();
        real.content(
                hint(
                        undeclared == 0
                                ? t("Everything that others could reach is declared.")
                                : t(
                                        "{0, plural, one {# port that nobody declared.} other {# ports that nobody declared.}}",
                                        undeclared)),
                list);
    }

    private static Component listening(ListeningPort port) {
        var name = new Span(port.port() + " " + port.protocol().toUpperCase(Locale.ROOT));
        name.addClassName("croft-row-title");
        var state = port.declared()
                ? new StatusText(Tone.OK, t("Declared"))
                : new StatusText(
                        Tone.BAD,
                        port.open() ? t("Not declared, and open") : t("Not declared; the firewall keeps it shut"));
        var first = new Div(name, state);
        first.addClassName("croft-row-main");
        var under = new Div();
        under.addClassName("croft-row-under");
        under.add(new Span(listener(port)));
        under.add(new Span(t("at {0}", port.address())));
        port.by().forEach(by -> under.add(new Span(because(by))));
        var words = new Div(first, under);
        words.addClassName("croft-row-words");
        if (!port.declared()) {
            var next = new Div(
                    port.unit() == null
                            ? t("Somebody started it by hand. End it, or declare its port below if it is meant.")
                            : t(
                                    "Stop {0} if it is not meant; if it is, declare its port below or in the box's own configuration.",
                                    port.unit()));
            next.addClassName("croft-row-problem");
            words.add(next);
        }
        var row = new ListItem(words);
        row.addClassName("croft-row");
        row.getElement().setAttribute("data-listening", port.port() + "/" + port.protocol());
        row.getElement().setAttribute("data-declared", port.declared());
        return row;
    }

    private static String listener(ListeningPort port) {
        return port.unit() == null
                ? port.process() == null ? t("by an unknown process") : port.process()
                : port.unit() + (port.process() == null ? "" : " (" + port.process() + ")");
    }

    private static String because(String by) {
        return switch (by) {
            case "console" -> t("because of this console");
            case "web-server" -> t("because of the web server");
            case "mail-server" -> t("because of the mail server");
            case "monitoring" -> t("because of monitoring");
            case "sshd" -> t("because of SSH");
            case "settings" -> t("because of the ports opened here");
            case "configuration" -> t("because of the box's own configuration");
            default ->
                by.startsWith("app:")
                        ? t("because of the app {0}", by.substring("app:".length()))
                        : t("because of {0}", by);
        };
    }

    private void render(HostState state) {
        Firewall firewall = firewall(state);
        tcp.setValue(text(firewall.tcp()));
        udp.setValue(text(firewall.udp()));
        draft = state;
        renderTable();
    }

    private void renderTable() {
        HostState wanted = draft;
        Now told = now;
        if (wanted == null || told == null) {
            return;
        }
        List<Opening> before = told.inForce().map(NetworkView::openings).orElse(List.of());
        List<Opening> after = openings(wanted);
        var rows = new TreeMap<Opening, Standing>(Comparator.comparing(Opening::from)
                .thenComparing(Opening::protocol)
                .thenComparing(Opening::to)
                .thenComparing(Opening::by));
        told.report().declared().stream()
                .flatMap(NetworkView::singly)
                .forEach(opening -> rows.put(
                        opening,
                        told.inForce().isPresent() && before.contains(opening) && !after.contains(opening)
                                ? Standing.CLOSES
                                : Standing.OPEN));
        after.stream()
                .filter(opening -> !before.contains(opening))
                .forEach(opening -> rows.putIfAbsent(opening, Standing.OPENS));
        long opens = rows.values().stream().filter(Standing.OPENS::equals).count();
        long closes = rows.values().stream().filter(Standing.CLOSES::equals).count();
        Component all = table(rows, told);
        if (opens + closes == 0) {
            table.content(all);
        } else {
            table.content(
                    hint(t(
                            "{0, plural, one {# port opens} other {# ports open}} and {1, plural, one {# closes} other {# close}} with the pending change.",
                            opens,
                            closes)),
                    all);
        }
    }

    /** The ports that are opened here are drafted one by one, and told as ranges. */
    private static Stream<Opening> singly(DeclaredPort port) {
        return port.by().equals("settings")
                ? IntStream.rangeClosed(port.from(), port.to())
                        .mapToObj(each -> new Opening(port.protocol(), each, each, port.by()))
                : Stream.of(new Opening(port.protocol(), port.from(), port.to(), port.by()));
    }

    private static Firewall firewall(HostState state) {
        return state.host().firewall() == null
                ? new Firewall(List.of(), List.of())
                : state.host().firewall();
    }

    private static String text(List<Integer> ports) {
        return ports.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    /** What a state opens, as nix/modules/facts.nix tells it. What the box's own files open beside it, no draft changes. */
    private static List<Opening> openings(HostState state) {
        var found = new ArrayList<Opening>();
        state.apps().forEach((name, spec) -> {
            Integer port = spec.run().port();
            if (spec.domains().isEmpty() && port != null) {
                found.add(one("tcp", port, "app:" + name));
            }
        });
        HostState.Mail mail = state.host().services().mail();
        HostState.MailServer server = mail == null ? null : mail.server();
        HostState.Acme acme = state.host().acme();
        boolean overHttp = server != null
                && (server.tlsOrDefault() == Tls.INTERNAL
                        || server.tlsOrDefault() == Tls.ACME && (acme == null || acme.dns() == null));
        if (overHttp
                || state.apps().values().stream()
                        .anyMatch(spec -> !spec.domains().isEmpty())) {
            found.add(one("tcp", HTTP, "web-server"));
        }
        if (state.apps().values().stream().anyMatch(NetworkView::hasCertificate)) {
            found.add(one("tcp", HTTPS, "web-server"));
        }
        if (server != null) {
            MAIL.forEach(port -> found.add(one("tcp", port, "mail-server")));
        }
        HostState.Monitoring monitoring = state.host().services().monitoring();
        if (monitoring != null && monitoring.opensFirewall()) {
            monitoring.exporters().values().forEach(port -> found.add(one("tcp", port, "monitoring")));
        }
        Firewall firewall = firewall(state);
        firewall.tcp().forEach(port -> found.add(one("tcp", port, "settings")));
        firewall.udp().forEach(port -> found.add(one("udp", port, "settings")));
        return found;
    }

    private static boolean hasCertificate(AppSpec spec) {
        Web web = spec.web();
        return web != null && web.tls() != null && web.tls() != Tls.NONE;
    }

    private static Opening one(String protocol, int port, String by) {
        return new Opening(protocol, port, port, by);
    }

    private static Component table(SortedMap<Opening, Standing> openings, Now told) {
        var table = new Table(t("Open ports"), List.of(t("Port"), t("Protocol"), t("Because of"), t("Now"))).stacked();
        openings.forEach((opening, standing) -> {
            String port = opening.from() == opening.to()
                    ? String.valueOf(opening.from())
                    : opening.from() + "–" + opening.to();
            var row = table.row(
                    Table.text(port),
                    Table.text(opening.protocol().toUpperCase(Locale.ROOT)),
                    opener(opening, told),
                    standing(opening, standing, told.report()));
            row.getElement().setAttribute("data-port", port + "/" + opening.protocol());
            row.getElement().setAttribute("data-standing", standing.name().toLowerCase(Locale.ROOT));
        });
        return table;
    }

    private static Component opener(Opening opening, Now told) {
        return switch (opening.by()) {
            case "sshd" -> new Span(t("SSH, through which Croft and people reach the box"));
            case "web-server" -> {
                String domains = told.inForce().stream()
                        .flatMap(state -> state.apps().values().stream())
                        .flatMap(spec -> spec.domains().stream())
                        .collect(Collectors.joining(", "));
                yield new Span(domains.isEmpty() ? t("Web server") : t("Web server for {0}", domains));
            }
            case "console" -> new Span(t("This console"));
            case "mail-server" -> new Span(t("Mail server"));
            case "monitoring" -> new Anchor(Links.MONITORING, t("Monitoring"));
            case "settings" -> new Span(t("Opened here"));
            case "configuration" -> new Span(t("The box's own configuration"));
            default -> {
                String app = opening.by().replaceFirst("^app:", "");
                yield opening.by().startsWith("app:")
                        ? new Anchor(Links.app(new AppName(app)), app)
                        : new Span(opening.by());
            }
        };
    }

    /** Whether it is open, and who listens there; what a draft changes in that. */
    private static Component standing(Opening opening, Standing standing, PortsReport report) {
        if (standing == Standing.OPENS) {
            return new StatusText(Tone.IDLE, t("Opens with the pending change"));
        }
        List<String> listeners = report.listening().stream()
                .filter(each -> each.protocol().equals(opening.protocol())
                        && opening.from() <= each.port()
                        && each.port() <= opening.to())
                .map(NetworkView::listener)
                .distinct()
                .toList();
        var cell = new Div(
                listeners.isEmpty()
                        ? new StatusText(Tone.IDLE, t("Open. Nothing listens there for others."))
                        : new StatusText(Tone.OK, t("Open: {0}", String.join(", ", listeners))));
        if (standing == Standing.CLOSES) {
            cell.add(new StatusText(Tone.WARN, t("Closes with the pending change")));
        }
        return cell;
    }

    private void save() {
        SettingsDraft draft = settings;
        if (draft == null) {
            return;
        }
        refusal.clear();
        Optional<List<Integer>> tcpPorts = ports(tcp);
        Optional<List<Integer>> udpPorts = ports(udp);
        if (tcpPorts.isEmpty() || udpPorts.isEmpty()) {
            save.setEnabled(true);
            return;
        }
        draft.save(
                this,
                before -> before.withFirewall(new Firewall(tcpPorts.get(), udpPorts.get())),
                saved -> {
                    save.setEnabled(true);
                    render(saved);
                },
                refused -> {
                    save.setEnabled(true);
                    refusal.show(refused);
                });
    }

    /** Empty, and said at the field, when it is no list of whole numbers; whether they are ports the use case decides. */
    private static Optional<List<Integer>> ports(TextField field) {
        field.setInvalid(false);
        try {
            return Optional.of(Arrays.stream(field.getValue().split("[,;\\s]+"))
                    .filter(part -> !part.isEmpty())
                    .map(Integer::valueOf)
                    .toList());
        } catch (NumberFormatException noNumber) {
            field.setErrorMessage(t("Ports are whole numbers between 1 and 65535, such as 8123, 9000."));
            field.setInvalid(true);
            field.focus();
            return Optional.empty();
        }
    }
}
