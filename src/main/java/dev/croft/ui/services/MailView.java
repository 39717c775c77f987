package dev.croft.ui.services;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.Route;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCommand.MailReport;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.services.Mail;
import dev.croft.ui.host.SettingsDraft;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Problems;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TabBar;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import dev.croft.vault.Secrets;
import jakarta.annotation.security.PermitAll;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The box's mail: how it leaves, what comes, what waits, and what the domains' zones have to say of it. */
@Route(Links.MAIL + "/:tab?")
@PermitAll
class MailView extends Page implements BeforeEnterObserver {

    private final Mail mail;
    private final Secrets secrets;
    private final Operations operations;
    private final Background background;
    private final PushBridge bridge;
    private final Rights rights;
    private final HostName host;
    private final SettingsDraft draft;
    private final Div tabContent = new Div();
    private final TabBar tabs = new TabBar("Parts of mail")
            .tab("overview", "Overview", Links.MAIL)
            .tab("mailboxes", "Mailboxes", Links.MAIL + "/mailboxes")
            .tab("queue", "Queue", Links.MAIL + "/queue")
            .tab("dns", "DNS", Links.MAIL + "/dns");
    private @Nullable String tab;
    private @Nullable MailTab current;
    private @Nullable MailSeen seen;

    /** A part of the page. */
    interface MailTab {
        void show(MailSeen now);
    }

    MailView(
            Mail mail,
            Secrets secrets,
            DesiredStates desired,
            Operations operations,
            Background background,
            PushBridge bridge,
            Rights rights,
            CurrentHost currentHost) {
        super("Mail");
        this.mail = mail;
        this.secrets = secrets;
        this.operations = operations;
        this.background = background;
        this.bridge = bridge;
        this.rights = rights;
        this.host = currentHost.get().map(Host::name).orElseThrow(() -> missing("This console has no host yet."));
        this.draft = new SettingsDraft(host, desired, background);
        backTo("Services", Links.SERVICES);
        tabContent.addClassName("croft-tab-content");
        content(tabs, draft.note(), tabContent);
    }

    private static ProblemException missing(String why) {
        return Problem.of(ProblemCode.NOT_FOUND, "This page does not exist.", why, "Go back to Services.")
                .toException();
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        String wanted = event.getRouteParameters().get("tab").orElse("overview");
        if (!wanted.equals(tab)) {
            tab = wanted;
            current = switch (wanted) {
                case "overview" -> new MailOverviewTab(this);
                case "mailboxes" -> new MailboxesTab(this);
                case "queue" -> new MailQueueTab(this);
                case "dns" -> new MailRecordsTab(this);
                default -> throw missing("Mail has no part called \"" + wanted + "\".");
            };
            tabContent.removeAll();
            tabs.select(wanted);
            MailSeen known = seen;
            if (known != null) {
                take(known);
            }
        }
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        load();
        bridge.<Operation>latest(
                this,
                listener -> operations.watch(host, listener),
                changed -> {
                    if (changed.state().isFinal()) {
                        load();
                    }
                },
                this::show);
    }

    // ---- what the parts need

    HostName host() {
        return host;
    }

    Mail mail() {
        return mail;
    }

    Secrets secrets() {
        return secrets;
    }

    Background background() {
        return background;
    }

    SettingsDraft draft() {
        return draft;
    }

    boolean mayOperate() {
        return rights.mayOperate();
    }

    boolean mayAdminister() {
        return rights.mayAdminister();
    }

    /** Keeps a draft with this edit, and shows what it is now. */
    void change(UnaryOperator<HostState.Mail> edit, Runnable onSaved, Consumer<Problem> onProblem) {
        draft.save(
                this,
                before -> {
                    HostState.Mail now = before.services().mail();
                    HostState.Mail after = edit.apply(now == null ? new HostState.Mail(null, null) : now);
                    boolean none = after.relay() == null && after.server() == null;
                    return before.withServices(before.services().withMail(none ? null : after));
                },
                saved -> {
                    onSaved.run();
                    load();
                },
                onProblem);
    }

    void tell(Problem problem) {
        show(problem);
    }

    void load() {
        draft.load(
                this,
                state ->
                        background.call(this, () -> read(state.host().services().mail()), this::take, this::show),
                this::show);
    }

    private MailSeen read(HostState.@Nullable Mail wanted) {
        MailReport report = null;
        Problem problem = null;
        try {
            report = mail.report(host);
        } catch (RuntimeException failure) {
            problem = Problems.of(failure);
        }
        SecretOwner owner = SecretOwner.ofService(HostState.Mail.SECRET_OWNER);
        return new MailSeen(
                wanted,
                report,
                problem,
                secrets.list(host).stream()
                        .filter(each ->
                                each.owner().equals(owner) && each.name().equals(HostState.Mail.RELAY_PASSWORD))
                        .findFirst()
                        .orElse(null));
    }

    private void take(MailSeen now) {
        seen = now;
        MailReport report = now.report();
        if (report != null) {
            clearProblem();
            List<String> down = report.units().stream()
                    .filter(unit -> !unit.active().equals("active"))
                    .map(unit -> unit.unit() + " (" + unit.active() + ")")
                    .toList();
            under(
                    down.isEmpty()
                            ? new StatusText(Tone.OK, "Running")
                            : new StatusText(Tone.BAD, "Not running: " + String.join(", ", down)),
                    new Span(new Span("seen "), TimeText.ago(report.time())));
        } else if (now.isNotOnTheBox()) {
            clearProblem();
            under(new StatusText(now.wanted() == null ? Tone.IDLE : Tone.WARN, "Not on the box yet"));
        } else if (now.problem() != null) {
            under(new StatusText(Tone.WARN, "The box was not asked"));
            show(now.problem());
        }
        MailTab shown = current;
        if (report == null && now.wanted() == null && now.isNotOnTheBox()) {
            tabContent.removeAll();
            tabContent.add(empty());
        } else if (shown != null) {
            // A part that stays on the page keeps what it has asked the box for.
            if (!tabContent.getChildren().toList().contains((Component) shown)) {
                tabContent.removeAll();
                tabContent.add((Component) shown);
            }
            shown.show(now);
        }
    }

    private EmptyState empty() {
        String words = "Apps send through a relay, such as your mail provider; or the box is a mail server of its own,"
                + " with mailboxes. Both go together, too.";
        return rights.mayAdminister()
                ? new EmptyState(
                        "mail",
                        "The box has no mail",
                        words,
                        Actions.primary("mail-add", "Add mail", "plus", () -> MailDialog.add(this)))
                : new EmptyState("mail", "The box has no mail", words);
    }

    /** Of what is in force, for what only the box knows. */
    Optional<MailReport> report() {
        return Optional.ofNullable(seen).map(MailSeen::report);
    }
}
