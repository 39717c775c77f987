package dev.croft.desired.internal;

import dev.croft.desired.Edit;
import dev.croft.desired.HostState;
import java.util.List;

/** The module's own words, for the screens' box in memory: what a page shows is then what people will read. */
public final class InWords {

    private InWords() {}

    public static List<Edit> edits(HostState before, HostState after) {
        return Edits.between(before, after);
    }
}
