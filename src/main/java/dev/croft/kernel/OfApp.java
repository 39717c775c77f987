package dev.croft.kernel;

import org.jspecify.annotations.Nullable;

/** An argument of a use case that may belong to one app of a box; who holds a role for that app alone may then pass it. */
public interface OfApp {

    /** Null: it belongs to the box as a whole. */
    @Nullable
    AppName app();
}
