package dev.croft.ui.shell;

import java.io.Serial;

/** Somebody came to a page that their role is not enough for. */
public final class NotYoursException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;
}
