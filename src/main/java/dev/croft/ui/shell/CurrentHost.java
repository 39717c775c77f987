package dev.croft.ui.shell;

import com.vaadin.flow.server.VaadinSession;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.kernel.HostName;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.stereotype.Component;

/** Which box the screens are about: the one that was chosen in this browser, else the first. */
@Component
public class CurrentHost {

    private static final String CHOSEN = CurrentHost.class.getName();

    private final Hosts hosts;

    CurrentHost(Hosts hosts) {
        this.hosts = hosts;
    }

    public Optional<Host> get() {
        List<Host> all;
        try {
            all = hosts.list();
        } catch (AccessDeniedException e) {
            return Optional.empty(); // whoever holds nothing sees no box
        }
        Object chosen = chosen();
        return all.stream()
                .filter(each -> each.name().equals(chosen))
                .findFirst()
                .or(() -> all.stream().findFirst());
    }

    public void choose(HostName name) {
        VaadinSession.getCurrent().setAttribute(CHOSEN, name);
    }

    private static @Nullable Object chosen() {
        VaadinSession session = VaadinSession.getCurrent();
        return session == null ? null : session.getAttribute(CHOSEN);
    }
}
