package dev.croft.ui.services;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import dev.croft.hostlink.HostCommand.MailQueue;
import dev.croft.hostlink.HostCommand.MailRecipient;
import dev.croft.hostlink.HostCommand.QueuedMail;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What waits to be delivered, and why it does. */
final class MailQueueTab extends Div implements ServicePage.Part<MailSeen> {

    private static final Duration PAUSE = Duration.ofSeconds(10);

    private final MailView page;
    private final Button retryAll = Actions.button("queue-retry-all", t("Try all again"), "restart", this::retryAll);
    private final Panel queue;
    private final Paragraph said = new Paragraph();
    private final ProblemPanel refusal = new ProblemPanel();
    private @Nullable MailQueue shown;

    MailQueueTab(MailView page) {
        this.page = page;
        addClassName("croft-stack");
        retryAll.addThemeVariants(ButtonVariant.SMALL);
        retryAll.setVisible(false);
        queue = new Panel(t("Waiting"), retryAll);
        queue.setId("mail-queue");
        queue.content(new StatusText(Tone.BUSY, t("Asking the box …")));
        said.addClassName("croft-hint");
        said.setId("queue-said");
        said.getElement().setAttribute("role", "status");
        add(refusal, queue, said);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        shown = null;
        page.background().every(this, PAUSE, () -> page.mail().queue(page.host()), this::take, this::away);
    }

    /** The page itself says what the box does not answer to. */
    @Override
    public void show(MailSeen now) {
        if (now.report() == null) {
            queue.content(new EmptyState(
                    "mail",
                    now.isNotOnTheBox() ? t("There is no queue yet") : t("The queue is not known"),
                    now.isNotOnTheBox()
                            ? t("It comes with the change that brings mail to the box.")
                            : t("It shows here as soon as the box answers.")));
        }
    }

    private void away(Problem problem) {
        shown = null;
        retryAll.setVisible(false);
        if (problem.code() == ProblemCode.MAIL_NOT_SET_UP) {
            return;
        }
        queue.content(new ProblemPanel(problem));
    }

    private void take(MailQueue now) {
        if (now.equals(shown)) {
            return;
        }
        shown = now;
        retryAll.setVisible(page.mayOperate() && !now.messages().isEmpty());
        if (now.messages().isEmpty()) {
            queue.content(
                    new EmptyState("check", t("Nothing waits"), t("Every message has been delivered or given back.")));
            return;
        }
        var rows = new UnorderedList();
        rows.addClassName("croft-rows");
        now.messages().forEach(each -> rows.add(row(each)));
        if (now.truncated()) {
            var more = new Paragraph(t(
                    "There are more. The first {0, number} are shown.",
                    now.messages().size()));
            more.addClassName("croft-hint");
            queue.content(more, rows);
        } else {
            queue.content(rows);
        }
    }

    private ListItem row(QueuedMail message) {
        var title = new Span(message.sender().isEmpty() ? t("a notice of non-delivery") : message.sender());
        title.addClassName("croft-row-title");
        var main = new Div(title, state(message.queue()));
        main.addClassName("croft-row-main");
        var under = new Div();
        under.addClassName("croft-row-under");
        if (message.app() != null) {
            under.add(rich(
                    "of {0}", new Anchor(Links.app(message.app()), message.app().value())));
        }
        under.add(
                rich("came {0}", TimeText.ago(message.arrivedAt())),
                new Span(Words.bytes(message.bytes())),
                new Span(message.id()));
        var words = new Div(main, under);
        words.addClassName("croft-row-words");
        for (MailRecipient each : message.recipients()) {
            var recipient = new Div(
                    each.reason() == null
                            ? t("to {0}", each.address())
                            : t("to {0}: {1}", each.address(), each.reason()));
            recipient.addClassName(each.reason() == null ? "croft-row-under" : "croft-row-problem");
            words.add(recipient);
        }
        var item = new ListItem(words);
        item.addClassName("croft-row");
        item.getElement().setAttribute("data-message", message.id());
        if (page.mayOperate()) {
            var actions = new Div(
                    small(t("Try again"), "restart", message, () -> retry(message)),
                    small(t("Delete"), "trash", message, () -> askDelete(message)));
            actions.addClassName("croft-actions");
            item.add(actions);
        }
        return item;
    }

    private static StatusText state(String queue) {
        return switch (queue) {
            case "active" -> new StatusText(Tone.BUSY, t("On its way"));
            case "incoming" -> new StatusText(Tone.BUSY, t("Just came"));
            case "deferred" -> new StatusText(Tone.WARN, t("Waits for the next try"));
            case "hold" -> new StatusText(Tone.WARN, t("Held back"));
            default -> new StatusText(Tone.IDLE, Words.capital(queue));
        };
    }

    private static Component small(String label, String icon, QueuedMail message, Runnable action) {
        return Actions.ofRow(label, icon, t("{0}: message {1}", label, message.id()), action);
    }

    private void retryAll() {
        act(null);
    }

    private void retry(QueuedMail message) {
        act(message.id());
    }

    private void act(@Nullable String message) {
        refusal.clear();
        page.background()
                .call(
                        this,
                        () -> page.mail().retry(page.host(), message),
                        acted -> {
                            said.setText(t(
                                    "{0, plural, one {# message} other {# messages}} will be tried now.",
                                    acted.messages()));
                            reload();
                        },
                        refusal::show);
    }

    private void askDelete(QueuedMail message) {
        new Dialogs(
                        t("Delete this message?"),
                        "queue-delete-confirm",
                        t("Delete"),
                        dialog -> page.background()
                                .call(
                                        dialog,
                                        () -> page.mail().delete(page.host(), message.id()),
                                        acted -> {
                                            dialog.close();
                                            reload();
                                        },
                                        dialog::refuse),
                        new Paragraph(
                                message.sender().isEmpty()
                                        ? t("It reaches nobody.")
                                        : t("It reaches nobody, and {0} is not told.", message.sender())))
                .open();
    }

    private void reload() {
        page.background().call(this, () -> page.mail().queue(page.host()), this::take, this::away);
        page.load();
    }
}
