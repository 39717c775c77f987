package dev.croft.ui.demo;

import dev.croft.fleet.Host;
import dev.croft.fleet.HostStatus;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.Check;
import dev.croft.hostlink.HostCommand.ProbeResult;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.kernel.HostName;
import java.util.List;
import java.util.Map;
import java.util.Optional;

public class DemoHosts implements Hosts {

    private final DemoWorld world;

    DemoHosts(DemoWorld world) {
        this.world = world;
    }

    @Override
    public List<Host> list() {
        return all();
    }

    @Override
    public Host get(HostName name) {
        return world.host();
    }

    @Override
    public Optional<Host> find(HostName name) {
        return Optional.of(world.host());
    }

    @Override
    public List<Host> all() {
        return List.of(world.host());
    }

    @Override
    public String fingerprintOf(String address, int port) {
        return world.host().endpoint().fingerprint();
    }

    @Override
    public Host enrol(HostName name, HostEndpoint endpoint) {
        return world.host();
    }

    @Override
    public ProbeResult contract(HostName name) {
        world.requireReachable();
        return new ProbeResult(
                List.of(
                        new Check(
                                "systemd",
                                true,
                                "systemd 257.4",
                                "systemd 254 or newer",
                                "Apps and operations are its units."),
                        new Check(
                                "nix",
                                true,
                                "Nix 2.28.3 with flakes",
                                "Nix 2.18 or newer with flakes",
                                "Configurations are flakes."),
                        new Check(
                                "cgroup-v2",
                                true,
                                "unified, with memory, cpu, io, pids",
                                "cgroup v2",
                                "Limits are cgroup limits."),
                        new Check(
                                "flake",
                                true,
                                "/var/lib/croft/flake, clean, main",
                                "a clean git repository",
                                "Each change is a commit."),
                        new Check("hostd", true, "croft-hostd 0.1.0", "protocol 1", "It answers this console."),
                        new Check(
                                "disk",
                                true,
                                "41.2 GB free",
                                "2 GB free",
                                "A build needs room beside the running system.")),
                Map.of());
    }

    @Override
    public HostStatus status(HostName name) {
        return new HostStatus(
                world.isReachable(),
                world.lastSeen(),
                "Sandbox host (not NixOS)",
                world.isReachable() ? null : DemoWorld.unreachable());
    }
}
