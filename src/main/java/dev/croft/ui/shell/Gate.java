package dev.croft.ui.shell;

import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.server.ServiceInitEvent;
import com.vaadin.flow.server.VaadinServiceInitListener;
import dev.croft.access.CurrentOperator;
import dev.croft.fleet.Host;
import dev.croft.kernel.HostName;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Stands before every page that says for whom it is ({@link Needs}), however somebody came to its address. */
@Component
public class Gate implements VaadinServiceInitListener {

    private final CurrentOperator operator;
    private final CurrentHost host;

    Gate(CurrentOperator operator, CurrentHost host) {
        this.operator = operator;
        this.host = host;
    }

    @Override
    public void serviceInit(ServiceInitEvent event) {
        event.getSource().addUIInitListener(init -> init.getUI().addBeforeEnterListener(this::check));
    }

    private void check(BeforeEnterEvent event) {
        if (!isFor(event.getNavigationTarget())) {
            event.rerouteToError(NotYoursException.class);
        }
    }

    /** Whether the person in front of the screen may use the page; pages that ask for nobody are for everybody. */
    public boolean isFor(Class<?> page) {
        Needs needs = page.getAnnotation(Needs.class);
        if (needs == null || needs.value() == Needs.What.NOTHING) {
            return true;
        }
        return needs.value().isMet(operator.get().grants(), known());
    }

    boolean isMet(Needs.What what) {
        return what.isMet(operator.get().grants(), known());
    }

    private @Nullable HostName known() {
        return host.get().map(Host::name).orElse(null);
    }
}
