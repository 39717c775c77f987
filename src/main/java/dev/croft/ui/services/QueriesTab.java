package dev.croft.ui.services;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import dev.croft.hostlink.HostCommand.EngineState;
import dev.croft.hostlink.HostCommand.SlowQuery;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.Table;
import java.util.List;

/** Who is connected, and which statements take the server's time. */
final class QueriesTab extends Div implements ServicePage.Part<EngineState> {

    private final Panel connections = new Panel(t("Connections"));
    private final Panel slow = new Panel(t("Statements by the time they take"));

    QueriesTab() {
        addClassName("croft-stack");
        slow.setId("slow-queries");
        add(connections, slow);
    }

    @Override
    public void show(EngineState now) {
        var facts = new Facts()
                .fact(
                        t("All"),
                        now.connections() == null
                                ? ""
                                : t("{0} of at most {1}", now.connections(), now.maxConnections()));
        now.databases().stream()
                .filter(each -> each.connections() > 0)
                .forEach(each -> facts.fact(each.name(), String.valueOf(each.connections())));
        connections.content(facts);
        List<SlowQuery> queries = now.slow();
        if (queries == null) {
            slow.content(new EmptyState(
                    "clock",
                    t("Nobody counts"),
                    t("The server does not measure its statements, or was started only now.")));
        } else if (queries.isEmpty()) {
            slow.content(
                    new EmptyState("clock", t("No statement yet"), t("What apps ask is shown here as they ask it.")));
        } else {
            var table = new Table(
                    t("Statements"),
                    List.of(t("Statement"), t("Database"), t("Calls"), t("Each, on average"), t("In all")));
            queries.forEach(each -> {
                var text = new Span(each.query());
                text.addClassNames("croft-code", "croft-statement");
                table.row(
                        text,
                        Table.text(each.database()),
                        Table.text(String.valueOf(each.calls())),
                        Table.text(time(each.meanMs())),
                        Table.text(time(each.totalMs())));
            });
            slow.content(table);
        }
    }

    private static String time(double ms) {
        return ms < 1000 ? t("{0, number, ::.0 group-off} ms", ms) : t("{0, number, ::.0 group-off} s", ms / 1000);
    }
}
