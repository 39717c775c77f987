package dev.croft.ui.apps;

import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import dev.croft.apps.App;
import dev.croft.desired.AppSpec;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Words;

/** What runs, where it comes from, what it may use. */
final class OverviewTab extends Div implements AppTab {

    private final Panel now = new Panel("Now");
    private final Panel source = new Panel("Source");
    private final Panel running = new Panel("Limits and health");

    OverviewTab() {
        addClassName("croft-columns");
        add(now, source, running);
    }

    @Override
    public void show(App app) {
        AppSpec spec = app.spec();
        App.Observed observed = app.observed();
        var facts = new Facts().fact("State", Words.appState(app));
        if (observed.since() != null) {
            facts.fact("Since", TimeText.clock(observed.since()), TimeText.ago(observed.since()));
        }
        if (observed.url() != null) {
            facts.fact("Address", AppList.address(observed.url()));
        }
        facts.code("Unit", "croft-app-" + app.name() + ".service");
        facts.fact("Isolation", observed.isolation().isEmpty() ? spec.isolation() : observed.isolation());
        if (observed.deployment() != null) {
            facts.fact("Deployment", new Anchor(Links.operation(observed.deployment()), "See how it went"));
        }
        now.content(facts);

        var from = new Facts().fact("Repository", spec.source().url());
        if (spec.source().ref() != null) {
            from.fact("Follows", Facts.code(spec.source().ref()));
        }
        if (spec.source().rev() != null) {
            from.code(
                    "Commit",
                    spec.source()
                            .rev()
                            .substring(0, Math.min(12, spec.source().rev().length())),
                    spec.source().rev());
        }
        from.fact("Built with", NewAppView.builderName(spec.build().builder()));
        if (!spec.run().command().isEmpty()) {
            from.fact("Starts with", Facts.code(String.join(" ", spec.run().command())));
        }
        source.content(from);

        var limits = new Facts()
                .fact(
                        "Port",
                        spec.run().port() == null
                                ? "none"
                                : String.valueOf(spec.run().port()))
                .fact("Domains", spec.domains().isEmpty() ? "none" : String.join(", ", spec.domains()))
                .fact(
                        "Health check",
                        spec.health() == null
                                ? new Span(spec.run().port() == null ? "the unit runs" : "the port answers")
                                : new Span(spec.health().path() + " within "
                                        + spec.health().timeoutSeconds() + " s"));
        AppSpec.Limits most = (spec.limits() == null ? AppSpec.Limits.DEFAULTS : spec.limits()).orDefaults();
        limits.fact("Memory", String.valueOf(most.memoryMax()));
        limits.fact("Processor", most.cpuQuota() + " of one core");
        limits.fact("Tasks", String.valueOf(most.tasksMax()));
        running.content(limits);
    }
}
