package dev.croft.access;

import jakarta.servlet.http.HttpServletRequest;

/** Reads the {@link OperatorPath} of a request. */
public interface OperatorPaths {

    OperatorPath of(HttpServletRequest request);

    /** Key of the browser or API token for which this thread works, also known to the screens' threads; empty when there is none. */
    String currentSession();
}
