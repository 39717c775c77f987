package dev.croft.ui.demo;

import dev.croft.access.Preferences;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

public class DemoPreferences implements Preferences {

    private @Nullable Locale language;

    @Override
    public synchronized Optional<Locale> language() {
        return Optional.ofNullable(language);
    }

    @Override
    public synchronized void speak(@Nullable Locale wanted) {
        language = wanted;
    }
}
