package dev.croft.ui.demo;

import dev.croft.desired.HostState.HostSettings;
import dev.croft.desired.HostState.Machine;
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

/** The contract of the box in memory: one thing that must be mended by hand, one that a click mends, one that nobody knows. */
public class DemoContracts implements Contracts {

    private final DemoWorld world;
    private final DemoDesired desired;
    private final Clock clock;
    private final List<Check> checks = new ArrayList<>(List.of(
            check(
                    "nix",
                    "nix",
                    Check.MUST,
                    "nix (Nix) 2.28.3",
                    "2.18 or newer",
                    "Older ones lack parts of the flake commands that Croft uses."),
            check(
                    "flakes",
                    "nix",
                    Check.SHOULD,
                    "nix-command flakes",
                    "nix-command flakes",
                    "The box's configuration is a flake; people who look after it by hand need the commands, too."),
            check(
                    "cgroup",
                    "kernel",
                    Check.MUST,
                    "cgroup2",
                    "cgroup2",
                    "Limits and readings of apps come from cgroup v2."),
            new Check(
                    "journal",
                    "system",
                    Check.SHOULD,
                    false,
                    "volatile",
                    "persistent",
                    "The logs from before a restart, and so why it happened, are lost otherwise.",
                    "Set services.journald.storage = \"persistent\".",
                    new Fix(
                            "Keep the journal on the disk",
                            List.of(new FixedMember("/host/machine/persistentJournal", true)))),
            new Check(
                    "ports",
                    "network",
                    Check.SHOULD,
                    null,
                    "80: something listens, open in the firewall; 443: nothing listens, closed in the firewall; from here nobody"
                            + " can tell what a router in front lets through",
                    "the web server alone listens on 80 and 443, and both get through from outside",
                    "Apps with a domain are served there, and certificates proved over 80.",
                    "From another network, such as a phone's without Wi-Fi: `curl -I http://DOMAIN`. No answer: let the router or"
                            + " the provider's firewall pass ports 80 and 443 on to this box.",
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
                "0.4 GiB free",
                "2.0 GiB free",
                "Builds and old generations need room in the Nix store.",
                "Make room on Host → Disk & GC, or enlarge the disk.",
                null));
    }

    private static Check check(String id, String group, String level, String found, String wanted, String why) {
        return new Check(id, group, level, true, found, wanted, why, null, null);
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
        desired.putSettings(host, before.withMachine(new Machine(true, null, null, null, List.of())));
    }

    @Override
    public void takeBackFixes(HostName host) {
        HostSettings before = desired.draft(host).host();
        desired.putSettings(
                host,
                before.withMachine(desired.inForce(host).orElseThrow().host().machine()));
    }
}
