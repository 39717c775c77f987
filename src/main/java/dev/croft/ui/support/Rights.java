package dev.croft.ui.support;

import dev.croft.access.CurrentOperator;
import dev.croft.access.Role;
import org.springframework.stereotype.Component;

/**
 * What the person in front of the screen may do, so that a page offers nothing that would be refused. The use cases check for
 * themselves; this only spares people the refusal.
 */
@Component
public final class Rights {

    private final CurrentOperator operator;

    Rights(CurrentOperator operator) {
        this.operator = operator;
    }

    /** Deploy, roll back, collect. */
    public boolean mayOperate() {
        return operator.get().role().compareTo(Role.OPERATOR) >= 0;
    }

    /** Change the box itself: settings, drift. */
    public boolean mayAdminister() {
        return operator.get().role() == Role.ADMIN;
    }
}
