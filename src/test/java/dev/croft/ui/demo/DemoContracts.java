package dev.croft.ui.demo;

import dev.croft.desired.HostState.HostSettings;
import dev.croft.desired.HostState.Ssh;
import dev.croft.hostlink.HostCommand.Check;
import dev.croft.hostlink.HostCommand.Fix;
import dev.croft.hostlink.HostCommand.FixedMember;
import dev.croft.kernel.HostName;
import dev.croft.maintenance.Contracts;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The contract of the box in memory: one thing that must be mended by hand, one that a click mends, one that nobody knows. */
public class DemoContracts implements Contracts {

    private final DemoWorld world;
    private final DemoDesired desired;
    private final Clock clock;
    private final List<Check> checks = new ArrayList<>(List.of(
            check("nix", "nix", Check.MUST, true, "Nix 2.28.3", "2.18 or newer"),
            check("flakes", "nix", Check.MUST, true, "nix-command flakes", "nix-command flakes"),
            check("cgroup", "kernel", Check.MUST, true, "cgroup2", "cgroup2"),
            new Check(
                    "ssh-passwords",
                    "system",
                    Check.SHOULD,
                    false,
                    "allowed",
                    "keys only",
                    "A password can be guessed from anywhere that reaches port 22.",
                    null,
                    new Fix(
                            "Let in keys only",
                            List.of(new FixedMember("/host/ssh", Map.of("passwordAuthentication", false))))),
            new Check(
                    "ipv6",
                    "network",
                    Check.INFO,
                    null,
                    "no router answered",
                    "an address",
                    "Some visitors have nothing else.",
                    null,
                    null)));

    DemoContracts(DemoWorld world, DemoDesired desired, Clock clock) {
        this.world = world;
        this.desired = desired;
        this.clock = clock;
    }

    /** From now on the disk is too small, which no setting mends. */
    public void fillTheDisk() {
        checks.add(new Check(
                "disk",
                "storage",
                Check.MUST,
                false,
                "0.4 GB free",
                "2 GB free",
                "A build needs room beside the running system.",
                "Delete old generations, or give the disk more room.",
                null));
    }

    private static Check check(
            String id, String group, String level, @Nullable Boolean ok, String found, String wanted) {
        return new Check(id, group, level, ok, found, wanted, "Croft relies on it.", null, null);
    }

    @Override
    public Contract check(HostName host) {
        world.requireReachable();
        return new Contract(clock.instant(), List.copyOf(checks), Map.of("os", "Debian 13", "sandbox", true));
    }

    @Override
    public Optional<Contract> last(HostName host) {
        return Optional.of(check(host));
    }

    @Override
    public void draftFix(HostName host, String check) {
        HostSettings before = desired.draft(host).host();
        desired.putSettings(host, before.withSsh(new Ssh(false)));
    }

    @Override
    public void takeBackFixes(HostName host) {
        HostSettings before = desired.draft(host).host();
        desired.putSettings(
                host, before.withSsh(desired.inForce(host).orElseThrow().host().ssh()));
    }
}
