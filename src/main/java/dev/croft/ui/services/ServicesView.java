package dev.croft.ui.services;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.router.Route;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCommand.DatabasesReport;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.EngineState;
import dev.croft.hostlink.HostCommand.MailReport;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.services.Databases;
import dev.croft.services.Dependencies;
import dev.croft.services.Dependency;
import dev.croft.services.Dependency.Standing;
import dev.croft.services.Mail;
import dev.croft.ui.host.SettingsDraft;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.Problems;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import jakarta.annotation.security.PermitAll;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What apps can be attached to: the database servers, how they are, and who hangs on them. */
@Route(Links.SERVICES)
@PermitAll
@Needs(Needs.What.THE_BOX)
class ServicesView extends Page {

    /** How often the box is asked how the units stand. */
    private static final Duration ORDER_EVERY = Duration.ofSeconds(5);

    private final Databases databases;
    private final Mail mail;
    private final Dependencies dependencies;
    private final Operations operations;
    private final Background background;
    private final PushBridge bridge;
    private final Optional<Host> host;
    private final boolean mayAdminister;
    private final Map<Engine, Panel> cards = new EnumMap<>(Engine.class);
    private final Panel mailCard = new Panel(t("Mail"));
    private final Panel order = new Panel(t("What starts after what"));
    private final DependencyGraph graph = new DependencyGraph();
    private final ProblemPanel refusal = new ProblemPanel();
    private final @Nullable SettingsDraft settings;
    private @Nullable HostState state;
    private Map<String, Standing> seenStandings = Map.of();

    /** @param report null, with the reason: the box was not heard */
    private record Seen(
            @Nullable DatabasesReport report,
            @Nullable Problem problem,
            @Nullable MailReport mail,
            @Nullable Problem mailProblem) {}

    ServicesView(
            Databases databases,
            Mail mail,
            Dependencies dependencies,
            DesiredStates desired,
            Operations operations,
            Background background,
            PushBridge bridge,
            Rights rights,
            CurrentHost currentHost) {
        super(t("Services"));
        this.databases = databases;
        this.mail = mail;
        this.dependencies = dependencies;
        this.operations = operations;
        this.background = background;
        this.bridge = bridge;
        this.mayAdminister = rights.mayAdminister();
        this.host = currentHost.get();
        this.settings = host.map(box -> new SettingsDraft(box.name(), desired, background))
                .orElse(null);
        under(t("What apps can be attached to. Redis and storage belong to one app each: add them on the app's page."));
        var stack = new Div();
        stack.addClassName("croft-stack");
        if (settings != null) {
            stack.add(settings.note());
        }
        var engines = new Div();
        engines.addClassName("croft-cards");
        for (Engine engine : Engine.values()) {
            var card = new Panel(Engines.label(engine));
            card.setId("service-" + Engines.word(engine));
            card.content(new StatusText(Tone.BUSY, t("Asking the box …")));
            cards.put(engine, card);
            engines.add(card);
        }
        mailCard.setId("service-mail");
        mailCard.content(new StatusText(Tone.BUSY, t("Asking the box …")));
        engines.add(mailCard);
        order.setId("service-graph");
        order.content(new StatusText(Tone.BUSY, t("Asking the box …")));
        stack.add(refusal, engines, order);
        content(stack);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        load();
        host.map(Host::name)
                .ifPresent(name -> background.every(
                        this, ORDER_EVERY, () -> dependencies.of(name), this::showOrder, graph::refuse));
        host.map(Host::name)
                .ifPresent(name -> bridge.<Operation>latest(
                        this,
                        listener -> operations.watch(name, listener),
                        changed -> {
                            if (changed.state().isFinal()) {
                                load();
                            }
                        },
                        this::show));
    }

    private void showOrder(List<Dependency> now) {
        Map<String, Standing> standings =
                now.stream().collect(Collectors.toMap(Dependency::unit, Dependency::standing));
        if (!seenStandings.isEmpty() && !standings.equals(seenStandings)) {
            // The cards are asked for less often; they must not contradict the graph.
            load();
        }
        seenStandings = standings;
        if (now.isEmpty()) {
            order.content(new EmptyState(
                    "layers",
                    t("Nothing is attached yet"),
                    t("Attach a database, a cache or storage on an app's page, below Attachments.")));
            return;
        }
        graph.show(now);
        if (!graph.isAttached()) {
            order.content(graph);
        }
    }

    private void load() {
        SettingsDraft draft = settings;
        if (draft == null || host.isEmpty()) {
            return;
        }
        HostName name = host.get().name();
        draft.load(
                this,
                read -> {
                    state = read;
                    background.call(this, () -> read(name), this::render, this::show);
                },
                this::show);
    }

    private Seen read(HostName name) {
        DatabasesReport report = null;
        Problem problem = null;
        try {
            report = databases.report(name);
        } catch (RuntimeException failure) {
            problem = Problems.of(failure);
        }
        MailReport mailReport = null;
        Problem mailProblem = null;
        try {
            mailReport = mail.report(name);
        } catch (RuntimeException failure) {
            mailProblem = Problems.of(failure);
        }
        return new Seen(report, problem, mailReport, mailProblem);
    }

    private void render(Seen seen) {
        Map<Engine, EngineState> running = seen.report() == null
                ? Map.of()
                : seen.report().engines().stream().collect(Collectors.toMap(EngineState::engine, each -> each));
        cards.forEach((engine, card) -> card.content(card(engine, running.get(engine), seen.problem())));
        if (seen.report() != null) {
            under(rich(
                    "What apps can be attached to. Seen {0}",
                    TimeText.ago(seen.report().time())));
        }
        mailCard.content(mailCard(seen.mail(), seen.mailProblem()));
    }

    private Component[] card(Engine engine, @Nullable EngineState running, @Nullable Problem problem) {
        HostState wanted = state;
        boolean drafted = wanted != null && Engines.has(wanted.host().services(), engine);
        if (running == null) {
            if (problem != null && drafted) {
                return new Component[] {new ProblemPanel(problem)};
            }
            if (drafted) {
                var hint = new Paragraph(t("It comes with the next change that is applied."));
                hint.addClassName("croft-hint");
                return new Component[] {
                    new StatusText(Tone.WARN, t("Not on the box yet")),
                    hint,
                    Actions.link(t("Review the change"), "layers", Links.CHANGES, false)
                };
            }
            var hint = new Paragraph(
                    engine == Engine.POSTGRESQL
                            ? t("A database for each app, which it reaches as its own user: no password, no port.")
                            : t(
                                    "For apps that are made for MySQL. Each has a database of its own, without a password."));
            hint.addClassName("croft-hint");
            if (!mayAdminister) {
                return new Component[] {hint};
            }
            Button add = Actions.button(
                    "add-" + Engines.word(engine), t("Add {0}", Engines.label(engine)), "plus", () -> add(engine));
            add.setDisableOnClick(true);
            return new Component[] {hint, add};
        }
        var status =
                running.active() ? new StatusText(Tone.OK, t("Running")) : new StatusText(Tone.BAD, t("Not running"));
        var facts = new Facts()
                .fact(t("Version"), Optional.ofNullable(running.version()).orElse(""))
                .fact(t("Size"), Words.bytes(running.bytes()))
                .fact(
                        t("Connections"),
                        running.connections() == null
                                ? ""
                                : t("{0} of at most {1}", running.connections(), running.maxConnections()))
                .fact(
                        t("Databases"),
                        t(
                                "{0, plural, one {# app database} other {# app databases}}",
                                running.databases().stream()
                                        .filter(each -> each.app() != null)
                                        .count()));
        return new Component[] {
            status, facts, Actions.link(t("Open {0}", Engines.label(engine)), "right", Engines.path(engine), false)
        };
    }

    private Component[] mailCard(@Nullable MailReport report, @Nullable Problem problem) {
        HostState wanted = state;
        boolean drafted = wanted != null && wanted.host().services().mail() != null;
        var open = Actions.link(t("Open mail"), "right", Links.MAIL, false);
        if (report == null) {
            if (problem != null && problem.code() != ProblemCode.MAIL_NOT_SET_UP) {
                return drafted ? new Component[] {new ProblemPanel(problem), open} : new Component[] {open};
            }
            var hint = new Paragraph(
                    drafted
                            ? t("It comes with the next change that is applied.")
                            : t("Apps send through a relay, or the box is a mail server of its own, with mailboxes."));
            hint.addClassName("croft-hint");
            return drafted
                    ? new Component[] {new StatusText(Tone.WARN, t("Not on the box yet")), hint, open}
                    : new Component[] {
                        hint, Actions.link(mayAdminister ? t("Add mail") : t("Open mail"), "plus", Links.MAIL, false)
                    };
        }
        boolean runs = report.units().stream().allMatch(unit -> unit.active().equals("active"));
        var facts = new Facts()
                .fact(
                        t("Sends"),
                        report.relay() == null
                                ? t("straight to the receivers")
                                : t("through {0}", report.relay().host()))
                .fact(
                        t("Receives"),
                        report.server() == null
                                ? t("nothing")
                                : String.join(", ", report.server().domains()))
                .fact(
                        t("Waiting"),
                        t(
                                "{0, plural, one {# message} other {# messages}}",
                                report.queue().messages()));
        return new Component[] {
            runs ? new StatusText(Tone.OK, t("Running")) : new StatusText(Tone.BAD, t("Not running")), facts, open
        };
    }

    private void add(Engine engine) {
        SettingsDraft draft = settings;
        if (draft == null) {
            return;
        }
        refusal.clear();
        draft.save(
                this,
                before -> before.withServices(Engines.with(before.services(), engine, true)),
                saved -> Actions.go(Links.CHANGES),
                problem -> {
                    refusal.show(problem);
                    load();
                });
    }
}
