package dev.croft.maintenance.internal;

import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.Comparison;
import dev.croft.hostlink.HostCommand.Generation;
import dev.croft.hostlink.HostCommand.Snapshot;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.maintenance.Generations;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/** The generations as the box lists them at the moment. */
@Service
class HostGenerations implements Generations {

    private final Hosts hosts;
    private final HostLink link;

    HostGenerations(Hosts hosts, HostLink link) {
        this.hosts = hosts;
        this.link = link;
    }

    @Override
    public List<Generation> list(HostName host) {
        return link.call(hosts.get(host).endpoint(), new HostCommand.ListGenerations());
    }

    @Override
    public Comparison compare(HostName host, @Nullable Integer from, int to) {
        return link.call(hosts.get(host).endpoint(), new HostCommand.Compare(from, to));
    }

    @Override
    public Generation pin(HostName host, int generation, boolean pinned) {
        return link.call(hosts.get(host).endpoint(), new HostCommand.Mark(generation, pinned, null));
    }

    @Override
    public Generation label(HostName host, int generation, String label) {
        return link.call(hosts.get(host).endpoint(), new HostCommand.Mark(generation, null, label));
    }

    @Override
    public List<Snapshot> snapshots(HostName host, @Nullable AppName app) {
        return link.call(hosts.get(host).endpoint(), new HostCommand.ListSnapshots(app));
    }
}
