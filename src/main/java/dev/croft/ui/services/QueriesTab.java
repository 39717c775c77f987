package dev.croft.ui.services;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import dev.croft.hostlink.HostCommand.EngineState;
import dev.croft.hostlink.HostCommand.SlowQuery;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.Table;
import java.util.List;
import java.util.Locale;

/** Who is connected, and which statements take the server's time. */
final class QueriesTab extends Div implements ServiceView.ServiceTab {

    private final Panel connections = new Panel("Connections");
    private final Panel slow = new Panel("Statements by the time they take");

    QueriesTab() {
        addClassName("croft-stack");
        slow.setId("slow-queries");
        add(connections, slow);
    }

    @Override
    public void show(EngineState now) {
        var facts = new Facts()
                .fact(
                        "All",
                        now.connections() == null ? "" : now.connections() + " of at most " + now.maxConnections());
        now.databases().stream()
                .filter(each -> each.connections() > 0)
                .forEach(each -> facts.fact(each.name(), String.valueOf(each.connections())));
        connections.content(facts);
        List<SlowQuery> queries = now.slow();
        if (queries == null) {
            slow.content(new EmptyState(
                    "clock", "Nobody counts", "The server does not measure its statements, or was started only now."));
        } else if (queries.isEmpty()) {
            slow.content(new EmptyState("clock", "No statement yet", "What apps ask is shown here as they ask it."));
        } else {
            var table =
                    new Table("Statements", List.of("Statement", "Database", "Calls", "Each, on average", "In all"));
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
        return ms < 1000 ? String.format(Locale.ROOT, "%.1f ms", ms) : String.format(Locale.ROOT, "%.1f s", ms / 1000);
    }
}
