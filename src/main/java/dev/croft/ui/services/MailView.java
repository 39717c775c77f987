package dev.croft.ui.services;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.Route;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.hostlink.HostCommand.MailReport;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.kernel.Problem;
import dev.croft.operations.Operations;
import dev.croft.services.Mail;
import dev.croft.ui.host.SettingsDraft;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Problems;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TabBar;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import dev.croft.vault.Secret;
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
@Needs(Needs.What.THE_BOX)
class MailView extends ServicePage<MailSeen> {

    private final Mail mail;
    private final Secrets secrets;
    private final DesiredStates desired;
    private final Background background;
    private final Rights rights;
    private final SettingsDraft draft;
    private @Nullable String tab;
    private @Nullable MailSeen seen;

    MailView(
            Mail mail,
            Secrets secrets,
            DesiredStates desired,
            Operations operations,
            Background background,
            PushBridge bridge,
            Rights rights,
            CurrentHost currentHost) {
        super(
                t("Mail"),
                new TabBar(t("Parts of mail"))
                        .tab("overview", t("Overview"), Links.MAIL)
                        .tab("mailboxes", t("Mailboxes"), Links.MAIL + "/mailboxes")
                        .tab("queue", t("Queue"), Links.MAIL + "/queue")
                        .tab("dns", t("DNS"), Links.MAIL + "/dns"),
                operations,
                bridge,
                currentHost);
        this.mail = mail;
        this.secrets = secrets;
        this.desired = desired;
        this.background = background;
        this.rights = rights;
        this.draft = new SettingsDraft(host(), desired, background);
        above(draft.note());
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        String wanted = event.getRouteParameters().get("tab").orElse("overview");
        if (!wanted.equals(tab)) {
            tab = wanted;
            open(
                    wanted,
                    switch (wanted) {
                        case "overview" -> new MailOverviewTab(this);
                        case "mailboxes" -> new MailboxesTab(this);
                        case "queue" -> new MailQueueTab(this);
                        case "dns" -> new MailRecordsTab(this);
                        default -> throw missing(t("Mail has no part called \"{0}\".", wanted));
                    },
                    false);
            MailSeen known = seen;
            if (known != null) {
                take(known);
            }
        }
    }

    // ---- what the parts need

    Mail mail() {
        return mail;
    }

    Secrets secrets() {
        return secrets;
    }

    ServiceSecretsPanel secretsPanel() {
        return new ServiceSecretsPanel(
                host(), HostState.Mail.SECRET_OWNER::equals, secrets, desired, background, mayAdminister(), this::load);
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

    @Override
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
            report = mail.report(host());
        } catch (RuntimeException failure) {
            problem = Problems.of(failure);
        }
        SecretOwner owner = SecretOwner.ofService(HostState.Mail.SECRET_OWNER);
        return new MailSeen(
                wanted,
                report,
                problem,
                secrets.list(host()).stream()
                        .filter(each ->
                                each.owner().equals(owner) && each.name().equals(HostState.Mail.RELAY_PASSWORD))
                        .filter(each -> each.bytes() != null || each.box() == Secret.Presence.IN_GIT)
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
                            ? new StatusText(Tone.OK, t("Running"))
                            : new StatusText(Tone.BAD, t("Not running: {0}", String.join(", ", down))),
                    rich("seen {0}", TimeText.ago(report.time())));
        } else if (now.isNotOnTheBox()) {
            clearProblem();
            under(new StatusText(now.wanted() == null ? Tone.IDLE : Tone.WARN, t("Not on the box yet")));
        } else if (now.problem() != null) {
            under(new StatusText(Tone.WARN, t("The box was not asked")));
            show(now.problem());
        }
        if (report == null && now.wanted() == null && now.isNotOnTheBox()) {
            showInstead(empty());
        } else {
            showPart(now);
        }
    }

    private EmptyState empty() {
        String words = t(
                "Apps send through a relay, such as your mail provider; or the box is a mail server of its own, with mailboxes. It can also do both.");
        return rights.mayAdminister()
                ? new EmptyState(
                        "mail",
                        t("The box has no mail"),
                        words,
                        Actions.primary("mail-add", t("Add mail"), "plus", () -> MailDialog.add(this)))
                : new EmptyState("mail", t("The box has no mail"), words);
    }

    /** Of what is in force, for what only the box knows. */
    Optional<MailReport> report() {
        return Optional.ofNullable(seen).map(MailSeen::report);
    }
}
