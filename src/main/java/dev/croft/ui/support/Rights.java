package dev.croft.ui.support;

import dev.croft.access.CurrentOperator;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.fleet.Host;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.ui.shell.CurrentHost;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * What the person in front of the screen may do on the box that the screens are about, so that a page offers nothing that would be
 * refused. The use cases check for themselves; this only spares people the refusal.
 */
@Component
public final class Rights {

    private final CurrentOperator operator;
    private final CurrentHost host;

    Rights(CurrentOperator operator, CurrentHost host) {
        this.operator = operator;
        this.host = host;
    }

    /** Deploy, roll back, collect: anything of the box. */
    public boolean mayOperate() {
        return may(Role.OPERATOR, null);
    }

    /** @param app null: the box */
    public boolean mayOperate(@Nullable AppName app) {
        return may(Role.OPERATOR, app);
    }

    /** Change the box itself: settings, drift. */
    public boolean mayAdminister() {
        return may(Role.ADMIN, null);
    }

    /** @param app null: the box */
    public boolean mayAdminister(@Nullable AppName app) {
        return may(Role.ADMIN, app);
    }

    /** Decide over this console: people, providers, keys. */
    public boolean mayAdministerEverything() {
        return operator.get().may(Role.ADMIN, Scope.EVERYWHERE);
    }

    /** Decide for all boxes. */
    public boolean mayOperateEverything() {
        return operator.get().may(Role.OPERATOR, Scope.EVERYWHERE);
    }

    /** The box that the screens are about. */
    public Optional<HostName> host() {
        return host.get().map(Host::name);
    }

    /** Look at what belongs to no box. */
    public boolean maySeeEverything() {
        return operator.get().may(Role.VIEWER, Scope.EVERYWHERE);
    }

    private boolean may(Role role, @Nullable AppName app) {
        Scope scope = host.get().map(Host::name).map(box -> Scope.of(box, app)).orElse(Scope.EVERYWHERE);
        return operator.get().may(role, scope);
    }
}
