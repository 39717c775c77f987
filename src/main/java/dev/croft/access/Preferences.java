package dev.croft.access;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Use cases: how the console speaks to the signed-in person. */
public interface Preferences {

    /** The language that they chose; empty: the one that their browser asks for. */
    @RequiresViewer(within = true)
    Optional<Locale> language();

    /** @param language null: as the browser asks */
    @Audited
    @RequiresViewer(within = true)
    void speak(@Nullable Locale language);
}
