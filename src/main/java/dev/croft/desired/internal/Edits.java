package dev.croft.desired.internal;

import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Attach;
import dev.croft.desired.AppSpec.Backup;
import dev.croft.desired.AppSpec.Delivery;
import dev.croft.desired.AppSpec.Health;
import dev.croft.desired.AppSpec.InGit;
import dev.croft.desired.AppSpec.Job;
import dev.croft.desired.AppSpec.Limits;
import dev.croft.desired.AppSpec.Redis;
import dev.croft.desired.AppSpec.Source;
import dev.croft.desired.AppSpec.Tls;
import dev.croft.desired.AppSpec.Web;
import dev.croft.desired.Edit;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.Acme;
import dev.croft.desired.HostState.Backups;
import dev.croft.desired.HostState.BoxUser;
import dev.croft.desired.HostState.Build;
import dev.croft.desired.HostState.Firewall;
import dev.croft.desired.HostState.Gc;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.desired.HostState.LocalTarget;
import dev.croft.desired.HostState.Machine;
import dev.croft.desired.HostState.Mail;
import dev.croft.desired.HostState.MailRelay;
import dev.croft.desired.HostState.MailServer;
import dev.croft.desired.HostState.Mailbox;
import dev.croft.desired.HostState.Mysql;
import dev.croft.desired.HostState.Postgresql;
import dev.croft.desired.HostState.Retention;
import dev.croft.desired.HostState.S3Target;
import dev.croft.desired.HostState.Security;
import dev.croft.desired.HostState.ServiceLimits;
import dev.croft.desired.HostState.Services;
import dev.croft.desired.HostState.SftpTarget;
import dev.croft.desired.HostState.Target;
import dev.croft.desired.Worded;
import dev.croft.kernel.AppName;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Two states compared, in words for people. Whatever differs in the files has at least one line here. */
final class Edits {

    private static final int SHOWN_MOST = 80;
    private static final Pattern SECRET_NAME = Pattern.compile(
            ".*(SECRET|TOKEN|PASS|PWD|KEY|CREDENTIAL|AUTH|PRIVATE|DSN|COOKIE|SALT|SIGN|JWT|SESSION|CERT).*");
    /** A password inside an address. */
    private static final Pattern SECRET_VALUE = Pattern.compile("(?s).*://[^/\\s]*:[^/\\s]*@.*");

    private static final Pattern PLAIN_WORD = Pattern.compile("[A-Za-z0-9_./:=@%+,-]+");

    private final List<Edit> edits = new ArrayList<>();
    private final @Nullable AppName app;

    private Edits(@Nullable AppName app) {
        this.app = app;
    }

    /** The box itself first, then the apps by name. */
    static List<Edit> between(HostState before, HostState after) {
        Edits host = new Edits(null);
        host.settings(before.host(), after.host());
        List<Edit> all = new ArrayList<>(host.edits);
        Set<AppName> names = new TreeSet<>(before.apps().keySet());
        names.addAll(after.apps().keySet());
        for (AppName name : names) {
            Edits app = new Edits(name);
            app.app(before.apps().get(name), after.apps().get(name));
            all.addAll(app.edits);
        }
        return List.copyOf(all);
    }

    // ---- the box

    private void settings(HostSettings before, HostSettings after) {
        changed("name", "name of the box", before.name(), after.name());
        changed("stateVersion", "release of the data formats", before.stateVersion(), after.stateVersion());
        changed("timezone", "time zone", before.timezone(), after.timezone());
        firewall(before.firewall(), after.firewall());
        ssh(before, after);
        users(before.users(), after.users());
        gc(before.gc(), after.gc());
        build(before.build(), after.build());
        acme(before.acme(), after.acme());
        machine(before.machine(), after.machine());
        services(before.services(), after.services());
        backups(before.backups(), after.backups());
        secrets(before, after);
        nothingUnsaid(before, after);
    }

    private void secrets(HostSettings before, HostSettings after) {
        Set<String> services = new TreeSet<>(before.secrets().keySet());
        services.addAll(after.secrets().keySet());
        for (String service : services) {
            each(
                    before.secrets().getOrDefault(service, new TreeMap<>()),
                    after.secrets().getOrDefault(service, new TreeMap<>()),
                    (name, from, to) -> say(
                            "secrets." + service + "." + name,
                            "the secret " + name + " of " + service
                                    + (to == null
                                            ? after.serviceSecrets().containsKey(service)
                                                    ? " is the one that is sealed on the box"
                                                    : " is no longer taken from git"
                                            : " is taken from " + place(to) + " in git")));
        }
    }

    private static String place(InGit place) {
        return (place.key() == null ? "" : place.key() + " in ") + place.file();
    }

    private void firewall(@Nullable Firewall before, @Nullable Firewall after) {
        Firewall none = new Firewall(List.of(), List.of());
        Firewall from = before == null ? none : before;
        Firewall to = after == null ? none : after;
        ports("firewall.tcp", "port ", from.tcp(), to.tcp());
        ports("firewall.udp", "UDP port ", from.udp(), to.udp());
    }

    private void ports(String field, String label, List<Integer> before, List<Integer> after) {
        added(before, after).forEach(port -> say(field, label + port + " is opened in the firewall"));
        added(after, before).forEach(port -> say(field, label + port + " is closed in the firewall"));
    }

    private void ssh(HostSettings before, HostSettings after) {
        boolean from = before.ssh() != null && before.ssh().passwordAuthentication();
        boolean to = after.ssh() != null && after.ssh().passwordAuthentication();
        String field = "ssh.passwordAuthentication";
        if (from != to) {
            say(
                    field,
                    to
                            ? "signing in over SSH with a password is allowed"
                            : "signing in over SSH with a password is no longer allowed");
        }
    }

    private void users(Map<String, BoxUser> before, Map<String, BoxUser> after) {
        Set<String> names = new TreeSet<>(before.keySet());
        names.addAll(after.keySet());
        for (String name : names) {
            BoxUser from = before.get(name);
            BoxUser to = after.get(name);
            String field = "users." + name;
            if (from == null && to != null) {
                say(
                        field,
                        "user " + name + " is added"
                                + (to.admin() ? " as an administrator" : "")
                                + (to.keys().isEmpty()
                                        ? ", without a key"
                                        : ", with "
                                                + to.keys().stream()
                                                        .map(SshKeys::inWords)
                                                        .collect(Collectors.joining(", "))));
            } else if (from != null && to == null) {
                say(field, "user " + name + " is removed");
            } else if (from != null && to != null) {
                if (from.admin() != to.admin()) {
                    say(
                            field + ".admin",
                            to.admin()
                                    ? "user " + name + " becomes an administrator"
                                    : "user " + name + " is no longer an administrator");
                }
                added(from.keys(), to.keys())
                        .forEach(key -> say(field + ".keys", "user " + name + ": " + SshKeys.inWords(key) + " added"));
                added(to.keys(), from.keys())
                        .forEach(
                                key -> say(field + ".keys", "user " + name + ": " + SshKeys.inWords(key) + " removed"));
            }
        }
    }

    private void gc(@Nullable Gc before, @Nullable Gc after) {
        Gc from = before == null ? new Gc(null, null, null) : before;
        Gc to = after == null ? new Gc(null, null, null) : after;
        boolean wasAutomatic = !Boolean.FALSE.equals(from.automatic());
        boolean isAutomatic = !Boolean.FALSE.equals(to.automatic());
        if (wasAutomatic != isAutomatic) {
            say("gc.automatic", "automatic garbage collection is turned " + (isAutomatic ? "on" : "off"));
        } else {
            defaulted("gc.automatic", "automatic garbage collection", from.automatic(), to.automatic(), isAutomatic);
        }
        changed(
                "gc.keepGenerations",
                "generations to keep",
                from.keepGenerations(),
                to.keepGenerations(),
                Gc.DEFAULTS.keepGenerations());
        changed("gc.minFree", "disk space to keep free", from.minFree(), to.minFree(), Gc.DEFAULTS.minFree());
    }

    private void build(@Nullable Build before, @Nullable Build after) {
        Build from = before == null ? new Build(null, null, null) : before;
        Build to = after == null ? new Build(null, null, null) : after;
        changed("build.memoryMax", "memory of builds", from.memoryMax(), to.memoryMax(), Build.DEFAULTS.memoryMax());
        changed(
                "build.cpuWeight",
                "CPU weight of builds",
                from.cpuWeight(),
                to.cpuWeight(),
                Build.DEFAULTS.cpuWeight());
        changed("build.ioWeight", "disk weight of builds", from.ioWeight(), to.ioWeight(), Build.DEFAULTS.ioWeight());
    }

    private void machine(@Nullable Machine before, @Nullable Machine after) {
        Machine from = before == null ? Machine.AS_IT_IS : before;
        Machine to = after == null ? Machine.AS_IT_IS : after;
        offered(
                "machine.persistentJournal",
                "the journal on the disk",
                from.persistentJournal(),
                to.persistentJournal());
        offered("machine.timeSync", "systemd-timesyncd", from.timeSync(), to.timeSync());
        offered("machine.ipv6", "IPv6", from.ipv6(), to.ipv6());
        offered("machine.zramSwap", "swapping into compressed memory", from.zramSwap(), to.zramSwap());
        String field = "machine.kernelModules";
        added(from.kernelModules(), to.kernelModules())
                .forEach(module -> say(field, "the kernel module " + module + " is loaded"));
        added(to.kernelModules(), from.kernelModules())
                .forEach(module -> say(field, "the kernel module " + module + " is no longer asked for"));
    }

    /** What is not set is as the box's own configuration has it, which is not known here. */
    private void offered(String field, String label, @Nullable Boolean before, @Nullable Boolean after) {
        if (after == null && before != null) {
            say(field, label + " is left to the box's own configuration");
        } else if (after != null && !after.equals(before)) {
            say(field, label + " is turned " + word(after));
        }
    }

    private void acme(@Nullable Acme before, @Nullable Acme after) {
        if (before == null && after != null) {
            say("acme", "certificates are asked of " + authority(after) + " in the name of " + after.email());
        } else if (before != null && after == null) {
            say("acme", "certificates are no longer asked of " + authority(before));
        } else if (before != null && after != null) {
            changed("acme.server", "certificates are asked of", authority(before), authority(after));
            changed("acme.email", "certificates are asked for in the name of", before.email(), after.email());
            if (!Objects.equals(before.caCertificate(), after.caCertificate())) {
                say("acme.caCertificate", "another root certificate for the certificate authority");
            }
            changed("acme.dns.provider", "domains are proved by", proof(before), proof(after));
            each(
                    dnsSettings(before),
                    dnsSettings(after),
                    (name, from, to) -> say(
                            "acme.dns.settings." + name,
                            "the DNS provider's " + name + (to == null ? " is no longer set" : " is " + quoted(to))));
        }
    }

    private static String authority(Acme acme) {
        return acme.server() == null ? Acme.SERVER : acme.server();
    }

    private static String proof(Acme acme) {
        return acme.dns() == null
                ? "a request to port 80"
                : "a record at " + acme.dns().provider();
    }

    private static SortedMap<String, String> dnsSettings(Acme acme) {
        return acme.dns() == null ? new TreeMap<>() : acme.dns().settings();
    }

    private void services(Services before, Services after) {
        Postgresql from = before.postgresql();
        Postgresql to = after.postgresql();
        service("services.postgresql", "PostgreSQL", from, to, to == null ? "" : " " + to.major());
        if (from != null && to != null) {
            changed("services.postgresql.major", "PostgreSQL", "" + from.major(), "" + to.major());
            settings("services.postgresql", "PostgreSQL", from.settings(), to.settings());
            limits("services.postgresql", "PostgreSQL", from.limits(), to.limits());
        }
        Mysql mysqlBefore = before.mysql();
        Mysql mysqlAfter = after.mysql();
        service("services.mysql", "MariaDB", mysqlBefore, mysqlAfter, "");
        if (mysqlBefore != null && mysqlAfter != null) {
            settings("services.mysql", "MariaDB", mysqlBefore.settings(), mysqlAfter.settings());
            limits("services.mysql", "MariaDB", mysqlBefore.limits(), mysqlAfter.limits());
        }
        mail(before.mail(), after.mail());
    }

    private void mail(@Nullable Mail before, @Nullable Mail after) {
        Mail none = new Mail(null, null);
        Mail from = before == null ? none : before;
        Mail to = after == null ? none : after;
        relay(from.relay(), to.relay(), after != null);
        mailServer(from.server(), to.server());
        if (before != null && after == null) {
            say("services.mail", "mail: the box has no mail any more; apps cannot send");
        }
    }

    private void relay(@Nullable MailRelay before, @Nullable MailRelay after, boolean stays) {
        String field = "services.mail.relay";
        if (before == null && after != null) {
            say(field, "mail: the relay is now " + whole(after));
        } else if (before != null && after == null) {
            say(
                    field,
                    "mail: " + before.address() + " is no longer the relay"
                            + (stays ? "; mail goes straight to the receivers' servers" : ""));
        } else if (before != null && after != null && !before.equals(after)) {
            say(
                    field,
                    whole(before).equals(whole(after))
                            ? "mail: the relay stays " + whole(after) + ", written in another way"
                            : "mail: the relay is now " + whole(after) + ", no longer " + whole(before));
        }
    }

    private static String whole(MailRelay relay) {
        return relay.address() + " (" + (relay.securityOrDefault() == Security.TLS ? "TLS" : "STARTTLS")
                + (relay.user() == null ? ", without a sign-in)" : ", signing in as " + relay.user() + ")");
    }

    private void mailServer(@Nullable MailServer before, @Nullable MailServer after) {
        String field = "services.mail.server";
        MailServer none = new MailServer("", List.of());
        MailServer from = before == null ? none : before;
        MailServer to = after == null ? none : after;
        if (before == null && after != null) {
            say(field, "mail: the box receives mail as " + after.hostname());
        } else if (before != null && after == null) {
            say(field, "mail: the box receives no mail any more; what is in mailboxes stays");
        } else {
            changed(field + ".hostname", "mail: name of the server", from.hostname(), to.hostname());
        }
        added(from.domains(), to.domains())
                .forEach(domain -> say(field + ".domains", "mail: domain " + domain + " is received here"));
        added(to.domains(), from.domains())
                .forEach(domain -> say(field + ".domains", "mail: domain " + domain + " is no longer received here"));
        each(
                from.mailboxes(),
                to.mailboxes(),
                (address, was, is) -> say(field + ".mailboxes." + address, mailbox(address, was, is)));
        each(
                from.aliases(),
                to.aliases(),
                (address, was, is) -> say(
                        field + ".aliases." + address,
                        is == null
                                ? "mail: " + alias(address) + " is no longer an alias"
                                : "mail: " + alias(address) + " goes to " + shortened(String.join(", ", is))));
        changed(
                field + ".messageMax",
                "mail: largest message",
                from.messageMax(),
                to.messageMax(),
                MailServer.MESSAGE_MAX);
        changed(
                field + ".dkimSelector",
                "mail: name of the signature's key",
                from.dkimSelector(),
                to.dkimSelector(),
                MailServer.DKIM_SELECTOR);
        if (from.isBackedUp() != to.isBackedUp()) {
            say(
                    field + ".backup",
                    to.isBackedUp()
                            ? "mail: it is backed up"
                            : "mail: it is no longer backed up; the backups that there are stay for their time");
        } else if (before != null && after != null) {
            defaulted(field + ".backup", "backup of the mail", from.backup(), to.backup(), to.isBackedUp());
        }
        if (before == null && after != null) {
            say(
                    field + ".tls",
                    "mail: certificate of the server " + after.tlsOrDefault().word());
        } else if (before != null && after != null) {
            changed(
                    field + ".tls",
                    "mail: certificate of the server",
                    word(from.tls()),
                    word(to.tls()),
                    Tls.SELF_SIGNED.word());
        }
    }

    private static String alias(String address) {
        return address.startsWith("@") ? "what is for nobody else at " + address.substring(1) : address;
    }

    private static String mailbox(String address, @Nullable Mailbox before, @Nullable Mailbox after) {
        if (after == null) {
            return "mail: mailbox " + address + " is removed; its mail stays";
        }
        return "mail: mailbox " + address + (before == null ? " is added, " : ": ")
                + (after.quota() == null ? "without a quota" : "at most " + after.quota());
    }

    private void service(String field, String name, @Nullable Object before, @Nullable Object after, String which) {
        if (before == null && after != null) {
            say(field, name + which + " is added to the box");
        } else if (before != null && after == null) {
            say(field, name + " is removed from the box; its data stays");
        }
    }

    private void settings(String field, String service, Map<String, Object> before, Map<String, Object> after) {
        each(
                before,
                after,
                (name, from, to) -> say(
                        field + ".settings." + name,
                        service + " " + name + " " + orDefault(from) + " → " + orDefault(to)));
    }

    private void limits(String field, String service, @Nullable ServiceLimits before, @Nullable ServiceLimits after) {
        ServiceLimits none = new ServiceLimits(null, null);
        ServiceLimits from = before == null ? none : before;
        ServiceLimits to = after == null ? none : after;
        changed(
                field + ".limits.memoryMax",
                service + " memory limit",
                orNone(from.memoryMax()),
                orNone(to.memoryMax()));
        changed(field + ".limits.cpuQuota", service + " CPU limit", orNone(from.cpuQuota()), orNone(to.cpuQuota()));
    }

    private void backups(Backups before, Backups after) {
        each(before.targets(), after.targets(), (name, from, to) -> {
            String field = "backups.targets." + name;
            if (from == null && to != null) {
                say(field, "backups go to " + name + ": " + place(to));
            } else if (to == null) {
                say(field, "backups no longer go to " + name + "; what is there stays");
            } else if (from != null) {
                say(field, "backups to " + name + ": " + place(from) + " → " + place(to));
            }
        });
        changed(
                "backups.schedule",
                "backups are made",
                word(before.schedule()),
                word(after.schedule()),
                word(Backups.DEFAULTS.schedule()));
        Retention none = new Retention(null, null, null);
        Retention from = before.retention() == null ? none : before.retention();
        Retention to = after.retention() == null ? none : after.retention();
        Retention usual = Retention.DEFAULTS;
        changed("backups.retention.daily", "days of backups to keep", from.daily(), to.daily(), usual.daily());
        changed("backups.retention.weekly", "weeks of backups to keep", from.weekly(), to.weekly(), usual.weekly());
        changed(
                "backups.retention.monthly",
                "months of backups to keep",
                from.monthly(),
                to.monthly(),
                usual.monthly());
        changed(
                "backups.restoreTest",
                "restore test",
                word(before.restoreTest()),
                word(after.restoreTest()),
                word(Backups.DEFAULTS.restoreTest()));
    }

    private static String place(Target target) {
        return switch (target) {
            case LocalTarget local -> local.path() + " on the box";
            case SftpTarget sftp ->
                sftp.user() + "@" + sftp.host()
                        + (sftp.port() == null ? "" : " port " + sftp.port())
                        + ", " + sftp.path() + ", host " + SshKeys.inWords(sftp.hostKey());
            case S3Target s3 ->
                "bucket " + s3.bucket() + " at " + s3.endpoint()
                        + (s3.prefix() == null ? "" : ", " + s3.prefix())
                        + (s3.region() == null ? "" : ", region " + s3.region());
        };
    }

    // ---- an app

    private void app(@Nullable AppSpec before, @Nullable AppSpec after) {
        if (before == null && after != null) {
            say(
                    "",
                    "new app from " + address(after.source()) + ", built as "
                            + after.build().builder()
                            + (after.run().port() == null
                                    ? ""
                                    : ", port " + after.run().port()));
            // What it has beside that, in the words of an app that gets it later.
            parts(bare(after), after);
        } else if (before != null && after == null) {
            say("", "the app is removed; its data stays");
        } else if (before != null && after != null) {
            parts(before, after);
            nothingUnsaid(before, after);
        }
    }

    /** The app with nothing but what its first line tells. */
    private static AppSpec bare(AppSpec app) {
        return AppSpec.of(
                app.source(),
                app.build(),
                new AppSpec.Run(app.run().command(), app.run().port(), Map.of()));
    }

    private void parts(AppSpec before, AppSpec after) {
        source(before.source(), after.source());
        changed(
                "build.builder",
                "builder",
                before.build().builder(),
                after.build().builder());
        changed("isolation", "isolation", before.isolation(), after.isolation());
        changed(
                "run.command",
                "start command",
                command(before.run().command()),
                command(after.run().command()));
        changed(
                "run.port",
                "port",
                orNone(before.run().port()),
                orNone(after.run().port()));
        environment(before.run().env(), after.run().env());
        each(
                before.run().secrets(),
                after.run().secrets(),
                (name, from, to) -> say(
                        "run.secrets." + name,
                        to == null
                                ? "secret " + name + " is no longer given to the app"
                                : "secret " + name + " is given to the app as " + delivered(to)
                                        + (from == null ? "" : ", no longer as " + delivered(from))));
        changed(
                "run.hooks.migrate",
                "migration before a new version",
                orNone(before.run().migrate(), Edits::command),
                orNone(after.run().migrate(), Edits::command));
        added(before.domains(), after.domains()).forEach(name -> say("domains", "domain " + name + " added"));
        added(after.domains(), before.domains()).forEach(name -> say("domains", "domain " + name + " removed"));
        web(before.web(), after.web());
        attach(before.attach(), after.attach());
        each(before.jobs(), after.jobs(), (name, from, to) -> say("jobs." + name, job(name, from, to)));
        limits(before.limits(), after.limits());
        health(before.health(), after.health());
        backup(before, after);
    }

    private static String address(Source source) {
        return source.url()
                + (source.ref() == null ? "" : " (" + source.ref() + ")")
                + (source.rev() == null ? "" : " at " + shortRev(source.rev()));
    }

    private void source(Source before, Source after) {
        changed("source.type", "kind of source", before.type(), after.type());
        changed("source.url", "repository", before.url(), after.url());
        if (!Objects.equals(before.ref(), after.ref())) {
            say("source.ref", "branch or tag " + orNone(before.ref()) + " → " + orNone(after.ref()));
        }
        String from = before.rev();
        String to = after.rev();
        if (!Objects.equals(from, to)) {
            say(
                    "source.rev",
                    to == null
                            ? "source " + shortRev(from) + " → what "
                                    + (after.ref() == null ? "the default branch" : after.ref())
                                    + " points to when it is applied"
                            : "source " + (from == null ? "not looked up yet" : shortRev(from)) + " → " + shortRev(to));
        } else if (!Objects.equals(before.narHash(), after.narHash())) {
            say("source.narHash", "hash of the source's files " + before.narHash() + " → " + after.narHash());
        }
    }

    private static String shortRev(@Nullable String rev) {
        return rev == null ? "none" : rev.substring(0, Math.min(7, rev.length()));
    }

    private void environment(Map<String, String> before, Map<String, String> after) {
        Set<String> names = new TreeSet<>(before.keySet());
        names.addAll(after.keySet());
        for (String name : names) {
            String from = before.get(name);
            String to = after.get(name);
            if (Objects.equals(from, to)) {
                continue;
            }
            String what = from == null ? "added" : to == null ? "removed" : "changed";
            say("run.env." + name, "environment: " + name + " " + what + values(name, from, to));
        }
    }

    /** The environment is no place for secrets, but people put them there; a page of changes is looked at by more of them. */
    private static String values(String name, @Nullable String from, @Nullable String to) {
        if (to == null) {
            return "";
        }
        if (SECRET_NAME.matcher(name.toUpperCase(Locale.ROOT)).matches()
                || isSecret(to)
                || (from != null && isSecret(from))) {
            return " (value not shown)";
        }
        return from == null ? ": " + quoted(to) : ": " + quoted(from) + " → " + quoted(to);
    }

    private static boolean isSecret(String value) {
        return SECRET_VALUE.matcher(value).matches();
    }

    private void limits(@Nullable Limits before, @Nullable Limits after) {
        Limits from = before == null ? new Limits(null, null, null) : before;
        Limits to = after == null ? new Limits(null, null, null) : after;
        Limits usual = Limits.DEFAULTS;
        changed("limits.memoryMax", "memory limit", from.memoryMax(), to.memoryMax(), usual.memoryMax());
        changed("limits.cpuQuota", "CPU limit", from.cpuQuota(), to.cpuQuota(), usual.cpuQuota());
        changed("limits.tasksMax", "limit of processes", from.tasksMax(), to.tasksMax(), usual.tasksMax());
    }

    private static String delivered(Delivery how) {
        String as = switch (how.as()) {
            case FILE -> "a file";
            case ENV -> "a variable";
            case ENV_FILE -> "lines of variables";
        };
        InGit place = how.inGit();
        return place == null ? as : as + ", from " + place(place) + " in git";
    }

    private void web(@Nullable Web before, @Nullable Web after) {
        Web none = new Web(null, null, new TreeMap<>(), null);
        Web from = before == null ? none : before;
        Web to = after == null ? none : after;
        changed("web.tls", "certificate", word(from.tls()), word(to.tls()), Tls.NONE.word());
        changed("web.maxBody", "largest request", from.maxBody(), to.maxBody(), Web.MAX_BODY);
        if (!Objects.equals(from.redirectToHttps(), to.redirectToHttps())) {
            changed("web.redirectToHttps", "redirect to HTTPS", from.redirectToHttps(), to.redirectToHttps(), true);
        }
        each(
                from.redirects(),
                to.redirects(),
                (name, was, is) -> say(
                        "web.redirects." + name,
                        is == null ? name + " no longer leads to " + was : name + " leads to " + is));
    }

    private static @Nullable String word(@Nullable Worded choice) {
        return choice == null ? null : choice.word();
    }

    private void attach(Attach before, Attach after) {
        attached("attach.postgresql", "PostgreSQL", before.postgresql(), after.postgresql());
        AppSpec.Postgresql from = before.postgresql();
        AppSpec.Postgresql to = after.postgresql();
        if (from != null && to != null) {
            changed(
                    "attach.postgresql.database",
                    "PostgreSQL database",
                    orAppsName(from.database()),
                    orAppsName(to.database()));
            added(from.extensions(), to.extensions())
                    .forEach(name -> say("attach.postgresql.extensions", "PostgreSQL extension " + name + " added"));
            added(to.extensions(), from.extensions())
                    .forEach(name -> say(
                            "attach.postgresql.extensions",
                            "PostgreSQL extension " + name + " is no longer asked for; it stays in the database"));
        }
        attached("attach.mysql", "MariaDB", before.mysql(), after.mysql());
        if (before.mysql() != null && after.mysql() != null) {
            changed(
                    "attach.mysql.database",
                    "MariaDB database",
                    orAppsName(before.mysql().database()),
                    orAppsName(after.mysql().database()));
        }
        attached("attach.redis", "Redis", before.redis(), after.redis());
        if (before.redis() != null && after.redis() != null) {
            Redis usual = Redis.DEFAULTS;
            changed(
                    "attach.redis.memoryMax",
                    "memory of Redis",
                    before.redis().memoryMax(),
                    after.redis().memoryMax(),
                    usual.memoryMax());
            changed(
                    "attach.redis.persistent",
                    "Redis keeps its data",
                    before.redis().persistent(),
                    after.redis().persistent(),
                    usual.persistent());
        }
        mail(before.mail(), after.mail());
        each(
                before.storage(),
                after.storage(),
                (name, was, is) -> say(
                        "attach.storage." + name,
                        is == null
                                ? "storage " + name + " is detached; its files stay"
                                : "storage " + name
                                        + (was == null ? " is attached, " : ": ")
                                        + (is.quota() == null ? "without a quota" : "at most " + is.quota())));
    }

    private void mail(AppSpec.@Nullable Mail before, AppSpec.@Nullable Mail after) {
        if (before == null && after != null) {
            say(
                    "attach.mail",
                    "the app sends mail as " + shortened(String.join(", ", after.from())) + ", at most "
                            + after.perHourOrDefault() + " messages an hour");
        } else if (before != null && after == null) {
            say("attach.mail", "the app sends no mail any more");
        } else if (before != null && after != null) {
            changed(
                    "attach.mail.from",
                    "the app sends mail as",
                    String.join(", ", before.from()),
                    String.join(", ", after.from()));
            changed(
                    "attach.mail.perHour",
                    "messages of the app in an hour",
                    before.perHour(),
                    after.perHour(),
                    AppSpec.Mail.PER_HOUR);
        }
    }

    private void attached(String field, String service, @Nullable Object before, @Nullable Object after) {
        if (before == null && after != null) {
            say(field, service + " is attached");
        } else if (before != null && after == null) {
            say(field, service + " is detached; its data stays");
        }
    }

    private static String job(String name, @Nullable Job before, @Nullable Job after) {
        if (after == null) {
            return "job " + name + " is removed";
        }
        Job usual = after.orDefaults();
        return "job " + name + (before == null ? " is added: " : " is now: ") + command(after.command()) + ", "
                + quoted(after.onCalendar()) + ", at most " + usual.timeoutSeconds() + " s"
                + (Boolean.TRUE.equals(usual.persistent()) ? ", made up for when missed" : "");
    }

    private void health(@Nullable Health before, @Nullable Health after) {
        if (before == null && after != null) {
            say("health", "health check at " + after.path() + " within " + after.timeoutSeconds() + " s");
        } else if (before != null && after == null) {
            say("health", "no health check any more: a listening port, or a running process, is enough");
        } else if (before != null && after != null) {
            changed("health.path", "health check at", before.path(), after.path());
            changed(
                    "health.timeoutSeconds",
                    "time for the health check",
                    before.timeoutSeconds() + " s",
                    after.timeoutSeconds() + " s");
        }
    }

    private void backup(AppSpec before, AppSpec after) {
        Backup none = new Backup(null, List.of());
        Backup from = before.backup() == null ? none : before.backup();
        Backup to = after.backup() == null ? none : after.backup();
        if (before.isBackedUp() != after.isBackedUp()) {
            say(
                    "backup.enabled",
                    after.isBackedUp()
                            ? "the app is backed up again"
                            : "the app is no longer backed up; the backups that there are stay for their time");
        } else {
            defaulted("backup.enabled", "backup of the app", from.enabled(), to.enabled(), after.isBackedUp());
        }
        added(from.exclude(), to.exclude())
                .forEach(pattern -> say("backup.exclude", "backups leave out " + quoted(pattern)));
        added(to.exclude(), from.exclude())
                .forEach(pattern -> say("backup.exclude", "backups no longer leave out " + quoted(pattern)));
    }

    // ---- words

    private void say(String field, String words) {
        edits.add(new Edit(app, field, words));
    }

    private void changed(String field, String label, String before, String after) {
        if (!before.equals(after)) {
            say(field, label + " " + before + " → " + after);
        }
    }

    /** For a field with a default: what counts is what is in force, but a default that is written down is a change of the file, too. */
    private void changed(
            String field, String label, @Nullable Object before, @Nullable Object after, @Nullable Object usual) {
        Object from = before == null ? usual : before;
        Object to = after == null ? usual : after;
        if (Objects.equals(from, to)) {
            defaulted(field, label, before, after, to);
        } else {
            say(field, label + " " + from + " → " + to);
        }
    }

    private void defaulted(
            String field, String label, @Nullable Object before, @Nullable Object after, @Nullable Object value) {
        if (before == null && after != null) {
            say(field, label + " stays " + word(value) + ", which is now written down");
        } else if (before != null && after == null) {
            say(field, label + " stays " + word(value) + ", which is now left to the default");
        }
    }

    private static String word(@Nullable Object value) {
        return Boolean.TRUE.equals(value) ? "on" : Boolean.FALSE.equals(value) ? "off" : String.valueOf(value);
    }

    /** An order that changed, or a default that is written down: the files differ, what they mean does not. */
    private void nothingUnsaid(Object before, Object after) {
        if (edits.isEmpty() && !before.equals(after)) {
            say("", "the same in another order or spelling; nothing changes in what it means");
        }
    }

    private interface Difference<T> {
        void say(String name, @Nullable T before, @Nullable T after);
    }

    /** What is in one only, or differs, by name. */
    private static <T> void each(Map<String, T> before, Map<String, T> after, Difference<T> difference) {
        Set<String> names = new TreeSet<>(before.keySet());
        names.addAll(after.keySet());
        for (String name : names) {
            if (!Objects.equals(before.get(name), after.get(name))) {
                difference.say(name, before.get(name), after.get(name));
            }
        }
    }

    private static <T> Set<T> added(List<T> before, List<T> after) {
        Set<T> added = new LinkedHashSet<>(after);
        before.forEach(added::remove);
        return added;
    }

    private static String orNone(@Nullable Object value) {
        return value == null ? "none" : value.toString();
    }

    private static String orDefault(@Nullable Object value) {
        return value == null ? "the default" : value.toString();
    }

    private static String orAppsName(@Nullable String database) {
        return database == null ? "named after the app" : database;
    }

    private static String orNone(List<String> words, Function<List<String>, String> inWords) {
        return words.isEmpty() ? "none" : inWords.apply(words);
    }

    private static String command(List<String> command) {
        return command.isEmpty()
                ? "the builder's"
                : shortened(command.stream()
                        .map(word -> PLAIN_WORD.matcher(word).matches() ? word : quoted(word))
                        .collect(Collectors.joining(" ")));
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        shortened(text).codePoints().forEach(c -> {
            if (c == '"' || c == '\\') {
                quoted.append('\\').appendCodePoint(c);
            } else if (isUnseen(c)) {
                quoted.append(c == '\n' ? "\\n" : c == '\t' ? "\\t" : String.format("\\u%04x", c));
            } else {
                quoted.appendCodePoint(c);
            }
        });
        return quoted.append('"').toString();
    }

    /** Characters that could make a line look like another one. */
    private static boolean isUnseen(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.UNASSIGNED -> true;
            default -> false;
        };
    }

    private static String shortened(String text) {
        return text.codePointCount(0, text.length()) <= SHOWN_MOST
                ? text
                : text.substring(0, text.offsetByCodePoints(0, SHOWN_MOST)) + "…";
    }

    /** A public key as people know it: the comment may say anything, the fingerprint cannot. */
    private static final class SshKeys {

        static String inWords(String line) {
            String[] words = line.split(" ", 3);
            String comment = words.length < 3 || words[2].isBlank() ? "" : " (" + shortened(words[2]) + ")";
            return "key " + (words.length < 2 ? shortened(line) : fingerprint(words[1])) + comment;
        }

        private static String fingerprint(String data) {
            try {
                byte[] digest = MessageDigest.getInstance("SHA-256")
                        .digest(Base64.getDecoder().decode(data));
                return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(digest);
            } catch (IllegalArgumentException e) {
                return shortened(data); // base64 of a length that there is not
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("Every Java platform has SHA-256", e);
            }
        }
    }
}
