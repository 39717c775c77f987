package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
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

    private final Panel now = new Panel(t("Now"));
    private final Panel source = new Panel(t("Source"));
    private final Anchor change = new Anchor("", t("Edit"));
    private final Panel running = new Panel(t("Limits and health"), change);

    OverviewTab(Component troubles, Component proof) {
        // nothing to edit before there is an app
        change.setVisible(false);
        var columns = new Div(now, source, running);
        columns.addClassName("croft-columns");
        add(troubles, proof, columns);
    }

    @Override
    public void show(App app) {
        change.setHref(Links.app(app.name(), "environment"));
        change.setVisible(true);
        AppSpec spec = app.spec();
        App.Observed observed = app.observed();
        var facts = new Facts().fact(t("State"), Words.appState(app));
        if (observed.since() != null) {
            facts.fact(t("Since"), TimeText.clock(observed.since()), TimeText.ago(observed.since()));
        }
        if (observed.url() != null) {
            facts.fact(t("Address"), AppList.address(observed.url()));
        }
        facts.code(t("Unit"), "croft-app-" + app.name() + ".service");
        facts.fact(
                t("Isolation"),
                IsolationTable.name(observed.isolation().isEmpty() ? spec.isolation() : observed.isolation()));
        if (observed.deployment() != null) {
            facts.fact(t("Deployment"), new Anchor(Links.operation(observed.deployment()), t("See how it went")));
        }
        now.content(facts);

        var from = new Facts().fact(t("Repository"), spec.source().url());
        if (spec.source().ref() != null) {
            from.fact(t("Follows"), Facts.code(spec.source().ref()));
        }
        if (spec.source().rev() != null) {
            from.code(
                    t("Commit"),
                    spec.source()
                            .rev()
                            .substring(0, Math.min(12, spec.source().rev().length())),
                    spec.source().rev());
        }
        from.fact(t("Built with"), NewAppView.builderName(spec.build().builder()));
        if (!spec.run().command().isEmpty()) {
            from.fact(t("Starts with"), Facts.code(String.join(" ", spec.run().command())));
        }
        source.content(from);

        var limits = new Facts()
                .fact(
                        t("Port"),
                        spec.run().port() == null
                                ? t("none")
                                : String.valueOf(spec.run().port()))
                .fact(t("Domains"), spec.domains().isEmpty() ? t("none") : String.join(", ", spec.domains()))
                .fact(
                        t("Health check"),
                        spec.health() == null
                                ? new Span(spec.run().port() == null ? t("the unit runs") : t("the port answers"))
                                : new Span(t(
                                        "{0} within {1} s",
                                        spec.health().path(), spec.health().timeoutSeconds())));
        AppSpec.Limits most = (spec.limits() == null ? AppSpec.Limits.DEFAULTS : spec.limits()).orDefaults();
        limits.fact(t("Memory"), String.valueOf(most.memoryMax()));
        limits.fact(t("Processor"), t("{0} of one core", most.cpuQuota()));
        limits.fact(t("Tasks"), String.valueOf(most.tasksMax()));
        running.content(limits);
    }
}
