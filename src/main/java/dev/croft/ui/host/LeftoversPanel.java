package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Composite;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.textfield.Autocomplete;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.hostlink.HostCommand.LeftData;
import dev.croft.hostlink.HostCommand.LeftKind;
import dev.croft.kernel.HostName;
import dev.croft.services.Leftovers;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Words;
import java.util.ArrayList;
import java.util.List;

/** Data of apps that were removed and of what was detached. It stays until somebody types its name here. */
final class LeftoversPanel extends Composite<Panel> {

    private final HostName host;
    private final Leftovers leftovers;
    private final Background background;
    private final Rights rights;
    private final Runnable onDropped;

    LeftoversPanel(HostName host, Leftovers leftovers, Background background, Rights rights, Runnable onDropped) {
        this.host = host;
        this.leftovers = leftovers;
        this.background = background;
        this.rights = rights;
        this.onDropped = onDropped;
        setId("left-data");
        setVisible(false);
    }

    @Override
    protected Panel initContent() {
        return new Panel(t("Data that no app uses any more"));
    }

    void load() {
        background.call(this, () -> leftovers.list(host).data(), this::show, problem -> {
            getContent().content(new ProblemPanel(problem));
            setVisible(true);
        });
    }

    private void show(List<LeftData> found) {
        setVisible(!found.isEmpty());
        var hint = new Paragraph(
                t(
                        "Of apps that were removed, of what was detached, and what apps keep among their volumes without declaring it. It stays until somebody deletes it here; databases are deleted on the page of their server."));
        hint.addClassName("croft-hint");
        var rows = new UnorderedList();
        rows.addClassName("croft-rows");
        found.forEach(each -> rows.add(row(each)));
        getContent().content(hint, rows);
    }

    private ListItem row(LeftData data) {
        var title = new Div(title(data));
        title.addClassName("croft-row-title");
        var under = new Div(new Span(size(data)), Facts.code(data.path()));
        under.addClassName("croft-row-under");
        if (data.since() != null) {
            under.add(rich("unused since {0}", TimeText.clock(data.since())));
        }
        if (perhapsTheApps(data)) {
            under.add(new Span(perhaps(data)));
        }
        var words = new Div(title, under);
        words.addClassName("croft-row-words");
        var item = new ListItem(words);
        item.addClassName("croft-row");
        item.getElement().setAttribute("data-left", key(data));
        if (rights.mayAdminister(data.app())) {
            item.add(Actions.ofRow(t("Delete"), "trash", t("Delete: {0}", title(data)), () -> askDrop(data)));
        }
        return item;
    }

    /** A directory among the volumes of an app that is there, which no generation has ever been seen to give it. */
    private static boolean perhapsTheApps(LeftData data) {
        return data.kind() == LeftKind.VOLUME && data.generations().isEmpty();
    }

    private static String perhaps(LeftData data) {
        return t("No generation declares it: {0} may have made it itself, and use it.", data.app());
    }

    private static String key(LeftData data) {
        return data.kind().name().toLowerCase(java.util.Locale.ROOT) + " " + data.name();
    }

    private static String title(LeftData data) {
        return switch (data.kind()) {
            case APP -> t("Data of {0}", data.app());
            case VOLUME -> t("Volume {0} of {1}", data.volume(), data.app());
            case REDIS -> t("Redis data of {0}", data.app());
            case SNAPSHOTS -> t("Snapshots of {0}", data.app());
        };
    }

    private static String size(LeftData data) {
        return data.complete()
                ? t("{0} in {1, plural, one {# file} other {# files}}", Words.bytes(data.bytes()), data.files())
                : t("more than {0}", Words.bytes(data.bytes()));
    }

    private void askDrop(LeftData data) {
        String name = data.name();
        var typed = new TextField(t("Type {0} to confirm", name));
        typed.setId("left-name");
        typed.setWidthFull();
        typed.setAutocomplete(Autocomplete.OFF);
        List<Component> words = new ArrayList<>();
        words.add(
                new Paragraph(t("It is deleted at once, and for good. Only a backup has it still, if there is one.")));
        if (!data.generations().isEmpty()) {
            words.add(new Paragraph(t(
                    "{0, plural, one {Generation {1} still has it} other {Generations {1} still have it}}: who goes back there finds it empty.",
                    data.generations().size(),
                    String.join(
                            ", ",
                            data.generations().stream().map(String::valueOf).toList()))));
        }
        if (perhapsTheApps(data)) {
            words.add(new Paragraph(perhaps(data)));
        }
        words.add(typed);
        new Dialogs(
                        t("Delete: {0}?", title(data)),
                        "left-confirm",
                        t("Delete"),
                        dialog -> background.call(
                                dialog,
                                () -> leftovers.drop(
                                        host,
                                        data.kind(),
                                        data.app(),
                                        data.volume(),
                                        typed.getValue().strip()),
                                freed -> {
                                    dialog.close();
                                    onDropped.run();
                                },
                                dialog::refuse),
                        words.toArray(Component[]::new))
                .open();
    }
}
