package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The same box at another address, or with another key: asks what answers there, has the key compared, and only then moves. */
final class MoveDialog extends Dialogs {

    private final Host host;
    private final Hosts hosts;
    private final Background background;
    private final Consumer<Host> moved;
    private final TextField address;
    private final IntegerField port;
    private final Div shown;
    private @Nullable HostEndpoint found;

    MoveDialog(Host host, Hosts hosts, Background background, Consumer<Host> moved) {
        this(host, hosts, background, moved, new TextField(t("Address")), new IntegerField(t("Port")), new Div());
    }

    private MoveDialog(
            Host host,
            Hosts hosts,
            Background background,
            Consumer<Host> moved,
            TextField address,
            IntegerField port,
            Div shown) {
        super(
                t("Where is {0} now?", host.name()),
                "host-move",
                t("Ask for its key"),
                dialog -> ((MoveDialog) dialog).goOn(),
                new Paragraph(
                        t(
                                "For a box that moved to another address, or that was reinstalled and has another key. What Croft keeps of it stays.")),
                row(address, port),
                shown);
        this.host = host;
        this.hosts = hosts;
        this.background = background;
        this.moved = moved;
        this.address = address;
        this.port = port;
        this.shown = shown;
        address.setId("host-move-address");
        address.setValue(host.endpoint().address());
        address.addValueChangeListener(change -> forget());
        port.setId("host-move-port");
        port.setMin(1);
        port.setMax(65_535);
        port.setValue(host.endpoint().port());
        port.addValueChangeListener(change -> forget());
        shown.setId("host-move-shown");
        shown.addClassName("croft-stack");
        shown.getElement().setAttribute("role", "status");
    }

    private static Div row(TextField address, IntegerField port) {
        var row = new Div(address, port);
        row.addClassName("croft-field-row");
        return row;
    }

    /** What was compared was of another place. */
    private void forget() {
        found = null;
        shown.removeAll();
        relabel(t("Ask for its key"));
        again();
    }

    private void goOn() {
        HostEndpoint compared = found;
        if (compared == null) {
            ask(address.getValue().strip(), Objects.requireNonNullElse(port.getValue(), 22));
            return;
        }
        background.call(
                this,
                () -> hosts.move(host.name(), compared),
                there -> {
                    close();
                    moved.accept(there);
                },
                this::refuse);
    }

    private void ask(String at, int on) {
        background.call(
                this,
                () -> hosts.fingerprintOf(at, on),
                fingerprint -> {
                    // Another place may have been typed while it was asked.
                    if (at.equals(address.getValue().strip()) && Objects.equals(on, port.getValue())) {
                        compare(new HostEndpoint(at, on, host.endpoint().user(), fingerprint));
                    }
                },
                this::refuse);
    }

    private void compare(HostEndpoint there) {
        found = there;
        boolean same = there.fingerprint().equals(host.endpoint().fingerprint());
        shown.removeAll();
        shown.add(
                new Paragraph(
                        same
                                ? t("It shows the key that you approved before: it is this box.")
                                : t(
                                        "It shows another key than the one you approved. Compare it with what the box prints; if they differ, something else answers there.")),
                KeyComparison.of(there.fingerprint(), "host-move-fingerprint"));
        relabel(same ? t("Use this address") : t("It is the same: approve this key"));
        again();
    }
}
