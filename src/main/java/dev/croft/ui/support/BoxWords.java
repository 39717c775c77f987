package dev.croft.ui.support;

import static dev.croft.ui.support.Texts.inContext;
import static dev.croft.ui.support.Texts.mark;
import static dev.croft.ui.support.Texts.marked;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a box says of the host contract, of a domain's certificate and of the records of mail. Boxes speak English, each in the words of its own version; a reader
 * gets theirs where this console knows them, and otherwise what the box said. {@code BoxWordsTest} holds these to the helper's sources.
 */
public final class BoxWords {

    private record Template(String text, Pattern pattern, int weight) {

        static Template of(String text) {
            Pattern place = Pattern.compile("\\{\\d}");
            String expression = place.splitAsStream(text + "\n")
                    .map(each -> Pattern.quote(each.replace("\n", "")))
                    .reduce((before, after) -> before + "(.+)" + after)
                    .orElseThrow();
            return new Template(
                    text,
                    Pattern.compile(expression),
                    place.matcher(text).replaceAll("").length());
        }
    }

    /** Longer texts are some program's message, which nothing here would fit. */
    private static final int CHARACTERS_MOST = 1_000;

    /** How a box joins what it says of several things: the ends of sentences last, for a sentence may have the others in it. */
    private static final List<Pattern> JOINTS =
            List.of(Pattern.compile("(?<=;) "), Pattern.compile("(?<=,) "), Pattern.compile("(?<=[.?]) (?=\\p{Lu})"));

    private static final Pattern SIZE = Pattern.compile("(\\d+)\\.(\\d) GiB");

    /** What is said more exactly stands first. */
    private static final List<Template> TEMPLATES = Stream.of(
                    mark("a machine of its own, or a virtual one"),
                    mark(
                            "Apps of the isolation level microvm run on KVM. Without it their processors are emulated, some twenty-five times slower. Other levels do without."),
                    mark(
                            "Switch virtualization on in the firmware, or, for a virtual machine, nested virtualization in the machine below."),
                    mark("{0} to spare"),
                    mark("Evaluating a system takes about that much; with less, a change is refused before it begins."),
                    mark("{0} to spare, of {1} and {2}"),
                    mark("{0} of swap"),
                    mark("no swap"),
                    mark(
                            "An app is held still for its snapshot by cgroup v2's freezer (5.2; nothing replaces it), private networks are WireGuard (5.6), and an app that forks is ended as a whole by cgroup.kill (5.14)."),
                    mark(
                            "Update the box's nixpkgs, take boot.kernelPackages out of its own configuration, apply, and restart."),
                    mark(
                            "Remove systemd.unified_cgroup_hierarchy and cgroup_no_v1 from boot.kernelParams, apply, and restart."),
                    mark("Put psi=1 into boot.kernelParams, apply, and restart."),
                    mark("Nix builds in them, apart from the box, and so do browsers' and containers' sandboxes."),
                    mark("The table croft-mail keeps each app to its own mail listener."),
                    mark(
                            "Each kernel and its initial file system are copied to /boot; a change that does not fit is refused."),
                    mark("Only NixOS is supported; a stand-in serves for trying things out."),
                    mark("Install NixOS for anything that matters."),
                    mark("a virtual machine ({0})"),
                    mark("It has a kernel of its own; microVMs in it need nested virtualization."),
                    mark("the processor does not offer it"),
                    mark("Give the box more memory or swap, or stop what it can do without while it builds."),
                    mark("{0} or newer"),
                    mark("The kernel is that of the machine below: update it there."),
                    mark("Limits and readings of apps come from cgroup v2."),
                    mark("Let the machine below delegate {0} to this container, as cgroup v2 controllers."),
                    mark("Remove cgroup_disable and cgroup_no_v1 from boot.kernelParams ({0}), apply, and restart."),
                    mark("A limit whose controller is missing has no effect: one app can then take all of the box."),
                    mark("Pressure readings show a box that suffers before it fails."),
                    mark(
                            "Set security.allowUserNamespaces = true, and take user.max_user_namespaces out of boot.kernel.sysctl, in the box's own configuration."),
                    mark("Set security.unprivilegedUsernsClone = true in the box's own configuration."),
                    mark("allowed, up to {0}"),
                    mark("Private networks between boxes and people are WireGuard."),
                    mark("not loaded, and what the kernel could load is not to be seen from here"),
                    mark("the kernel has no {0}"),
                    mark("loaded, or a module of the kernel"),
                    mark("a module of the kernel"),
                    mark("Builds and old generations need room in the Nix store."),
                    mark("Make room on Host → Disk & GC, or enlarge the disk."),
                    mark("disks that keep what is written"),
                    mark(
                            "The apps' data, the secrets and the box's flake lie in /var/lib/croft; what is in memory is gone after a restart."),
                    mark(
                            "Put {0} on a disk: a fileSystems entry, or your persistence module, in the box's own configuration."),
                    mark("/nix/store and /var/lib/croft"),
                    mark("{0} free"),
                    mark("{0} free, for one more kernel"),
                    mark("Delete generations on Host → Disk & GC, or enlarge /boot."),
                    mark("{0} did not say"),
                    mark("A container shares its kernel with others."),
                    mark("a container ({0})"),
                    mark(
                            "A container loads no kernel modules and has no /dev/kvm of its own, its limits hold as far as the machine below hands them on, and clock and boot loader belong to that machine."),
                    mark(
                            "For limits that hold, hand all cgroup controllers on to the container, or use a virtual machine."),
                    mark("bare metal"),
                    mark("All of the hardware is the box's own."),
                    mark("The machine below has to hand /dev/kvm on to this container."),
                    mark("Load the kernel's module"),
                    mark("the processor has it, {0} is not loaded"),
                    mark("Load the kernel module {0}."),
                    mark("the kernel does not say"),
                    mark("Swap into compressed memory"),
                    mark("none are allowed"),
                    mark("for root alone"),
                    mark("Load the module {0} on the machine below."),
                    mark("Try it: modprobe {0}."),
                    mark("Let the box collect garbage by itself"),
                    mark("{0} on {1} ({2})"),
                    mark("kernels are not copied to a file system of their own"),
                    mark("room for one more kernel"),
                    mark("Keep five generations"),
                    mark("Older ones lack parts of the flake commands that Croft uses."),
                    mark(
                            "services.croft-host sets them with the next apply; a line of nix.extraOptions that names other features has to go."),
                    mark("Without it a build can read the box and reach the network."),
                    mark("A trusted user of Nix can become root."),
                    mark("Take {0} out of nix.settings.trusted-users in the box's own configuration."),
                    mark(
                            "Check the box's network, name servers and clock, and whether a proxy has to be set (networking.proxy)."),
                    mark(
                            "Make {0} a git repository with a branch {1}, or go back and run `enrol` again: the console shows the command."),
                    mark("Rolling back needs an older generation."),
                    mark("Nix did not say its settings in time"),
                    mark(
                            "Update the box to a supported release of NixOS, or take nix.package out of its own configuration."),
                    mark(
                            "The box's configuration is a flake; people who look after it by hand need the commands, too."),
                    mark("a binary cache that answers, and its key"),
                    mark("Without one the box builds everything from source, which takes hours and gigabytes."),
                    mark(
                            "Take the definition of nix.settings.trusted-public-keys away that leaves it out (mkForce), or add it."),
                    mark("{0} answers with status {1}"),
                    mark("{0} answers"),
                    mark("{0} has no address"),
                    mark("{0} does not let the box connect"),
                    mark("{0} does not answer in time"),
                    mark("{0} breaks off TLS"),
                    mark("{0} has a certificate that nobody vouches for"),
                    mark("{0} cannot be reached"),
                    mark("a git repository with a branch {0}"),
                    mark("{0} holds what this box should be."),
                    mark("Switch once by hand: nixos-rebuild switch."),
                    mark("an older generation is kept"),
                    mark("a system profile"),
                    mark("What runs differs from what the next boot brings after a test or a failed switch."),
                    mark("Look at Host → Drift: keep what runs, or go back."),
                    mark("no answer in time"),
                    mark("Set nix.settings.sandbox = true in the box's own configuration."),
                    mark("Put {0} into nix.settings.substituters."),
                    mark("no key is trusted"),
                    mark("Put the caches' keys into nix.settings.trusted-public-keys."),
                    mark("{0} without its key {1}"),
                    mark("{0}: not asked, only http and https are"),
                    mark("Without a profile there is nothing to boot or to go back to."),
                    mark("one generation"),
                    mark("Apps and operations are systemd units."),
                    mark("Set services.journald.storage = \"persistent\"."),
                    mark("Switch services.timesyncd on, and let UDP port 123 out."),
                    mark("Is /boot mounted? Compare fileSystems with `findmnt`, and run nixos-rebuild boot once."),
                    mark("running or degraded"),
                    mark("Look at systemctl --failed, and leave rescue mode with systemctl default."),
                    mark("Secrets are sealed by systemd-creds and given to units as encrypted credentials."),
                    mark("Update the box to a supported release of NixOS."),
                    mark("The logs from before a restart, and so why it happened, are lost otherwise."),
                    mark("Keep the journal on the disk"),
                    mark("Tell journald to go on on the disk: journalctl --flush."),
                    mark("Certificates, sign-in codes and logs need the right time."),
                    mark("The clock is that of the machine below: synchronize it there."),
                    mark("{0} runs and has not found the time: look at its log, and whether UDP port 123 gets out."),
                    mark("not synchronized"),
                    mark("systemd-boot, GRUB, extlinux or Limine"),
                    mark("It is what a restart goes by: each change that is kept becomes its default."),
                    mark("none that Croft knows in /boot ({0})"),
                    mark(
                            "The console knows the box by its host key, and accepts no other; a key that was part of an image is known to all who have it."),
                    mark(
                            "Add an ed25519 key to services.openssh.hostKeys; sshd makes it. Then let the console pin it anew."),
                    mark("its configuration could not be read"),
                    mark("persistent by its configuration, in memory by now"),
                    mark("Let systemd-timesyncd set the clock"),
                    mark("none: a container ({0}) is started by the machine below"),
                    mark("none in /etc/ssh"),
                    mark("Look at services.openssh.hostKeys: sshd has its keys elsewhere."),
                    mark("{0}, {1} days old"),
                    mark("{0}, a day old"),
                    mark(
                            "From another network, such as a phone's without Wi-Fi: `curl -I http://DOMAIN`. No answer: let the router or the provider's firewall pass ports 80 and 443 on to this box."),
                    mark("Visitors and certificate authorities ask over IPv6 first where a name has an address of it."),
                    mark("Take ipv6.disable=1 out of boot.kernelParams, apply, and restart."),
                    mark("the domains of the apps lead here"),
                    mark("Visitors and certificate authorities find the box by its names."),
                    mark("the web server alone listens on 80 and 443, and both get through from outside"),
                    mark("Apps with a domain are served there, and certificates proved over 80."),
                    mark(
                            "Stop what listens on {0}, or move it elsewhere: Croft's web server could not start. Host → Ports says what it is."),
                    mark("80 and 443"),
                    mark("Look at nginx.service, and whether the box's own configuration closes the port."),
                    mark("{0} (Croft opens both with the first app that has a domain)"),
                    mark("{0}; from here nobody can tell what a router in front lets through"),
                    mark("the kernel runs without it"),
                    mark("Switch IPv6 on"),
                    mark("Set networking.enableIPv6 = true."),
                    mark("on, without an address that others reach"),
                    mark("on, {0}"),
                    mark("names are answered; no app has a domain yet"),
                    mark("{0}: {1} listens, {2} in the firewall"),
                    mark("Look at /etc/resolv.conf, and at networking.nameservers in the box's own configuration."),
                    mark("no name server answers ({0})"),
                    mark("the box has no name server"),
                    mark("an address of this box: {0}"),
                    mark("it has none"),
                    mark("no record, or one for {0}"),
                    mark("the authority"),
                    mark("{0} listens, {1} in the firewall"),
                    mark("the web server listens, open in the firewall"),
                    mark("a directory of ACME"),
                    mark("fewer than {0} in seven days"),
                    mark(
                            "Failed attempts count there, and block a name for an hour or longer. Try letsencrypt-staging first, then letsencrypt."),
                    mark("The box itself only has private addresses."),
                    mark("Is this the address of the router before it, and are ports 80 and 443 forwarded?"),
                    mark("no record"),
                    mark("The CAA record of {0} lets others issue, and not {1}. Add one for it."),
                    mark("The authority asks for its proof there."),
                    mark("Croft opens it with the first app that has {0}."),
                    mark(
                            "Let's Encrypt issues the same certificate no more often. Wait, or use letsencrypt-staging meanwhile."),
                    mark("The authority's rate limit: nobody asks it before {0}. It said: {1}"),
                    mark("none before {0}"),
                    mark("an authority that may be asked"),
                    mark("no authority is set"),
                    mark("letsencrypt-staging for the first certificate"),
                    mark("There is no such name."),
                    mark("The name has no address."),
                    mark("no address"),
                    mark("{0}: no address"),
                    mark("{0}: no answer"),
                    mark("Add an A or AAAA record with the box's address."),
                    mark("{0} is not this box."),
                    mark("An authority asks any of the addresses, IPv6 first."),
                    mark("{0} has a critical record that authorities do not know: {1}."),
                    mark("The authority does not say by which name CAA records know it."),
                    mark("no answer"),
                    mark("The box's name servers did not answer ({0})."),
                    mark("The box's name servers did not answer ({0}); an authority then refuses, too."),
                    mark("{0} cannot be reached from the box."),
                    mark("something else"),
                    mark("What answers at {0} is no ACME directory."),
                    mark("The box's name servers took too long to answer."),
                    mark("The name has no address, so nobody finds the server."),
                    mark("Is this the address of the router before it, and is port 25 forwarded?"),
                    mark("Many servers take no mail from an address whose name leads elsewhere."),
                    mark("Whoever gave you the address sets it, often in the console of the server's provider."),
                    mark("{0} gets mail, too."),
                    mark("Mail for the domain goes elsewhere."),
                    mark("Nobody is told where mail for the domain goes."),
                    mark("Nobody is told which servers may send as the domain."),
                    mark("There is more than one such record, and then none counts."),
                    mark("Make one of them."),
                    mark(
                            "Whether it has the servers of {0} in it, their operator says; often by an include of its own."),
                    mark("This server is not in it."),
                    mark("The key is not made yet: it is when the mail server starts for the first time."),
                    mark("The record has another key; what this box signs is taken for forged."),
                    mark("Nobody can check what this box signs."),
                    mark("Nobody is told what to do with mail that others send as the domain."),
                    mark("{0} is not a git repository with a branch {1}."),
                    mark("a domain"),
                    mark("a certificate"))
            .map(Template::of)
            .sorted(Comparator.comparingInt(Template::weight).reversed())
            .toList();

    private BoxWords() {}

    /** In the reader's language; as it was said where nobody has translated it. */
    public static String of(String said) {
        return known(said).orElse(said);
    }

    /** The translation of all of it; empty where there is none. */
    static Optional<String> known(String said) {
        if (said.length() > CHARACTERS_MOST) {
            return Optional.empty();
        }
        return word(said)
                .or(() -> size(said))
                .or(() -> sentence(said))
                .or(() -> JOINTS.stream()
                        .flatMap(joint -> list(said, joint).stream())
                        .findFirst());
    }

    private static Optional<String> sentence(String said) {
        for (Template template : TEMPLATES) {
            Matcher matcher = template.pattern().matcher(said);
            if (matcher.matches()) {
                return Optional.of(marked(
                        template.text(),
                        IntStream.rangeClosed(1, matcher.groupCount())
                                .mapToObj(matcher::group)
                                .map(BoxWords::of)
                                .toArray()));
            }
        }
        return Optional.empty();
    }

    /** Each part is known, or is one word: a name, an address, a number. */
    private static Optional<String> list(String said, Pattern joint) {
        List<String> parts = Arrays.asList(joint.split(said));
        List<String> bare = parts.stream().map(BoxWords::withoutEnd).toList();
        boolean all = parts.size() > 1
                && bare.stream()
                        .allMatch(part -> !part.contains(" ") || known(part).isPresent())
                && bare.stream().anyMatch(part -> known(part).isPresent());
        return all
                ? Optional.of(parts.stream()
                        .map(part -> of(withoutEnd(part))
                                + part.substring(withoutEnd(part).length()))
                        .collect(Collectors.joining(" ")))
                : Optional.empty();
    }

    private static String withoutEnd(String part) {
        return part.endsWith(",") || part.endsWith(";") ? part.substring(0, part.length() - 1) : part;
    }

    /** A figure as the language writes it; units are the same. */
    private static Optional<String> size(String said) {
        return SIZE.matcher(said).matches()
                ? Optional.of(Words.number(Double.parseDouble(said.substring(0, said.indexOf(' '))), 1)
                        + said.substring(said.indexOf(' ')))
                : Optional.empty();
    }

    private static Optional<String> word(String said) {
        String translated = switch (said) {
            case "none" -> inContext("contract", "none");
            case "present" -> inContext("contract", "present");
            case "absent" -> inContext("contract", "absent");
            case "same" -> inContext("contract", "same");
            case "differ" -> inContext("contract", "differ");
            case "loaded" -> inContext("contract", "loaded");
            case "allowed" -> inContext("contract", "allowed");
            case "on" -> inContext("contract", "on");
            case "off" -> inContext("contract", "off");
            case "persistent" -> inContext("contract", "persistent");
            case "volatile" -> inContext("contract", "volatile");
            case "synchronized" -> inContext("contract", "synchronized");
            case "something" -> inContext("contract", "something");
            case "nothing" -> inContext("contract", "nothing");
            case "open" -> inContext("contract", "open");
            case "closed" -> inContext("contract", "closed");
            default -> "";
        };
        return translated.isEmpty() ? Optional.empty() : Optional.of(translated);
    }
}
