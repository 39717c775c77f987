package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.NativeTable;
import com.vaadin.flow.component.html.NativeTableCell;
import com.vaadin.flow.component.html.NativeTableHeaderCell;
import com.vaadin.flow.component.html.NativeTableRow;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.router.Route;
import dev.croft.desired.AppSpec;
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
import dev.croft.ui.support.Tone;
import jakarta.annotation.security.PermitAll;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which ports are open, and because of whom; and the ports that are open beside those of apps. */
@Route(Links.NETWORK)
@PermitAll
@Needs(Needs.What.THE_BOX)
class NetworkView extends Page {

    private static final int SSH = 22;
    private static final List<Integer> WEB = List.of(80, 443);

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

    /** @param opener words, or the app */
    private record Opening(
            int port,
            String protocol,
            String opener,
            @Nullable AppName app,
            String kind) {}

    NetworkView(
            DesiredStates desired,
            Certificates certificates,
            Background background,
            Rights rights,
            CurrentHost currentHost) {
        super(t("Network & firewall"));
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
                () -> certificates.ports(box),
                this::renderListening,
                problem -> real.content(new ProblemPanel(problem))));
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
                .forEach(port -> list.add(listening(port, report.declared())));
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

    private static Component listening(ListeningPort port, List<DeclaredPort> declared) {
        var name = new Span(port.port() + " " + port.protocol().toUpperCase(Locale.ROOT));
        name.addClassName("croft-row-title");
        var state = port.declared()
                ? new StatusText(Tone.OK, t("Declared"))
                : new StatusText(
                        port.open() ? Tone.BAD : Tone.WARN,
                        port.open() ? t("Not declared, and open") : t("Not declared; the firewall keeps it shut"));
        var first = new Div(name, state);
        first.addClassName("croft-row-main");
        var under = new Div();
        under.addClassName("croft-row-under");
        under.add(new Span(
                port.unit() == null
                        ? port.process() == null ? t("by an unknown process") : port.process()
                        : port.unit() + (port.process() == null ? "" : " (" + port.process() + ")")));
        under.add(new Span(t("at {0}", port.address())));
        declared.stream()
                .filter(each -> each.protocol().equals(port.protocol())
                        && each.from() <= port.port()
                        && port.port() <= each.to())
                .findFirst()
                .ifPresent(each -> under.add(new Span(because(each.by()))));
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

    private static String because(String by) {
        return switch (by) {
            case "web-server" -> t("because of the web server");
            case "mail-server" -> t("because of the mail server");
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
        table.content(table(openings(state, firewall)));
    }

    private static Firewall firewall(HostState state) {
        return state.host().firewall() == null
                ? new Firewall(List.of(), List.of())
                : state.host().firewall();
    }

    private static String text(List<Integer> ports) {
        return ports.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    private static List<Opening> openings(HostState state, Firewall firewall) {
        var found = new ArrayList<Opening>();
        found.add(new Opening(SSH, "tcp", t("SSH, through which Croft and people reach the box"), null, "ssh"));
        var sites = new TreeMap<AppName, AppSpec>();
        state.apps().forEach((name, spec) -> {
            Integer port = spec.run().port();
            if (!spec.domains().isEmpty()) {
                sites.put(name, spec);
            } else if (port != null) {
                found.add(new Opening(port, "tcp", name.value(), name, "app"));
            }
        });
        if (!sites.isEmpty()) {
            String domains = sites.values().stream()
                    .flatMap(spec -> spec.domains().stream())
                    .collect(Collectors.joining(", "));
            WEB.forEach(port -> found.add(new Opening(port, "tcp", t("Web server for {0}", domains), null, "web")));
        }
        Map<String, List<Integer>> own = Map.of("tcp", firewall.tcp(), "udp", firewall.udp());
        own.forEach((protocol, ports) ->
                ports.forEach(port -> found.add(new Opening(port, protocol, t("Opened here"), null, "here"))));
        found.sort(Comparator.comparing(Opening::port).thenComparing(Opening::protocol));
        return found;
    }

    private static Component table(List<Opening> openings) {
        var table = new NativeTable();
        table.addClassName("croft-table");
        var head = new NativeTableRow(
                new NativeTableHeaderCell(t("Port")),
                new NativeTableHeaderCell(t("Protocol")),
                new NativeTableHeaderCell(t("Because of")));
        table.getHead().add(head);
        for (Opening opening : openings) {
            Component because = opening.app() == null
                    ? new Span(opening.opener())
                    : new Anchor(Links.app(opening.app()), opening.opener());
            var row = new NativeTableRow(
                    new NativeTableCell(String.valueOf(opening.port())),
                    new NativeTableCell(opening.protocol().toUpperCase(Locale.ROOT)),
                    new NativeTableCell(because));
            row.getElement().setAttribute("data-port", opening.port() + "/" + opening.protocol());
            row.getElement().setAttribute("data-kind", opening.kind());
            table.getBody().add(row);
        }
        return table;
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
