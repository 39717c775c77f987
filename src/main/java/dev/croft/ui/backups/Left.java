package dev.croft.ui.backups;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import dev.croft.backups.Backups;
import dev.croft.hostlink.HostCommand.MailCopy;
import dev.croft.hostlink.HostCommand.ReplacedData;
import dev.croft.hostlink.HostCommand.RestoredCopy;
import dev.croft.kernel.AppName;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Words;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a restore has left on the box, of an app or of the mail: a copy beside the data, or what a backup took the place of.
 *
 * @param app null: of the mail
 * @param id its name on the box
 * @param time of copies that of the backup, else when a backup took its place
 */
public record Left(
        @Nullable AppName app, String id, @Nullable Instant time, boolean replaced, List<String> details) {

    public static Left of(RestoredCopy copy) {
        return new Left(copy.app(), copy.snapshot(), copy.time(), false, List.of(copy.path()));
    }

    public static Left of(ReplacedData data) {
        return new Left(
                data.app(),
                data.snapshot(),
                data.time(),
                true,
                List.of(Words.bytes(data.bytes()), t("{0, plural, one {# file} other {# files}}", data.files())));
    }

    public static Left of(MailCopy copy) {
        return new Left(
                null,
                copy.id(),
                copy.time(),
                copy.replaced(),
                List.of(
                        switch (copy.mailboxes().size()) {
                            case 0 -> t("no mailbox");
                            case 1 -> copy.mailboxes().getFirst();
                            default ->
                                t(
                                        "{0, plural, one {# mailbox} other {# mailboxes}}",
                                        copy.mailboxes().size());
                        },
                        copy.path()));
    }

    /** Whose it is, by itself. */
    String owner() {
        return app == null ? t("Mail") : app.value();
    }

    /** What is typed to confirm, and how tests find it. */
    String key() {
        return app == null ? Backups.MAIL : app.value();
    }

    boolean mayOperate(Rights rights) {
        return rights.mayOperate(app);
    }

    boolean mayAdminister(Rights rights) {
        return rights.mayAdminister(app);
    }

    /** Rows of what was left, each with its buttons. */
    static Component[] rows(String hint, List<Left> found, Function<Left, List<Button>> buttons) {
        var words = new Paragraph(hint);
        words.addClassName("croft-hint");
        var rows = new UnorderedList();
        rows.addClassName("croft-rows");
        found.forEach(each -> rows.add(each.row(buttons.apply(each))));
        return new Component[] {words, rows};
    }

    private ListItem row(List<Button> buttons) {
        var title = app == null ? new Anchor(Links.MAIL, t("Mail")) : new Anchor(Links.app(app), app.value());
        title.addClassName("croft-row-title");
        var under = new Div();
        under.addClassName("croft-row-under");
        if (time != null) {
            under.add(since(TimeText.clock(time)));
        }
        details.forEach(each -> under.add(new Span(each)));
        var words = new Div(title, under);
        words.addClassName("croft-row-words");
        var item = new ListItem(words);
        item.addClassName("croft-row");
        item.getElement().setAttribute(replaced ? "data-replaced" : "data-copy", key());
        if (!buttons.isEmpty()) {
            var actions = new Div(buttons.toArray(Component[]::new));
            actions.addClassName("croft-actions");
            item.add(actions);
        }
        return item;
    }

    private Span since(TimeText when) {
        if (!replaced) {
            return rich("of the backup of {0}", when);
        }
        return app == null ? rich("replaced by the backup of {0}", when) : rich("its data until {0}", when);
    }
}
