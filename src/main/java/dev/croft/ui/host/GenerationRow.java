package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.inContext;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Key;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.hostlink.HostCommand.Generation;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Titles;
import dev.croft.ui.support.Words;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One generation: why, who, when, how large, what it is to the box, and what can be done with it. */
final class GenerationRow extends ListItem {

    private static final int LONGEST_LABEL = 100;

    private final Generation generation;
    private final Asks asks;
    private final boolean mayOperate;
    private final Div badges = new Div();
    private final Div labelling = new Div();

    /** What a person can ask of a generation. */
    record Asks(
            Consumer<Generation> compare,
            Consumer<Generation> rollBack,
            BiConsumer<Generation, Boolean> pin,
            BiConsumer<Generation, String> label) {}

    GenerationRow(Generation generation, boolean mayOperate, Asks asks) {
        this.generation = generation;
        this.mayOperate = mayOperate;
        this.asks = asks;
        addClassNames("generation", "croft-row");
        getElement().setAttribute("data-number", String.valueOf(generation.number()));
        if (generation.current()) {
            getElement().setAttribute("data-current", true);
        }
        if (generation.pinned()) {
            getElement().setAttribute("data-pinned", true);
        }
        var number = new Span(String.valueOf(generation.number()));
        number.addClassName("croft-generation-number");
        number.getElement().setAttribute("aria-label", t("Generation {0}", generation.number()));
        var words = new Div(first(), under());
        words.addClassName("croft-row-words");
        add(number, words, actions());
    }

    Generation generation() {
        return generation;
    }

    private Div first() {
        var title = new Div(title(generation));
        title.addClassName("croft-row-title");
        badges.addClassName("croft-badges");
        badge(generation.current(), "current", t("Running now"));
        badge(generation.booted(), "booted", t("Booted"));
        badge(generation.bootDefault(), "boot-default", t("Boot default"));
        badge(generation.pinned(), "pinned", t("Pinned"));
        if (generation.label() != null) {
            badge(true, "label", generation.label());
        }
        labelling.addClassName("croft-labelling");
        labelling.setVisible(false);
        var first = new Div(title, badges, labelling);
        first.addClassName("croft-row-main");
        return first;
    }

    private Div under() {
        var under = new Div(kind(generation), TimeText.clock(generation.date()), TimeText.ago(generation.date()));
        under.addClassName("croft-row-under");
        if (generation.author() != null) {
            under.add(new Span(t("by {0}", generation.author())));
        }
        if (generation.closureBytes() != null) {
            under.add(new Span(Words.bytes(generation.closureBytes())));
        }
        if (generation.bytesFreed() != null) {
            var freed = new Span(t("frees {0} if deleted", Words.bytes(generation.bytesFreed())));
            freed.addClassName("freed");
            under.add(freed);
        }
        if (generation.revision() != null && generation.operation() == null) {
            var commit = Facts.code(Words.commit(generation.revision()));
            commit.setTitle(generation.revision());
            under.add(commit);
        }
        if (generation.operation() != null) {
            under.add(new Anchor(Links.operation(generation.operation()), t("Log")));
        }
        return under;
    }

    private Div actions() {
        var actions = new Div();
        actions.addClassNames("croft-actions", "croft-generation-actions");
        if (mayOperate) {
            actions.add(
                    icon(
                            "pin",
                            "pin",
                            t(generation.pinned() ? "Unpin generation {0}" : "Pin generation {0}", generation.number()),
                            () -> asks.pin().accept(generation, !generation.pinned())),
                    icon("label", "tag", t("Label generation {0}", generation.number()), this::editLabel));
        }
        var compare = new Button(
                t("Compare …"), Icons.of("compare"), click -> asks.compare().accept(generation));
        compare.addClassName("compare");
        compare.addThemeVariants(ButtonVariant.SMALL);
        compare.setAriaLabel(t("Compare generation {0} with another", generation.number()));
        actions.add(compare);
        if (!generation.current() && mayOperate) {
            var back = new Button(
                    t("Roll back"), Icons.of("back"), click -> asks.rollBack().accept(generation));
            back.addClassName("roll-back");
            back.addThemeVariants(ButtonVariant.SMALL);
            back.setAriaLabel(t("Roll back to generation {0}", generation.number()));
            actions.add(back);
        }
        return actions;
    }

    private Button icon(String className, String icon, String label, Runnable action) {
        var button = new Button(Icons.of(icon), click -> action.run());
        button.addClassName(className);
        button.addThemeVariants(ButtonVariant.SMALL, ButtonVariant.TERTIARY);
        button.setAriaLabel(label);
        button.setTooltipText(label);
        if (className.equals("pin")) {
            button.getElement().setAttribute("aria-pressed", String.valueOf(generation.pinned()));
        }
        return button;
    }

    /** In place of the label; Enter keeps, Esc leaves it as it was. */
    private void editLabel() {
        var field = new TextField();
        field.addClassName("label-field");
        field.setAriaLabel(t("Label of generation {0}", generation.number()));
        field.setPlaceholder(t("Before the big update"));
        field.setMaxLength(LONGEST_LABEL);
        field.setValue(generation.label() == null ? "" : generation.label());
        var keep = new Button(t("Keep"), click -> keepLabel(field.getValue()));
        keep.addClassName("label-keep");
        keep.addThemeVariants(ButtonVariant.SMALL);
        field.addKeyPressListener(Key.ENTER, press -> keepLabel(field.getValue()));
        field.addKeyDownListener(Key.ESCAPE, press -> stopLabelling());
        labelling.removeAll();
        labelling.add(field, keep);
        labelling.setVisible(true);
        field.focus();
    }

    private void keepLabel(String label) {
        stopLabelling();
        asks.label().accept(generation, label.strip());
    }

    private void stopLabelling() {
        labelling.removeAll();
        labelling.setVisible(false);
    }

    private void badge(boolean shown, String kind, @Nullable String label) {
        if (shown && label != null) {
            badges.add(badge(kind, label));
        }
    }

    static Span badge(String kind, String label) {
        var badge = new Span(label);
        badge.addClassName("croft-badge");
        badge.getElement().setAttribute("data-kind", kind);
        return badge;
    }

    /** What made it. A generation that no operation made came by hand: nixos-rebuild on the box, or its installation. */
    private static Component kind(Generation generation) {
        String kind = generation.operation() == null ? "by-hand" : generation.kind();
        var words = new Span(
                switch (kind) {
                    case null -> inContext("noun", "Change");
                    case "by-hand" -> t("By hand");
                    case "apply" -> t("Apply");
                    case "deploy" -> t("Deploy");
                    case "upgrade" -> t("Upgrade");
                    case "rollback" -> t("Roll back");
                    case "reconcile" -> t("End of drift");
                    default -> Words.capital(kind);
                });
        words.addClassName("croft-kind");
        words.getElement().setAttribute("data-kind", kind == null ? "unknown" : kind);
        return words;
    }

    static String title(Generation generation) {
        return generation.description().isBlank()
                ? t("Generation {0}", generation.number())
                : Titles.of(generation.description());
    }
}
