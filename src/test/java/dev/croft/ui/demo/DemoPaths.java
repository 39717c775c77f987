package dev.croft.ui.demo;

import dev.croft.access.OperatorPath;
import dev.croft.access.OperatorPaths;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;

/** Everybody comes from outside, unless a test says otherwise. */
public class DemoPaths implements OperatorPaths {

    private volatile boolean outside = true;

    public void comeFromOutside(boolean on) {
        outside = on;
    }

    @Override
    public OperatorPath of(HttpServletRequest request) {
        return new OperatorPath(currentSession(), Instant.EPOCH, outside);
    }

    @Override
    public String currentSession() {
        return "browser:demo";
    }
}
