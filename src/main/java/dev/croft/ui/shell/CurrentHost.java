package dev.croft.ui.shell;

import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Which box the screens are about. */
@Component
public class CurrentHost {

    private final Hosts hosts;

    CurrentHost(Hosts hosts) {
        this.hosts = hosts;
    }

    public Optional<Host> get() {
        return hosts.list().stream().findFirst();
    }
}
