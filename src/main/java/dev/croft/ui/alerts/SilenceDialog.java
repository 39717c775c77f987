package dev.croft.ui.alerts;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.alerts.Alert;
import dev.croft.alerts.AlertKind;
import dev.croft.alerts.Alerts;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Rights;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** For how long nobody is to be told of what. */
final class SilenceDialog {

    private static final List<Duration> LENGTHS = List.of(
            Duration.ofHours(1), Duration.ofHours(4), Duration.ofDays(1), Duration.ofDays(7), Duration.ofDays(30));

    /** @param host null: everywhere */
    private record Reach(@Nullable HostName host, @Nullable AppName app) {}

    private SilenceDialog() {}

    /** @param alert what it was opened for; null: for everything */
    static void open(
            Alerts alerts, Background background, Rights rights, @Nullable Alert alert, Clock clock, Runnable done) {
        var what = new Select<AlertKind>();
        what.setLabel(t("What"));
        what.setId("silence-what");
        what.setItems(AlertKind.values());
        what.setItemLabelGenerator(kind -> kind == null ? t("Everything") : AlertWords.of(kind));
        what.setEmptySelectionAllowed(true);
        what.setEmptySelectionCaption(t("Everything"));
        what.setWidthFull();
        var where = new Select<Reach>();
        where.setLabel(t("Where"));
        where.setId("silence-where");
        List<Reach> reaches = reaches(alert, rights);
        where.setItems(reaches);
        where.setItemLabelGenerator(
                reach -> reach.host() == null ? t("everywhere") : AlertWords.place(reach.host(), reach.app()));
        where.setValue(reaches.getFirst());
        where.setWidthFull();
        if (alert != null) {
            what.setValue(alert.kind());
        }
        var length = new Select<Duration>();
        length.setLabel(t("For how long"));
        length.setId("silence-length");
        length.setItems(LENGTHS);
        length.setItemLabelGenerator(each -> each.toDays() > 0
                ? t("{0, plural, one {a day} other {# days}}", each.toDays())
                : t("{0, plural, one {an hour} other {# hours}}", each.toHours()));
        length.setValue(LENGTHS.getFirst());
        length.setWidthFull();
        var reason = new TextField(t("Why"));
        reason.setId("silence-reason");
        reason.setMaxLength(500);
        reason.setWidthFull();
        new Dialogs(
                        t("Silence alerts"),
                        "silence-confirm",
                        t("Silence"),
                        dialog -> {
                            Reach reach = where.getValue();
                            Instant until = clock.instant().plus(length.getValue());
                            background.call(
                                    dialog,
                                    () -> reach.host() == null
                                            ? alerts.silenceEverywhere(what.getValue(), until, reason.getValue())
                                            : alerts.silence(
                                                    reach.host(),
                                                    reach.app(),
                                                    what.getValue(),
                                                    until,
                                                    reason.getValue()),
                                    kept -> {
                                        dialog.close();
                                        done.run();
                                    },
                                    dialog::refuse);
                        },
                        what,
                        where,
                        length,
                        reason,
                        new Paragraph(
                                t(
                                        "It is watched and shown all the same. What is still wrong when the silence ends is told then.")))
                .open();
    }

    private static List<Reach> reaches(@Nullable Alert alert, Rights rights) {
        List<Reach> found = new ArrayList<>();
        if (alert != null) {
            if (alert.app() != null) {
                found.add(new Reach(alert.host(), alert.app()));
            }
            if (rights.mayOperate()) {
                found.add(new Reach(alert.host(), null));
            }
        } else {
            rights.host().ifPresent(host -> found.add(new Reach(host, null)));
        }
        if (rights.mayOperateEverything() || found.isEmpty()) {
            found.add(new Reach(null, null));
        }
        return found;
    }
}
