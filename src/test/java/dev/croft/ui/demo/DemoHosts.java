package dev.croft.ui.demo;

import dev.croft.fleet.Host;
import dev.croft.fleet.HostStatus;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

public class DemoHosts implements Hosts {

    private volatile @Nullable Problem refusal;
    private volatile String fingerprint = "SHA256:q7Xw0cXk1v3PZb4rJ9mU2sYdHf6tLgAoEiNnKp5RxQw";
    private volatile String called = "cellar";
    private volatile String enrolled = "";
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
        return fingerprint;
    }

    /** What enrolling ends with from now on; null: with the box. */
    public void refuse(@Nullable Problem why) {
        refusal = why;
    }

    /** Boxes show this key from now on. */
    public void showKey(String shown) {
        fingerprint = shown;
    }

    /** What the box says that is asked for its name. */
    public void callItself(String said) {
        called = said;
        enrolled = "";
    }

    /** As which the box was enrolled last; empty: it was not. */
    public String enrolledAs() {
        return enrolled;
    }

    @Override
    public String nameOf(HostEndpoint endpoint) {
        requireAnswer();
        return called;
    }

    @Override
    public Host enrol(HostName name, HostEndpoint endpoint) {
        requireAnswer();
        enrolled = name.value();
        return world.host();
    }

    private void requireAnswer() {
        Problem why = refusal;
        if (why != null) {
            throw why.toException();
        }
    }

    @Override
    public Host move(HostName name, HostEndpoint endpoint) {
        enrol(name, endpoint);
        world.moveTo(endpoint);
        return world.host();
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
