package dev.croft.access.internal;

import dev.croft.access.CurrentOperator;
import dev.croft.access.Preferences;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/** Kept with the account, so that they hold in every browser. */
@Service
class OwnPreferences implements Preferences {

    private final AccountTable table;
    private final CurrentOperator current;

    OwnPreferences(AccountTable table, CurrentOperator current) {
        this.table = table;
        this.current = current;
    }

    @Override
    public Optional<Locale> language() {
        return table.language(current.get().name()).map(Locale::forLanguageTag);
    }

    @Override
    public void speak(@Nullable Locale language) {
        table.changeLanguage(current.get().name(), language == null ? null : language.toLanguageTag());
    }
}
