package dev.croft.desired;

import dev.croft.kernel.AppName;
import dev.croft.kernel.Phrase;
import org.jspecify.annotations.Nullable;

/**
 * One difference between two states, in words.
 *
 * @param app the app it is about; null: the box's own settings
 * @param field dotted path as in docs/state.md, below the app or the host; empty for a whole app that comes or goes
 * @param said for example "memory limit 512M → 1G", for a page to translate
 */
public record Edit(@Nullable AppName app, String field, Phrase said) {

    /** In English, as the API and logs have it. */
    public String words() {
        return said.english();
    }
}
