package dev.croft.ui.demo;

import dev.croft.hostlink.HostCommand.Comparison;
import dev.croft.hostlink.HostCommand.Generation;
import dev.croft.hostlink.HostCommand.Snapshot;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.maintenance.Generations;
import java.util.List;
import org.jspecify.annotations.Nullable;

public class DemoGenerations implements Generations {

    private final DemoWorld world;

    DemoGenerations(DemoWorld world) {
        this.world = world;
    }

    @Override
    public List<Generation> list(HostName host) {
        world.requireReachable();
        return world.generations();
    }

    @Override
    public Comparison compare(HostName host, @Nullable Integer from, int to) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Generation pin(HostName host, int generation, boolean pinned) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Generation label(HostName host, int generation, String label) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Snapshot> snapshots(HostName host, @Nullable AppName app) {
        return List.of();
    }
}
