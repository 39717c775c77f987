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
import dev.croft.desired.HostState.Exporter;
import dev.croft.desired.HostState.Firewall;
import dev.croft.desired.HostState.Gc;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.desired.HostState.LocalTarget;
import dev.croft.desired.HostState.Machine;
import dev.croft.desired.HostState.Mail;
import dev.croft.desired.HostState.MailRelay;
import dev.croft.desired.HostState.MailServer;
import dev.croft.desired.HostState.Mailbox;
import dev.croft.desired.HostState.Monitoring;
import dev.croft.desired.HostState.Mysql;
import dev.croft.desired.HostState.Otlp;
import dev.croft.desired.HostState.Postgresql;
import dev.croft.desired.HostState.RestoreTest;
import dev.croft.desired.HostState.Retention;
import dev.croft.desired.HostState.S3Target;
import dev.croft.desired.HostState.Schedule;
import dev.croft.desired.HostState.Security;
import dev.croft.desired.HostState.ServiceLimits;
import dev.croft.desired.HostState.Services;
import dev.croft.desired.HostState.SftpTarget;
import dev.croft.desired.HostState.Target;
import dev.croft.kernel.AppName;
import dev.croft.kernel.Phrase;
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
        changed("name", Phrase.of("name of the box"), before.name(), after.name());
        changed("stateVersion", Phrase.of("release of the data formats"), before.stateVersion(), after.stateVersion());
        changed("timezone", Phrase.of("time zone"), before.timezone(), after.timezone());
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
                            ofService(service, name, to, after.serviceSecrets().containsKey(service))));
        }
    }

    /** @param stays whether the box still has the service */
    private static Phrase ofService(String service, String name, @Nullable InGit place, boolean stays) {
        if (place == null) {
            return stays
                    ? Phrase.of("the secret {0} of {1} is the one that is sealed on the box", name, service)
                    : Phrase.of("the secret {0} of {1} is no longer taken from git", name, service);
        }
        return place.key() == null
                ? Phrase.of("the secret {0} of {1} is taken from {2} in git", name, service, place.file())
                : Phrase.of(
                        "the secret {0} of {1} is taken from {2} in {3} in git",
                        name, service, place.key(), place.file());
    }

    private void firewall(@Nullable Firewall before, @Nullable Firewall after) {
        Firewall none = new Firewall(List.of(), List.of());
        Firewall from = before == null ? none : before;
        Firewall to = after == null ? none : after;
        String tcp = "firewall.tcp";
        added(from.tcp(), to.tcp()).forEach(port -> say(tcp, Phrase.of("port {0} is opened in the firewall", port)));
        added(to.tcp(), from.tcp()).forEach(port -> say(tcp, Phrase.of("port {0} is closed in the firewall", port)));
        String udp = "firewall.udp";
        added(from.udp(), to.udp())
                .forEach(port -> say(udp, Phrase.of("UDP port {0} is opened in the firewall", port)));
        added(to.udp(), from.udp())
                .forEach(port -> say(udp, Phrase.of("UDP port {0} is closed in the firewall", port)));
    }

    private void ssh(HostSettings before, HostSettings after) {
        boolean from = before.ssh() != null && before.ssh().passwordAuthentication();
        boolean to = after.ssh() != null && after.ssh().passwordAuthentication();
        String field = "ssh.passwordAuthentication";
        if (from != to) {
            say(
                    field,
                    Phrase.of(
                            to
                                    ? "signing in over SSH with a password is allowed"
                                    : "signing in over SSH with a password is no longer allowed"));
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
                say(field, newUser(name, to));
            } else if (from != null && to == null) {
                say(field, Phrase.of("user {0} is removed", name));
            } else if (from != null && to != null) {
                if (from.admin() != to.admin()) {
                    say(
                            field + ".admin",
                            Phrase.of(
                                    to.admin()
                                            ? "user {0} becomes an administrator"
                                            : "user {0} is no longer an administrator",
                                    name));
                }
                added(from.keys(), to.keys())
                        .forEach(key ->
                                say(field + ".keys", Phrase.of("user {0}: {1} added", name, SshKeys.inWords(key))));
                added(to.keys(), from.keys())
                        .forEach(key ->
                                say(field + ".keys", Phrase.of("user {0}: {1} removed", name, SshKeys.inWords(key))));
            }
        }
    }

    private static Phrase newUser(String name, BoxUser user) {
        if (user.keys().isEmpty()) {
            return Phrase.of(
                    user.admin()
                            ? "user {0} is added as an administrator, without a key"
                            : "user {0} is added, without a key",
                    name);
        }
        return Phrase.of(
                user.admin() ? "user {0} is added as an administrator, with {1}" : "user {0} is added, with {1}",
                name,
                Phrase.list(user.keys().stream().map(SshKeys::inWords).toList()));
    }

    private void gc(@Nullable Gc before, @Nullable Gc after) {
        Gc from = before == null ? new Gc(null, null, null) : before;
        Gc to = after == null ? new Gc(null, null, null) : after;
        boolean wasAutomatic = !Boolean.FALSE.equals(from.automatic());
        boolean isAutomatic = !Boolean.FALSE.equals(to.automatic());
        Phrase automatic = Phrase.of("automatic garbage collection");
        if (wasAutomatic != isAutomatic) {
            say("gc.automatic", turned(automatic, isAutomatic));
        } else {
            defaulted("gc.automatic", automatic, from.automatic(), to.automatic(), isAutomatic);
        }
        changed(
                "gc.keepGenerations",
                Phrase.of("generations to keep"),
                from.keepGenerations(),
                to.keepGenerations(),
                Gc.DEFAULTS.keepGenerations());
        changed(
                "gc.minFree",
                Phrase.of("disk space to keep free"),
                from.minFree(),
                to.minFree(),
                Gc.DEFAULTS.minFree());
    }

    private void build(@Nullable Build before, @Nullable Build after) {
        Build from = before == null ? new Build(null, null, null) : before;
        Build to = after == null ? new Build(null, null, null) : after;
        changed(
                "build.memoryMax",
                Phrase.of("memory of builds"),
                from.memoryMax(),
                to.memoryMax(),
                Build.DEFAULTS.memoryMax());
        changed(
                "build.cpuWeight",
                Phrase.of("CPU weight of builds"),
                from.cpuWeight(),
                to.cpuWeight(),
                Build.DEFAULTS.cpuWeight());
        changed(
                "build.ioWeight",
                Phrase.of("disk weight of builds"),
                from.ioWeight(),
                to.ioWeight(),
                Build.DEFAULTS.ioWeight());
    }

    private void machine(@Nullable Machine before, @Nullable Machine after) {
        Machine from = before == null ? Machine.AS_IT_IS : before;
        Machine to = after == null ? Machine.AS_IT_IS : after;
        offered(
                "machine.persistentJournal",
                Phrase.of("the journal on the disk"),
                from.persistentJournal(),
                to.persistentJournal());
        offered("machine.timeSync", "systemd-timesyncd", from.timeSync(), to.timeSync());
        offered("machine.ipv6", "IPv6", from.ipv6(), to.ipv6());
        offered("machine.zramSwap", Phrase.of("swapping into compressed memory"), from.zramSwap(), to.zramSwap());
        String field = "machine.kernelModules";
        added(from.kernelModules(), to.kernelModules())
                .forEach(module -> say(field, Phrase.of("the kernel module {0} is loaded", module)));
        added(to.kernelModules(), from.kernelModules())
                .forEach(module -> say(field, Phrase.of("the kernel module {0} is no longer asked for", module)));
    }

    /** What is not set is as the box's own configuration has it, which is not known here. */
    private void offered(String field, Object label, @Nullable Boolean before, @Nullable Boolean after) {
        if (after == null && before != null) {
            say(field, Phrase.of("{0} is left to the box's own configuration", label));
        } else if (after != null && !after.equals(before)) {
            say(field, turned(label, after));
        }
    }

    private static Phrase turned(Object label, boolean on) {
        return Phrase.of(on ? "{0} is turned on" : "{0} is turned off", label);
    }

    private void acme(@Nullable Acme before, @Nullable Acme after) {
        if (before == null && after != null) {
            say("acme", Phrase.of("certificates are asked of {0} in the name of {1}", authority(after), after.email()));
        } else if (before != null && after == null) {
            say("acme", Phrase.of("certificates are no longer asked of {0}", authority(before)));
        } else if (before != null && after != null) {
            changed("acme.server", Phrase.of("certificates are asked of"), authority(before), authority(after));
            changed(
                    "acme.email",
                    Phrase.of("certificates are asked for in the name of"),
                    before.email(),
                    after.email());
            if (!Objects.equals(before.caCertificate(), after.caCertificate())) {
                say("acme.caCertificate", Phrase.of("another root certificate for the certificate authority"));
            }
            changed("acme.dns.provider", Phrase.of("domains are proved by"), proof(before), proof(after));
            each(
                    dnsSettings(before),
                    dnsSettings(after),
                    (name, from, to) -> say(
                            "acme.dns.settings." + name,
                            to == null
                                    ? Phrase.of("the DNS provider's {0} is no longer set", name)
                                    : Phrase.of("the DNS provider's {0} is {1}", name, quoted(to))));
        }
    }

    private static String authority(Acme acme) {
        return acme.server() == null ? Acme.SERVER : acme.server();
    }

    private static Phrase proof(Acme acme) {
        return acme.dns() == null
                ? Phrase.of("a request to port 80")
                : Phrase.of("a record at {0}", acme.dns().provider());
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
        service("services.mysql", "MariaDB", mysqlBefore, mysqlAfter, which(mysqlAfter));
        if (mysqlBefore != null && mysqlAfter != null) {
            changed("services.mysql.version", "MariaDB", orNixpkgs(mysqlBefore), orNixpkgs(mysqlAfter));
            settings("services.mysql", "MariaDB", mysqlBefore.settings(), mysqlAfter.settings());
            limits("services.mysql", "MariaDB", mysqlBefore.limits(), mysqlAfter.limits());
        }
        mail(before.mail(), after.mail());
        monitoring(before.monitoring(), after.monitoring());
    }

    private void monitoring(@Nullable Monitoring before, @Nullable Monitoring after) {
        Monitoring from = before == null ? Monitoring.NONE : before;
        Monitoring to = after == null ? Monitoring.NONE : after;
        String field = "services.monitoring";
        for (Exporter exporter : Exporter.values()) {
            Integer was = from.exporters().get(exporter);
            Integer is = to.exporters().get(exporter);
            if (!Objects.equals(was, is)) {
                say(
                        field + ".exporters." + exporter.word(),
                        is == null
                                ? Phrase.of("monitoring: the exporter {0} is switched off", exporter.word())
                                : Phrase.of(
                                        "monitoring: the exporter {0} listens at port {1}", exporter.word(), "" + is));
            }
        }
        if (!Objects.equals(from.address(), to.address())) {
            say(
                    field + ".address",
                    from.addressOrDefault().equals(to.addressOrDefault())
                            ? Phrase.of(
                                    "monitoring: exporters stay at {0}, written in another way", to.addressOrDefault())
                            : Phrase.of(
                                    "monitoring: exporters listen at {0}, no longer at {1}",
                                    to.addressOrDefault(), from.addressOrDefault()));
        }
        if (!Objects.equals(from.openFirewall(), to.openFirewall())) {
            say(
                    field + ".openFirewall",
                    to.opensFirewall()
                            ? Phrase.of("monitoring: the firewall lets others reach the exporters")
                            : Phrase.of("monitoring: the firewall keeps others from the exporters"));
        }
        otlp(from.otlp(), to.otlp());
    }

    private void otlp(@Nullable Otlp before, @Nullable Otlp after) {
        String field = "services.monitoring.otlp";
        if (before == null && after == null) {
            return;
        }
        if (after == null) {
            say(field, Phrase.of("monitoring: nothing is sent by OpenTelemetry any more"));
        } else if (before == null) {
            say(field, sent(after));
            if (after.header() != null) {
                say(
                        field + ".header",
                        Phrase.of("monitoring: the header {0} is sent along, with its secret", after.header()));
            }
        } else {
            changed(field + ".endpoint", Phrase.of("OpenTelemetry server"), before.endpoint(), after.endpoint());
            if (!Objects.equals(before.metrics(), after.metrics()) || !Objects.equals(before.logs(), after.logs())) {
                say(field, sent(after));
            }
            if (!Objects.equals(before.header(), after.header())) {
                say(
                        field + ".header",
                        after.header() == null
                                ? Phrase.of("monitoring: no header is sent along any more")
                                : Phrase.of(
                                        "monitoring: the header {0} is sent along, with its secret", after.header()));
            }
        }
    }

    private static Phrase sent(Otlp otlp) {
        return otlp.sendsMetrics() && otlp.sendsLogs()
                ? Phrase.of("monitoring: metrics and logs go to {0} by OpenTelemetry", otlp.endpoint())
                : otlp.sendsMetrics()
                        ? Phrase.of("monitoring: metrics go to {0} by OpenTelemetry", otlp.endpoint())
                        : Phrase.of("monitoring: logs go to {0} by OpenTelemetry", otlp.endpoint());
    }

    private static String which(@Nullable Mysql mysql) {
        return mysql == null || mysql.version() == null ? "" : " " + mysql.version();
    }

    private static Object orNixpkgs(Mysql mysql) {
        return mysql.version() == null ? Phrase.of("the version that nixpkgs has") : mysql.version();
    }

    private void mail(@Nullable Mail before, @Nullable Mail after) {
        Mail none = new Mail(null, null);
        Mail from = before == null ? none : before;
        Mail to = after == null ? none : after;
        relay(from.relay(), to.relay(), after != null);
        mailServer(from.server(), to.server());
        if (before != null && after == null) {
            say("services.mail", Phrase.of("mail: the box has no mail any more; apps cannot send"));
        }
    }

    private void relay(@Nullable MailRelay before, @Nullable MailRelay after, boolean stays) {
        String field = "services.mail.relay";
        if (before == null && after != null) {
            say(field, Phrase.of("mail: the relay is now {0}", whole(after)));
        } else if (before != null && after == null) {
            say(
                    field,
                    Phrase.of(
                            stays
                                    ? "mail: {0} is no longer the relay; mail goes straight to the receivers' servers"
                                    : "mail: {0} is no longer the relay",
                            before.address()));
        } else if (before != null && after != null && !before.equals(after)) {
            say(
                    field,
                    whole(before).equals(whole(after))
                            ? Phrase.of("mail: the relay stays {0}, written in another way", whole(after))
                            : Phrase.of("mail: the relay is now {0}, no longer {1}", whole(after), whole(before)));
        }
    }

    private static Phrase whole(MailRelay relay) {
        String security = relay.securityOrDefault() == Security.TLS ? "TLS" : "STARTTLS";
        return relay.user() == null
                ? Phrase.of("{0} ({1}, without a sign-in)", relay.address(), security)
                : Phrase.of("{0} ({1}, signing in as {2})", relay.address(), security, relay.user());
    }

    private void mailServer(@Nullable MailServer before, @Nullable MailServer after) {
        String field = "services.mail.server";
        MailServer none = new MailServer("", List.of());
        MailServer from = before == null ? none : before;
        MailServer to = after == null ? none : after;
        if (before == null && after != null) {
            say(field, Phrase.of("mail: the box receives mail as {0}", after.hostname()));
        } else if (before != null && after == null) {
            say(field, Phrase.of("mail: the box receives no mail any more; what is in mailboxes stays"));
        } else {
            changed(field + ".hostname", Phrase.of("mail: name of the server"), from.hostname(), to.hostname());
        }
        added(from.domains(), to.domains())
                .forEach(domain -> say(field + ".domains", Phrase.of("mail: domain {0} is received here", domain)));
        added(to.domains(), from.domains())
                .forEach(domain ->
                        say(field + ".domains", Phrase.of("mail: domain {0} is no longer received here", domain)));
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
                                ? Phrase.of("mail: {0} is no longer an alias", alias(address))
                                : Phrase.of(
                                        "mail: {0} goes to {1}", alias(address), shortened(String.join(", ", is)))));
        changed(
                field + ".messageMax",
                Phrase.of("mail: largest message"),
                from.messageMax(),
                to.messageMax(),
                MailServer.MESSAGE_MAX);
        changed(
                field + ".dkimSelector",
                Phrase.of("mail: name of the signature's key"),
                from.dkimSelector(),
                to.dkimSelector(),
                MailServer.DKIM_SELECTOR);
        if (from.isBackedUp() != to.isBackedUp()) {
            say(
                    field + ".backup",
                    Phrase.of(
                            to.isBackedUp()
                                    ? "mail: it is backed up"
                                    : "mail: it is no longer backed up; the backups that there are stay for their time"));
        } else if (before != null && after != null) {
            defaulted(field + ".backup", Phrase.of("backup of the mail"), from.backup(), to.backup(), to.isBackedUp());
        }
        if (before == null && after != null) {
            say(field + ".tls", Phrase.of("mail: certificate of the server {0}", word(after.tlsOrDefault())));
        } else if (before != null && after != null) {
            changed(
                    field + ".tls",
                    Phrase.of("mail: certificate of the server"),
                    from.tls(),
                    to.tls(),
                    Tls.SELF_SIGNED);
        }
    }

    private static Object alias(String address) {
        return address.startsWith("@") ? Phrase.of("what is for nobody else at {0}", address.substring(1)) : address;
    }

    private static Phrase mailbox(String address, @Nullable Mailbox before, @Nullable Mailbox after) {
        if (after == null) {
            return Phrase.of("mail: mailbox {0} is removed; its mail stays", address);
        }
        return Phrase.of(
                before == null ? "mail: mailbox {0} is added, {1}" : "mail: mailbox {0}: {1}",
                address,
                quota(after.quota()));
    }

    private static Phrase quota(@Nullable String most) {
        return most == null ? Phrase.of("without a quota") : Phrase.of("at most {0}", most);
    }

    private void service(String field, String name, @Nullable Object before, @Nullable Object after, String which) {
        if (before == null && after != null) {
            say(field, Phrase.of("{0} is added to the box", name + which));
        } else if (before != null && after == null) {
            say(field, Phrase.of("{0} is removed from the box; its data stays", name));
        }
    }

    private void settings(String field, String service, Map<String, Object> before, Map<String, Object> after) {
        each(
                before,
                after,
                (name, from, to) ->
                        say(field + ".settings." + name, change(service + " " + name, orDefault(from), orDefault(to))));
    }

    private void limits(String field, String service, @Nullable ServiceLimits before, @Nullable ServiceLimits after) {
        ServiceLimits none = new ServiceLimits(null, null);
        ServiceLimits from = before == null ? none : before;
        ServiceLimits to = after == null ? none : after;
        changed(
                field + ".limits.memoryMax",
                Phrase.of("{0} memory limit", service),
                orNone(from.memoryMax()),
                orNone(to.memoryMax()));
        changed(
                field + ".limits.cpuQuota",
                Phrase.of("{0} CPU limit", service),
                orNone(from.cpuQuota()),
                orNone(to.cpuQuota()));
    }

    private void backups(Backups before, Backups after) {
        each(before.targets(), after.targets(), (name, from, to) -> {
            String field = "backups.targets." + name;
            if (from == null && to != null) {
                say(field, Phrase.of("backups go to {0}: {1}", name, place(to)));
            } else if (to == null) {
                say(field, Phrase.of("backups no longer go to {0}; what is there stays", name));
            } else if (from != null) {
                say(field, Phrase.of("backups to {0}: {1} → {2}", name, place(from), place(to)));
            }
        });
        changed(
                "backups.schedule",
                Phrase.of("backups are made"),
                before.schedule(),
                after.schedule(),
                Backups.DEFAULTS.schedule());
        Retention none = new Retention(null, null, null);
        Retention from = before.retention() == null ? none : before.retention();
        Retention to = after.retention() == null ? none : after.retention();
        Retention usual = Retention.DEFAULTS;
        changed(
                "backups.retention.daily",
                Phrase.of("days of backups to keep"),
                from.daily(),
                to.daily(),
                usual.daily());
        changed(
                "backups.retention.weekly",
                Phrase.of("weeks of backups to keep"),
                from.weekly(),
                to.weekly(),
                usual.weekly());
        changed(
                "backups.retention.monthly",
                Phrase.of("months of backups to keep"),
                from.monthly(),
                to.monthly(),
                usual.monthly());
        changed(
                "backups.restoreTest",
                Phrase.of("restore test"),
                before.restoreTest(),
                after.restoreTest(),
                Backups.DEFAULTS.restoreTest());
    }

    private static Object place(Target target) {
        return switch (target) {
            case LocalTarget local -> Phrase.of("{0} on the box", local.path());
            case SftpTarget sftp -> {
                String server = sftp.user() + "@" + sftp.host();
                yield Phrase.list(List.of(
                        sftp.port() == null ? server : Phrase.of("{0} port {1}", server, sftp.port()),
                        sftp.path(),
                        Phrase.of("host {0}", SshKeys.inWords(sftp.hostKey()))));
            }
            case S3Target s3 -> {
                List<Object> parts = new ArrayList<>();
                parts.add(Phrase.of("bucket {0} at {1}", s3.bucket(), s3.endpoint()));
                if (s3.prefix() != null) {
                    parts.add(s3.prefix());
                }
                if (s3.region() != null) {
                    parts.add(Phrase.of("region {0}", s3.region()));
                }
                yield Phrase.list(parts);
            }
        };
    }

    // ---- an app

    private void app(@Nullable AppSpec before, @Nullable AppSpec after) {
        if (before == null && after != null) {
            Integer port = after.run().port();
            String builder = after.build().builder();
            say(
                    "",
                    port == null
                            ? Phrase.of("new app from {0}, built as {1}", address(after.source()), builder)
                            : Phrase.of(
                                    "new app from {0}, built as {1}, port {2}",
                                    address(after.source()), builder, port));
            // What it has beside that, in the words of an app that gets it later.
            parts(bare(after), after);
        } else if (before != null && after == null) {
            say("", Phrase.of("the app is removed; its data stays"));
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
                Phrase.of("builder"),
                before.build().builder(),
                after.build().builder());
        changed("isolation", Phrase.of("isolation"), before.isolation(), after.isolation());
        changed(
                "run.command",
                Phrase.of("start command"),
                command(before.run().command()),
                command(after.run().command()));
        changed(
                "run.port",
                Phrase.of("port"),
                orNone(before.run().port()),
                orNone(after.run().port()));
        environment(before.run().env(), after.run().env());
        each(
                before.run().secrets(),
                after.run().secrets(),
                (name, from, to) -> say("run.secrets." + name, secret(name, from, to)));
        changed(
                "run.hooks.migrate",
                Phrase.of("migration before a new version"),
                orNone(before.run().migrate(), Edits::command),
                orNone(after.run().migrate(), Edits::command));
        added(before.domains(), after.domains()).forEach(name -> say("domains", Phrase.of("domain {0} added", name)));
        added(after.domains(), before.domains()).forEach(name -> say("domains", Phrase.of("domain {0} removed", name)));
        web(before.web(), after.web());
        attach(before.attach(), after.attach());
        each(before.jobs(), after.jobs(), (name, from, to) -> say("jobs." + name, job(name, from, to)));
        limits(before.limits(), after.limits());
        health(before.health(), after.health());
        backup(before, after);
    }

    private static Object address(Source source) {
        String at = source.url() + (source.ref() == null ? "" : " (" + source.ref() + ")");
        return source.rev() == null ? at : Phrase.inContext("commit", "{0} at {1}", at, shortRev(source.rev()));
    }

    private void source(Source before, Source after) {
        changed("source.type", Phrase.of("kind of source"), before.type(), after.type());
        changed("source.url", Phrase.of("repository"), before.url(), after.url());
        changed("source.ref", Phrase.of("branch or tag"), orNone(before.ref()), orNone(after.ref()));
        String from = before.rev();
        String to = after.rev();
        if (!Objects.equals(from, to)) {
            Object was = from == null ? Phrase.of("not looked up yet") : shortRev(from);
            say(
                    "source.rev",
                    to == null
                            ? Phrase.of(
                                    "source {0} → what {1} points to when it is applied",
                                    was, after.ref() == null ? Phrase.of("the default branch") : after.ref())
                            : Phrase.of("source {0} → {1}", was, shortRev(to)));
        } else if (!Objects.equals(before.narHash(), after.narHash())) {
            say(
                    "source.narHash",
                    change(Phrase.of("hash of the source's files"), orNone(before.narHash()), orNone(after.narHash())));
        }
    }

    private static String shortRev(String rev) {
        return rev.substring(0, Math.min(7, rev.length()));
    }

    private void environment(Map<String, String> before, Map<String, String> after) {
        Set<String> names = new TreeSet<>(before.keySet());
        names.addAll(after.keySet());
        for (String name : names) {
            String from = before.get(name);
            String to = after.get(name);
            if (!Objects.equals(from, to)) {
                say("run.env." + name, variable(name, from, to));
            }
        }
    }

    /** The environment is no place for secrets, but people put them there; a page of changes is looked at by more of them. */
    private static Phrase variable(String name, @Nullable String from, @Nullable String to) {
        if (to == null) {
            return Phrase.of("environment: {0} removed", name);
        }
        if (SECRET_NAME.matcher(name.toUpperCase(Locale.ROOT)).matches()
                || isSecret(to)
                || (from != null && isSecret(from))) {
            return Phrase.of(
                    from == null
                            ? "environment: {0} added (value not shown)"
                            : "environment: {0} changed (value not shown)",
                    name);
        }
        return from == null
                ? Phrase.of("environment: {0} added: {1}", name, quoted(to))
                : Phrase.of("environment: {0} changed: {1} → {2}", name, quoted(from), quoted(to));
    }

    private static boolean isSecret(String value) {
        return SECRET_VALUE.matcher(value).matches();
    }

    private void limits(@Nullable Limits before, @Nullable Limits after) {
        Limits from = before == null ? new Limits(null, null, null) : before;
        Limits to = after == null ? new Limits(null, null, null) : after;
        Limits usual = Limits.DEFAULTS;
        changed("limits.memoryMax", Phrase.of("memory limit"), from.memoryMax(), to.memoryMax(), usual.memoryMax());
        changed("limits.cpuQuota", Phrase.of("CPU limit"), from.cpuQuota(), to.cpuQuota(), usual.cpuQuota());
        changed("limits.tasksMax", Phrase.of("limit of processes"), from.tasksMax(), to.tasksMax(), usual.tasksMax());
    }

    private static Phrase secret(String name, @Nullable Delivery before, @Nullable Delivery after) {
        if (after == null) {
            return Phrase.of("secret {0} is no longer given to the app", name);
        }
        return before == null
                ? Phrase.of("secret {0} is given to the app as {1}", name, delivered(after))
                : Phrase.of(
                        "secret {0} is given to the app as {1}, no longer as {2}",
                        name, delivered(after), delivered(before));
    }

    private static Phrase delivered(Delivery how) {
        Phrase as = switch (how.as()) {
            case FILE -> Phrase.of("a file");
            case ENV -> Phrase.of("a variable");
            case ENV_FILE -> Phrase.of("lines of variables");
        };
        InGit place = how.inGit();
        if (place == null) {
            return as;
        }
        return place.key() == null
                ? Phrase.of("{0}, from {1} in git", as, place.file())
                : Phrase.of("{0}, from {1} in {2} in git", as, place.key(), place.file());
    }

    private void web(@Nullable Web before, @Nullable Web after) {
        Web none = new Web(null, null, new TreeMap<>(), null);
        Web from = before == null ? none : before;
        Web to = after == null ? none : after;
        changed("web.tls", Phrase.of("certificate"), from.tls(), to.tls(), Tls.NONE);
        changed("web.maxBody", Phrase.of("largest request"), from.maxBody(), to.maxBody(), Web.MAX_BODY);
        if (!Objects.equals(from.redirectToHttps(), to.redirectToHttps())) {
            changed(
                    "web.redirectToHttps",
                    Phrase.of("redirect to HTTPS"),
                    from.redirectToHttps(),
                    to.redirectToHttps(),
                    true);
        }
        each(
                from.redirects(),
                to.redirects(),
                (name, was, is) -> say(
                        "web.redirects." + name,
                        is == null
                                ? Phrase.of("{0} no longer leads to {1}", name, String.valueOf(was))
                                : Phrase.of("{0} leads to {1}", name, is)));
    }

    private void attach(Attach before, Attach after) {
        attached("attach.postgresql", "PostgreSQL", before.postgresql(), after.postgresql());
        AppSpec.Postgresql from = before.postgresql();
        AppSpec.Postgresql to = after.postgresql();
        if (from != null && to != null) {
            changed(
                    "attach.postgresql.database",
                    Phrase.of("{0} database", "PostgreSQL"),
                    orAppsName(from.database()),
                    orAppsName(to.database()));
            access("attach.postgresql.access", "PostgreSQL", from.access(), to.access());
            added(from.extensions(), to.extensions())
                    .forEach(name ->
                            say("attach.postgresql.extensions", Phrase.of("PostgreSQL extension {0} added", name)));
            added(to.extensions(), from.extensions())
                    .forEach(name -> say(
                            "attach.postgresql.extensions",
                            Phrase.of(
                                    "PostgreSQL extension {0} is no longer asked for; it stays in the database",
                                    name)));
        } else if (to != null) {
            access("attach.postgresql.access", "PostgreSQL", null, to.access());
        }
        attached("attach.mysql", "MariaDB", before.mysql(), after.mysql());
        if (before.mysql() != null && after.mysql() != null) {
            changed(
                    "attach.mysql.database",
                    Phrase.of("{0} database", "MariaDB"),
                    orAppsName(before.mysql().database()),
                    orAppsName(after.mysql().database()));
            access(
                    "attach.mysql.access",
                    "MariaDB",
                    before.mysql().access(),
                    after.mysql().access());
        } else if (after.mysql() != null) {
            access("attach.mysql.access", "MariaDB", null, after.mysql().access());
        }
        attached("attach.redis", "Redis", before.redis(), after.redis());
        if (before.redis() != null && after.redis() != null) {
            Redis usual = Redis.DEFAULTS;
            changed(
                    "attach.redis.memoryMax",
                    Phrase.of("memory of Redis"),
                    before.redis().memoryMax(),
                    after.redis().memoryMax(),
                    usual.memoryMax());
            changed(
                    "attach.redis.persistent",
                    Phrase.of("Redis keeps its data"),
                    before.redis().persistent(),
                    after.redis().persistent(),
                    usual.persistent());
        }
        mail(before.mail(), after.mail());
        each(before.storage(), after.storage(), (name, was, is) -> {
            String field = "attach.storage." + name;
            if (is == null) {
                say(field, Phrase.of("storage {0} is detached; its files stay", name));
            } else {
                say(
                        field,
                        Phrase.of(
                                was == null ? "storage {0} is attached, {1}" : "storage {0}: {1}",
                                name,
                                quota(is.quota())));
            }
        });
    }

    private void mail(AppSpec.@Nullable Mail before, AppSpec.@Nullable Mail after) {
        if (before == null && after != null) {
            say(
                    "attach.mail",
                    Phrase.of(
                            "the app sends mail as {0}, at most {1} messages an hour",
                            shortened(String.join(", ", after.from())), after.perHourOrDefault()));
        } else if (before != null && after == null) {
            say("attach.mail", Phrase.of("the app sends no mail any more"));
        } else if (before != null && after != null) {
            changed(
                    "attach.mail.from",
                    Phrase.of("the app sends mail as"),
                    String.join(", ", before.from()),
                    String.join(", ", after.from()));
            changed(
                    "attach.mail.perHour",
                    Phrase.of("messages of the app in an hour"),
                    before.perHour(),
                    after.perHour(),
                    AppSpec.Mail.PER_HOUR);
        }
    }

    private void access(String field, String service, AppSpec.@Nullable Access before, AppSpec.@Nullable Access after) {
        if (before == after) {
            return;
        }
        say(
                field,
                after == AppSpec.Access.PASSWORD
                        ? Phrase.of("the app signs in to {0} with a password, over TCP on the loopback", service)
                        : Phrase.of("the app signs in to {0} over the socket, without a password", service));
    }

    private void attached(String field, String service, @Nullable Object before, @Nullable Object after) {
        if (before == null && after != null) {
            say(field, Phrase.of("{0} is attached", service));
        } else if (before != null && after == null) {
            say(field, Phrase.of("{0} is detached; its data stays", service));
        }
    }

    private static Phrase job(String name, @Nullable Job before, @Nullable Job after) {
        if (after == null) {
            return Phrase.of("job {0} is removed", name);
        }
        Job usual = after.orDefaults();
        List<Object> parts = new ArrayList<>(List.of(
                command(after.command()),
                quoted(after.onCalendar()),
                Phrase.of("at most {0} s", String.valueOf(usual.timeoutSeconds()))));
        if (Boolean.TRUE.equals(usual.persistent())) {
            parts.add(Phrase.of("made up for when missed"));
        }
        return Phrase.of(before == null ? "job {0} is added: {1}" : "job {0} is now: {1}", name, Phrase.list(parts));
    }

    private void health(@Nullable Health before, @Nullable Health after) {
        if (before == null && after != null) {
            say("health", Phrase.of("health check at {0} within {1} s", after.path(), after.timeoutSeconds()));
        } else if (before != null && after == null) {
            say("health", Phrase.of("no health check any more: a listening port, or a running process, is enough"));
        } else if (before != null && after != null) {
            changed("health.path", Phrase.of("health check at"), before.path(), after.path());
            changed(
                    "health.timeoutSeconds",
                    Phrase.of("time for the health check"),
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
                    Phrase.of(
                            after.isBackedUp()
                                    ? "the app is backed up again"
                                    : "the app is no longer backed up; the backups that there are stay for their time"));
        } else {
            defaulted(
                    "backup.enabled", Phrase.of("backup of the app"), from.enabled(), to.enabled(), after.isBackedUp());
        }
        added(from.exclude(), to.exclude())
                .forEach(pattern -> say("backup.exclude", Phrase.of("backups leave out {0}", quoted(pattern))));
        added(to.exclude(), from.exclude())
                .forEach(pattern ->
                        say("backup.exclude", Phrase.of("backups no longer leave out {0}", quoted(pattern))));
    }

    // ---- words

    private void say(String field, Phrase words) {
        edits.add(new Edit(app, field, words));
    }

    private static Phrase change(Object label, Object before, Object after) {
        return Phrase.of("{0} {1} → {2}", label, before, after);
    }

    private void changed(String field, Object label, Object before, Object after) {
        if (!before.equals(after)) {
            say(field, change(label, before, after));
        }
    }

    /** For a field with a default: what counts is what is in force, but a default that is written down is a change of the file, too. */
    private void changed(
            String field, Phrase label, @Nullable Object before, @Nullable Object after, @Nullable Object usual) {
        Object from = before == null ? usual : before;
        Object to = after == null ? usual : after;
        if (Objects.equals(from, to)) {
            defaulted(field, label, before, after, to);
        } else {
            say(field, change(label, word(from), word(to)));
        }
    }

    private void defaulted(
            String field, Phrase label, @Nullable Object before, @Nullable Object after, @Nullable Object value) {
        if (before == null && after != null) {
            say(field, Phrase.of("{0} stays {1}, which is now written down", label, word(value)));
        } else if (before != null && after == null) {
            say(field, Phrase.of("{0} stays {1}, which is now left to the default", label, word(value)));
        }
    }

    /** What a setting is set to, as a phrase takes it. */
    private static Object word(@Nullable Object value) {
        return switch (value) {
            case null -> orNone(null);
            case Boolean on -> Phrase.inContext("setting", on ? "on" : "off");
            case Tls tls ->
                switch (tls) {
                    case NONE -> orNone(null);
                    case INTERNAL -> Phrase.inContext("certificate", "internal");
                    case SELF_SIGNED -> Phrase.inContext("certificate", "self-signed");
                    case UPLOADED -> Phrase.inContext("certificate", "uploaded");
                    case ACME -> tls.word();
                };
            case Schedule schedule ->
                switch (schedule) {
                    case HOURLY -> Phrase.of("hourly");
                    case DAILY -> Phrase.of("daily");
                    case WEEKLY -> Phrase.of("weekly");
                };
            case RestoreTest test ->
                switch (test) {
                    case NEVER -> Phrase.of("never");
                    case DAILY -> Phrase.of("daily");
                    case WEEKLY -> Phrase.of("weekly");
                    case MONTHLY -> Phrase.of("monthly");
                };
            default -> value.toString();
        };
    }

    /** An order that changed, or a default that is written down: the files differ, what they mean does not. */
    private void nothingUnsaid(Object before, Object after) {
        if (edits.isEmpty() && !before.equals(after)) {
            say("", Phrase.of("the same in another order or spelling; nothing changes in what it means"));
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

    private static Object orNone(@Nullable Object value) {
        return value == null ? Phrase.inContext("setting", "none") : value.toString();
    }

    private static Object orDefault(@Nullable Object value) {
        return value == null ? Phrase.of("the default") : value.toString();
    }

    private static Object orAppsName(@Nullable String database) {
        return database == null ? Phrase.of("named after the app") : database;
    }

    private static Object orNone(List<String> words, Function<List<String>, Object> inWords) {
        return words.isEmpty() ? orNone(null) : inWords.apply(words);
    }

    private static Object command(List<String> command) {
        return command.isEmpty()
                ? Phrase.of("the builder's")
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

        static Phrase inWords(String line) {
            String[] words = line.split(" ", 3);
            String comment = words.length < 3 || words[2].isBlank() ? "" : " (" + shortened(words[2]) + ")";
            return Phrase.of("key {0}", (words.length < 2 ? shortened(line) : fingerprint(words[1])) + comment);
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
