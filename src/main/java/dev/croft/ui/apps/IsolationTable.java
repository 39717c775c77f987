package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import dev.croft.desired.IsolationLevel;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Table;
import dev.croft.ui.support.Tone;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** What each isolation level blocks, as an app that tries to get out found it, and what it costs. */
final class IsolationTable extends Div {

    IsolationTable() {
        List<IsolationLevel> levels = IsolationLevel.all();
        var table = new Table(
                t("What the isolation levels block and cost"),
                Stream.concat(Stream.of(t("An app could …")), levels.stream().map(level -> name(level.id())))
                        .toList());
        for (IsolationLevel.Door door : IsolationLevel.doors()) {
            row(table, words(door), level -> outcome(level.blocks(door)));
        }
        cost(table, t("Time until it answers"), IsolationLevel::start);
        cost(table, t("Memory"), IsolationLevel::memory);
        cost(table, t("Time for an answer"), IsolationLevel::latency);
        add(
                new Span(
                        t(
                                "Found on a box by an app that tries everything. The last rows are costs, as multiples of the first level's.")),
                table);
    }

    /** What a level is called; one that this console does not know goes by its own name. */
    static String name(String level) {
        return switch (level) {
            case "service" -> t("Service");
            case "jail" -> t("Jail");
            case "container" -> t("Container");
            case "podman" -> t("Podman");
            case "microvm" -> t("MicroVM");
            default -> level;
        };
    }

    static String explained(String level) {
        return switch (level) {
            case "service" -> t("A hardened unit with an account of its own.");
            case "jail" ->
                t("For the app nothing exists but its program, its data, its secrets and what it is attached to.");
            case "container" -> t("As in a jail, and the network and the numbers of its accounts are its own as well.");
            case "podman" -> t("As in a container, but root takes no part in making it. It needs more memory.");
            case "microvm" ->
                t(
                        "A machine of its own, with a kernel of its own. Where the box has no KVM, it is emulated and takes some twenty-five times as long for everything.");
            default -> "";
        };
    }

    private static void row(Table table, String what, Function<IsolationLevel, Component> cell) {
        List<Component> cells = new ArrayList<>(List.of(Table.text(what)));
        IsolationLevel.all().forEach(level -> cells.add(cell.apply(level)));
        table.row(cells.toArray(Component[]::new));
    }

    private static void cost(Table table, String what, ToDoubleFunction<IsolationLevel> of) {
        row(table, what, level -> Table.text(t("× {0, number}", Math.round(of.applyAsDouble(level) * 10) / 10.0)));
    }

    private static Component outcome(boolean blocked) {
        return blocked ? new StatusText(Tone.OK, t("blocked")) : new StatusText(Tone.WARN, t("open"));
    }

    /** The door in the reader's language; each of the file has a line here. */
    static String words(IsolationLevel.Door door) {
        return switch (door.id()) {
            case "other-files" -> t("Read another app's files");
            case "other-secrets" -> t("Read another app's secrets");
            case "other-program" -> t("Read another app's program in the store");
            case "other-socket" -> t("Connect to a socket of another app");
            case "other-abstract-socket" -> t("Connect to a socket of another app that has no file");
            case "other-port" -> t("Connect to another app's port on the box");
            case "process-arguments" -> t("Read the arguments of other processes");
            case "process-environment" -> t("Read the environment of other processes");
            case "process-signal" -> t("Signal another app's processes");
            case "host-passwords" -> t("Read the box's password hashes");
            case "host-accounts" -> t("See which accounts and apps the box has");
            case "host-programs" -> t("See and run the box's own programs");
            case "host-settings" -> t("Read the box's settings");
            case "nix-database" -> t("See the box's generations and Nix's database");
            case "nix-daemon" -> t("Connect to the Nix daemon");
            case "croft-socket" -> t("Connect to Croft's own socket");
            case "system-bus" -> t("Connect to the system's message bus");
            case "cloud-metadata" -> t("Ask the cloud what this machine may do");
            case "outside-network" -> t("Reach the network");
            case "write-elsewhere" -> t("Write outside its own directory");
            case "write-program" -> t("Change its own program");
            case "become-root" -> t("Become root");
            case "own-namespace" -> t("Make namespaces of its own");
            case "mount" -> t("Mount something");
            case "load-module" -> t("Load a kernel module");
            case "host-kernel" -> t("Talk to the box's own kernel");
            case "kernel-log" -> t("Read the kernel's log");
            case "devices" -> t("See the box's disks");
            case "fill-disk" -> t("Fill the box's disk with its own data");
            default -> door.what();
        };
    }
}
