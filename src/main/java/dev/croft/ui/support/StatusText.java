package dev.croft.ui.support;

import com.vaadin.flow.component.html.Span;

/** A dot and words. */
public final class StatusText extends Span {

    private final Span words = new Span();

    public StatusText() {
        addClassName("croft-status");
        Span dot = new Span();
        dot.addClassName("croft-dot");
        dot.getElement().setAttribute("aria-hidden", "true");
        words.addClassName("croft-status-words");
        add(dot, words);
        show(Tone.IDLE, "");
    }

    public StatusText(Tone tone, String text) {
        this();
        show(tone, text);
    }

    public void show(Tone tone, String text) {
        getElement().setAttribute("data-tone", tone.attribute());
        words.setText(text);
    }
}
