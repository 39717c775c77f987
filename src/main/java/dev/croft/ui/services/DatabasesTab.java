package dev.croft.ui.services;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.OrderedList;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.Autocomplete;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.hostlink.HostCommand.Cluster;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostCommand.Database;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.EngineState;
import dev.croft.kernel.HostName;
import dev.croft.services.Databases;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.Table;
import dev.croft.ui.support.Words;
import java.util.List;
import java.util.Set;

/** Databases and users of a server, the way to its next version, and what earlier ones left. */
final class DatabasesTab extends Div implements ServicePage.Part<EngineState> {

    /** The server's own. */
    private static final Set<String> KEPT = Set.of("postgres", "mysql", "sys");

    private final HostName host;
    private final Databases databases;
    private final Background background;
    private final boolean mayAdminister;
    private final Runnable onChanged;
    private final Panel list = new Panel(t("Databases"));
    private final Panel users = new Panel(t("Users"));
    private final Panel version = new Panel(t("Version"));

    DatabasesTab(HostName host, Databases databases, Background background, boolean mayAdminister, Runnable onChanged) {
        this.host = host;
        this.databases = databases;
        this.background = background;
        this.mayAdminister = mayAdminister;
        this.onChanged = onChanged;
        addClassName("croft-stack");
        list.setId("databases");
        users.setId("database-users");
        version.setId("database-version");
        add(list, users, version);
    }

    @Override
    public void show(EngineState now) {
        var table =
                new Table(t("Databases"), List.of(t("Name"), t("App"), t("Owner"), t("Size"), t("Connections"), ""));
        now.databases()
                .forEach(each -> table.row(
                                Table.text(each.name()),
                                each.app() == null
                                        ? Table.text("–")
                                        : new Anchor(
                                                Links.app(each.app()),
                                                each.app().value()),
                                Facts.code(each.owner()),
                                Table.text(Words.bytes(each.bytes())),
                                Table.text(String.valueOf(each.connections())),
                                drop(now.engine(), each))
                        .getElement()
                        .setAttribute("data-database", each.name()));
        list.content(table);

        var people = new Table(t("Users"), List.of(t("Name"), t("App"), t("Rights")));
        now.users()
                .forEach(each -> people.row(
                        Facts.code(each.name()),
                        each.app() == null
                                ? Table.text("–")
                                : new Anchor(Links.app(each.app()), each.app().value()),
                        Table.text(each.superuser() ? t("everything") : t("its own databases"))));
        users.content(people);
        renderVersion(now);
    }

    private Component drop(Engine engine, Database database) {
        if (!mayAdminister || database.app() != null || KEPT.contains(database.name())) {
            return new Span();
        }
        return Actions.ofRow(t("Drop"), "trash", t("Drop {0}", database.name()), () -> askDrop(engine, database));
    }

    private void askDrop(Engine engine, Database database) {
        var typed = new TextField(t("Type {0} to confirm", database.name()));
        typed.setId("drop-name");
        typed.setWidthFull();
        typed.setAutocomplete(Autocomplete.OFF);
        new Dialogs(
                        t("Drop the database {0}?", database.name()),
                        "drop-confirm",
                        t("Drop"),
                        dialog -> background.call(
                                dialog,
                                () -> databases.drop(
                                        host,
                                        engine,
                                        database.name(),
                                        typed.getValue().strip()),
                                freed -> {
                                    dialog.close();
                                    onChanged.run();
                                },
                                dialog::refuse),
                        new Paragraph(t(
                                "Its {0} are deleted at once. Only a snapshot or a backup brings them back.",
                                Words.bytes(database.bytes()))),
                        typed)
                .open();
    }

    private void renderVersion(EngineState now) {
        var facts = new Facts()
                .fact(t("Version"), now.version() == null ? "" : now.version())
                .code(t("Data directory"), now.dataDir() == null ? "" : now.dataDir());
        var content = new Div(facts);
        content.addClassName("croft-stack");
        Integer major = now.major();
        List<Integer> higher = Engines.upgrades(now);
        if (mayAdminister && major != null && !higher.isEmpty()) {
            var upgrade =
                    Actions.button("upgrade", t("Upgrade …"), "up", () -> askUpgrade(now.engine(), major, higher));
            var actions = new Div(upgrade);
            actions.addClassName("croft-actions");
            content.add(actions);
        }
        if (!now.oldClusters().isEmpty()) {
            var table =
                    new Table(t("What upgrades kept"), List.of(t("Earlier version"), t("Directory"), t("Size"), ""));
            now.oldClusters()
                    .forEach(each -> table.row(
                            Table.text(now.engine().version(each.major())),
                            Facts.code(each.dataDir()),
                            Table.text(Words.bytes(each.bytes())),
                            delete(now.engine(), each)));
            content.add(table);
        }
        version.content(content);
    }

    private Component delete(Engine engine, Cluster cluster) {
        if (!mayAdminister) {
            return new Span();
        }
        return Actions.ofRow(
                t("Delete"),
                "trash",
                t("Delete the data of version {0}", engine.version(cluster.major())),
                () -> askDelete(engine, cluster));
    }

    private void askDelete(Engine engine, Cluster cluster) {
        new Dialogs(
                        t("Delete the data of version {0}?", engine.version(cluster.major())),
                        "cluster-delete-confirm",
                        t("Delete"),
                        dialog -> background.call(
                                dialog,
                                () -> databases.dropCluster(host, engine, cluster.major()),
                                freed -> {
                                    dialog.close();
                                    onChanged.run();
                                },
                                dialog::refuse),
                        new Paragraph(t(
                                "It is the data as it was before the upgrade, {0}. Without it there is no way back to version {1}.",
                                Words.bytes(cluster.bytes()), engine.version(cluster.major()))))
                .open();
    }

    private void askUpgrade(Engine engine, int major, List<Integer> higher) {
        var to = new Select<Integer>();
        to.setLabel(t("To version"));
        to.setId("upgrade-major");
        to.setItems(higher);
        to.setItemLabelGenerator(engine::version);
        to.setValue(higher.getFirst());
        var steps = new OrderedList(
                new ListItem(
                        t("The apps that are attached stop, so that nobody writes. They stay stopped until the end.")),
                new ListItem(t("Every database is dumped, and the data directory stays where it is.")),
                new ListItem(t("The new version starts beside the old one and takes over the data.")),
                new ListItem(t("Croft compares: every table with its rows, and every user.")),
                new ListItem(
                        t("Only when all of it is the same, the new version takes its place and the apps start.")));
        steps.addClassName("croft-bullets");
        var lost = new Div(
                Icons.of("info"),
                new Span(
                        t(
                                "If a step fails, the old version goes on as if nothing had been. To go back after the end, by undoing the change, loses what apps have written since. The old data directory is kept until you delete it here.")));
        lost.addClassName("croft-note");
        new Dialogs(
                        t("Upgrade {0} {1}", Engines.label(engine), engine.version(major)),
                        "upgrade-confirm",
                        t("Upgrade"),
                        dialog -> background.call(
                                dialog,
                                () -> databases.upgrade(host, engine, to.getValue(), Confirming.DEFAULT),
                                operation -> {
                                    dialog.close();
                                    Actions.go(Links.operation(operation.id()));
                                },
                                dialog::refuse),
                        to,
                        steps,
                        lost)
                .open();
    }
}
