package dev.croft.ui.support;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.radiobutton.RadioButtonGroup;
import com.vaadin.flow.data.renderer.ComponentRenderer;
import dev.croft.hostlink.HostCommand.Snapshot;
import dev.croft.kernel.AppName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Going back: the code alone, or the data with it, and what the second costs, app by app, before anybody has to choose. */
public final class DataChoice extends Div {

    private final RadioButtonGroup<Boolean> choice = new RadioButtonGroup<>();
    private final UnorderedList losses = new UnorderedList();
    private final Div kept = new Div();

    /**
     * An app whose version changes.
     *
     * @param snapshot copy of its data as it was when the wanted version was left; null when there is none
     */
    public record Loss(AppName app, @Nullable Snapshot snapshot) {}

    public DataChoice() {
        addClassName("croft-choice");
        choice.setLabel(t("What goes back"));
        choice.setId("roll-back-data");
        choice.setItems(false, true);
        choice.setItemLabelGenerator(data -> data ? t("Code and data") : t("Code only"));
        choice.setRenderer(new ComponentRenderer<>(DataChoice::option));
        choice.setValue(false);
        choice.setItemEnabledProvider(data -> !data);
        losses.addClassName("croft-losses");
        losses.setId("roll-back-losses");
        losses.setVisible(false);
        kept.addClassName("croft-hint");
        kept.setText(t("A copy of today's data is kept as a snapshot: going forward again with its data is possible."));
        kept.setVisible(false);
        add(choice, losses, kept);
        choice.addValueChangeListener(changed -> {
            losses.setVisible(withData());
            kept.setVisible(withData());
        });
    }

    /** Which apps the choice is about. Without any, or without a single copy of data, there is only the code to go back to. */
    public void about(List<Loss> apps) {
        boolean anyData = apps.stream().anyMatch(each -> each.snapshot() != null);
        losses.removeAll();
        apps.forEach(each -> losses.add(row(each)));
        choice.setItemEnabledProvider(data -> !data || anyData);
        if (!anyData) {
            choice.setValue(false);
            choice.setHelperText(
                    apps.isEmpty()
                            ? t("No app changes its version, so no data belongs to this.")
                            : t("There is no copy of data from that version: only the code can go back."));
        }
    }

    public boolean withData() {
        return Boolean.TRUE.equals(choice.getValue());
    }

    private static Div option(boolean data) {
        var title = new Span(data ? t("Code and data") : t("Code only"));
        title.addClassName("croft-choice-title");
        var words = new Span(
                data
                        ? t(
                                "The apps' data returns to the copy that was made when that version was replaced. What was written since is lost.")
                        : t(
                                "Data does not go back: everything stored until now stays, and the older version has to cope with it."));
        words.addClassName("croft-hint");
        return new Div(title, words);
    }

    private static ListItem row(Loss loss) {
        var name = new Span(loss.app().value());
        name.addClassName("croft-row-title");
        var item = new ListItem(name);
        item.getElement().setAttribute("data-app", loss.app().value());
        Snapshot snapshot = loss.snapshot();
        if (snapshot == null) {
            item.add(
                    new Span(
                            t(
                                    "No copy of that version's data is kept. If the app has data, the box refuses and changes nothing.")));
        } else {
            var lost = rich("Lost: what it wrote since, in {0}", TimeText.elapsed(snapshot.takenAt(), null));
            lost.addClassName("croft-lost");
            item.add(
                    rich(
                            "Returns to its data of {0} ({1})",
                            TimeText.clock(snapshot.takenAt()), Words.bytes(snapshot.bytes())),
                    lost);
        }
        return item;
    }
}
