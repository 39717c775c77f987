package dev.croft.ui.support;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;

/** Copies a text to the clipboard and says so. */
public final class CopyButton extends Button {

    public CopyButton(String text, String label) {
        super(Icons.of("copy"));
        addThemeVariants(ButtonVariant.SMALL, ButtonVariant.TERTIARY);
        setAriaLabel(label);
        setTooltipText(label);
        wire(this, text);
    }

    /** The clipboard wants the click itself, so the browser does it without asking the server. */
    static void wire(Button button, String text) {
        button.getElement().executeJs("""
                        const text = $0;
                        this.addEventListener('click', async () => {
                          try {
                            await navigator.clipboard.writeText(text);
                          } catch (refused) {
                            // no clipboard without https: the old way still works there
                            const area = document.createElement('textarea');
                            area.value = text;
                            document.body.append(area);
                            area.select();
                            document.execCommand('copy');
                            area.remove();
                          }
                          this.setAttribute('data-copied', '');
                          setTimeout(() => this.removeAttribute('data-copied'), 1500);
                        });
                        """, text);
    }
}
