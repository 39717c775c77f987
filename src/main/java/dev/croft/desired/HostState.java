package dev.croft.desired;

import dev.croft.desired.AppSpec.InGit;
import dev.croft.kernel.AppName;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Everything that state.json says of one box. */
public record HostState(int version, HostSettings host, SortedMap<AppName, AppSpec> apps) {

    public static final int VERSION = 1;

    /**
     * The box itself; what is null has the default of docs/state.md.
     *
     * @param name attribute of nixosConfigurations; never changed by a draft, where empty means the one in force
     * @param stateVersion NixOS release of the first install, for example 26.05; never changed by a draft, where empty means the one in
     *     force
     * @param timezone tz database name
     * @param users people who may sign in to the box, by name
     * @param acme who asks for certificates, and where
     * @param machine what the machine has to offer
     * @param services what apps can be attached to; beside {@code host} in state.json, and drafted with it
     * @param backups where the apps' data is kept, and for how long; beside {@code host}, too
     * @param secrets those of the box's own services that are kept in git, by service and name; beside {@code host}, too. All others
     *     are sealed on the box
     */
    public record HostSettings(
            String name,
            String stateVersion,
            String timezone,
            @Nullable Firewall firewall,
            @Nullable Ssh ssh,
            SortedMap<String, BoxUser> users,
            @Nullable Gc gc,
            @Nullable Build build,
            @Nullable Acme acme,
            @Nullable Machine machine,
            Services services,
            Backups backups,
            SortedMap<String, SortedMap<String, InGit>> secrets) {

        public HostSettings {
            users = Collections.unmodifiableSortedMap(new TreeMap<>(users));
            // What says nothing is left out of the file, so it has to be equal to nothing.
            firewall = new Firewall(List.of(), List.of()).equals(firewall) ? null : firewall;
            gc = new Gc(null, null, null).equals(gc) ? null : gc;
            build = new Build(null, null, null).equals(build) ? null : build;
            machine = Machine.AS_IT_IS.equals(machine) ? null : machine;
            var kept = new TreeMap<String, SortedMap<String, InGit>>();
            secrets.forEach((service, named) -> {
                if (!named.isEmpty()) {
                    kept.put(service, Collections.unmodifiableSortedMap(new TreeMap<>(named)));
                }
            });
            secrets = Collections.unmodifiableSortedMap(kept);
        }

        /** Those of a box whose services have no secret in git. */
        public HostSettings(
                String name,
                String stateVersion,
                String timezone,
                @Nullable Firewall firewall,
                @Nullable Ssh ssh,
                SortedMap<String, BoxUser> users,
                @Nullable Gc gc,
                @Nullable Build build,
                @Nullable Acme acme,
                @Nullable Machine machine,
                Services services,
                Backups backups) {
            this(
                    name,
                    stateVersion,
                    timezone,
                    firewall,
                    ssh,
                    users,
                    gc,
                    build,
                    acme,
                    machine,
                    services,
                    backups,
                    new TreeMap<>());
        }

        public static HostSettings of(String name, String stateVersion, String timezone) {
            return new HostSettings(
                    name,
                    stateVersion,
                    timezone,
                    null,
                    null,
                    new TreeMap<>(),
                    null,
                    null,
                    null,
                    null,
                    Services.NONE,
                    Backups.NONE);
        }

        /** These settings for the box that the other ones are of. */
        public HostSettings withIdentityOf(HostSettings other) {
            return new HostSettings(
                    other.name,
                    other.stateVersion,
                    timezone,
                    firewall,
                    ssh,
                    users,
                    gc,
                    build,
                    acme,
                    machine,
                    services,
                    backups,
                    secrets);
        }

        public HostSettings withTimezone(String other) {
            return new HostSettings(
                    name,
                    stateVersion,
                    other,
                    firewall,
                    ssh,
                    users,
                    gc,
                    build,
                    acme,
                    machine,
                    services,
                    backups,
                    secrets);
        }

        public HostSettings withFirewall(Firewall other) {
            return new HostSettings(
                    name,
                    stateVersion,
                    timezone,
                    other,
                    ssh,
                    users,
                    gc,
                    build,
                    acme,
                    machine,
                    services,
                    backups,
                    secrets);
        }

        public HostSettings withSsh(Ssh other) {
            return new HostSettings(
                    name,
                    stateVersion,
                    timezone,
                    firewall,
                    other,
                    users,
                    gc,
                    build,
                    acme,
                    machine,
                    services,
                    backups,
                    secrets);
        }

        public HostSettings withUsers(SortedMap<String, BoxUser> others) {
            return new HostSettings(
                    name,
                    stateVersion,
                    timezone,
                    firewall,
                    ssh,
                    others,
                    gc,
                    build,
                    acme,
                    machine,
                    services,
                    backups,
                    secrets);
        }

        public HostSettings withGc(Gc other) {
            return new HostSettings(
                    name,
                    stateVersion,
                    timezone,
                    firewall,
                    ssh,
                    users,
                    other,
                    build,
                    acme,
                    machine,
                    services,
                    backups,
                    secrets);
        }

        public HostSettings withAcme(@Nullable Acme other) {
            return new HostSettings(
                            name,
                            stateVersion,
                            timezone,
                            firewall,
                            ssh,
                            users,
                            gc,
                            build,
                            other,
                            machine,
                            services,
                            backups,
                            secrets)
                    .withoutStraySecrets();
        }

        public HostSettings withMachine(Machine other) {
            return new HostSettings(
                    name,
                    stateVersion,
                    timezone,
                    firewall,
                    ssh,
                    users,
                    gc,
                    build,
                    acme,
                    other,
                    services,
                    backups,
                    secrets);
        }

        public HostSettings withServices(Services other) {
            return new HostSettings(
                            name,
                            stateVersion,
                            timezone,
                            firewall,
                            ssh,
                            users,
                            gc,
                            build,
                            acme,
                            machine,
                            other,
                            backups,
                            secrets)
                    .withoutStraySecrets();
        }

        public HostSettings withBackups(Backups other) {
            return new HostSettings(
                            name,
                            stateVersion,
                            timezone,
                            firewall,
                            ssh,
                            users,
                            gc,
                            build,
                            acme,
                            machine,
                            services,
                            other,
                            secrets)
                    .withoutStraySecrets();
        }

        public HostSettings withSecrets(SortedMap<String, SortedMap<String, InGit>> others) {
            return new HostSettings(
                    name,
                    stateVersion,
                    timezone,
                    firewall,
                    ssh,
                    users,
                    gc,
                    build,
                    acme,
                    machine,
                    services,
                    backups,
                    others);
        }

        /** @param place null: the value is sealed on the box, as one is that nobody said anything about */
        public HostSettings withSecret(String service, String secret, @Nullable InGit place) {
            var all = new TreeMap<>(secrets);
            var named = new TreeMap<>(all.getOrDefault(service, new TreeMap<>()));
            if (place == null) {
                named.remove(secret);
            } else {
                named.put(secret, place);
            }
            all.put(service, named);
            return withSecrets(all);
        }

        /** What of a service that is gone, or goes without, would be refused. */
        private HostSettings withoutStraySecrets() {
            SortedMap<String, SortedSet<String>> taken = serviceSecrets();
            var all = new TreeMap<String, SortedMap<String, InGit>>();
            secrets.forEach((service, named) -> {
                var left = new TreeMap<>(named);
                left.keySet().retainAll(taken.getOrDefault(service, new TreeSet<>()));
                all.put(service, left);
            });
            return withSecrets(all);
        }

        /**
         * Which secrets each of the box's services takes, by service. What a DNS provider wants, the box alone knows: of it there are
         * those that are in git.
         */
        public SortedMap<String, SortedSet<String>> serviceSecrets() {
            var taken = new TreeMap<String, SortedSet<String>>();
            Mail mail = services.mail();
            if (mail != null && mail.relay() != null && mail.relay().user() != null) {
                taken.put(Mail.SECRET_OWNER, new TreeSet<>(Set.of(Mail.RELAY_PASSWORD)));
            }
            Monitoring monitoring = services.monitoring();
            if (monitoring != null
                    && monitoring.otlp() != null
                    && monitoring.otlp().header() != null) {
                taken.put(Monitoring.SECRET_OWNER, new TreeSet<>(Set.of(Monitoring.OTLP_HEADER)));
            }
            if (acme != null && acme.dns() != null) {
                taken.put(
                        AcmeDns.SECRET_OWNER,
                        new TreeSet<>(secrets.getOrDefault(AcmeDns.SECRET_OWNER, new TreeMap<>())
                                .keySet()));
            }
            backups.targets().forEach((target, place) -> {
                var names = new TreeSet<>(place.credentials());
                names.add(Target.PASSWORD);
                taken.put(Target.service(target), names);
            });
            return taken;
        }

        /** These settings when they are within every bound; else an INVALID_INPUT problem that names the field. */
        public HostSettings validated() {
            HostSettingsRules.check(this);
            return this;
        }
    }

    /** Ports that are open beside those of apps, web server and SSH: each once, in order. */
    public record Firewall(List<Integer> tcp, List<Integer> udp) {
        public Firewall {
            tcp = tcp.stream().distinct().sorted().toList();
            udp = udp.stream().distinct().sorted().toList();
        }
    }

    public record Ssh(boolean passwordAuthentication) {}

    /** @param keys lines as in authorized_keys, without options */
    public record BoxUser(boolean admin, List<String> keys) {
        public BoxUser {
            keys = List.copyOf(keys);
        }
    }

    /** @param minFree systemd size such as 2G */
    public record Gc(
            @Nullable Boolean automatic,
            @Nullable Integer keepGenerations,
            @Nullable String minFree) {

        /** What the box applies where nothing is set; nix/modules/options.nix declares the same values. */
        public static final Gc DEFAULTS = new Gc(true, 10, "2G");

        /** This policy, with the default for each part that is not set. */
        public Gc orDefaults() {
            return new Gc(
                    automatic == null ? DEFAULTS.automatic : automatic,
                    keepGenerations == null ? DEFAULTS.keepGenerations : keepGenerations,
                    minFree == null ? DEFAULTS.minFree : minFree);
        }
    }

    /** @param memoryMax share of the machine's memory such as 75%; weights are 1 to 1000 */
    public record Build(
            @Nullable String memoryMax,
            @Nullable Integer cpuWeight,
            @Nullable Integer ioWeight) {

        /** What the box applies where nothing is set; nix/modules/options.nix declares the same values. */
        public static final Build DEFAULTS = new Build("75%", 20, 20);

        /** These limits, with the default for each that is not set. */
        public Build orDefaults() {
            return new Build(
                    memoryMax == null ? DEFAULTS.memoryMax : memoryMax,
                    cpuWeight == null ? DEFAULTS.cpuWeight : cpuWeight,
                    ioWeight == null ? DEFAULTS.ioWeight : ioWeight);
        }
    }

    /**
     * @param email the certificate authority writes to it; giving it accepts the authority's terms
     * @param server letsencrypt, letsencrypt-staging, or the https address of an ACME directory; null: letsencrypt
     * @param caCertificate root certificate of an authority of one's own, in PEM
     * @param dns how domains are proved by records in their zones; null: over port 80
     */
    public record Acme(
            String email,
            @Nullable String server,
            @Nullable String caCertificate,
            @Nullable AcmeDns dns) {

        /** What the box applies where nothing is set; nix/modules/options.nix declares the same value. */
        public static final String SERVER = "letsencrypt";

        public static final String STAGING = "letsencrypt-staging";

        public Acme(String email, @Nullable String server) {
            this(email, server, null, null);
        }

        public Acme withServer(@Nullable String other) {
            return new Acme(email, other, caCertificate, dns);
        }
    }

    /**
     * @param provider who serves the zones, by the name that lego has for it
     * @param settings those of the provider that are no secrets
     */
    public record AcmeDns(String provider, SortedMap<String, String> settings) {

        /** Whose secrets those of the provider are. */
        public static final String SECRET_OWNER = "acme";

        public AcmeDns {
            settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
        }
    }

    /**
     * What the machine has to offer, where the box's own configuration leaves it out or says otherwise; null: as that says.
     *
     * @param persistentJournal whether the logs outlive a restart
     * @param timeSync whether systemd-timesyncd sets the clock
     * @param zramSwap whether memory that is not in use is compressed, in place of a swap partition
     * @param kernelModules loaded at the start, beside those that the box's own configuration loads
     */
    public record Machine(
            @Nullable Boolean persistentJournal,
            @Nullable Boolean timeSync,
            @Nullable Boolean ipv6,
            @Nullable Boolean zramSwap,
            List<String> kernelModules) {

        public static final Machine AS_IT_IS = new Machine(null, null, null, null, List.of());

        public Machine {
            kernelModules = kernelModules.stream().distinct().sorted().toList();
        }
    }

    /**
     * What apps can be attached to, and what watches the box; null: the box does not have it.
     *
     * @param monitoring what monitoring systems outside get of the box
     */
    public record Services(
            @Nullable Postgresql postgresql,
            @Nullable Mysql mysql,
            @Nullable Mail mail,
            @Nullable Monitoring monitoring) {

        public static final Services NONE = new Services(null, null, null);

        public Services {
            monitoring = Monitoring.NONE.equals(monitoring) ? null : monitoring;
        }

        /** Those of a box that no monitoring system watches. */
        public Services(@Nullable Postgresql postgresql, @Nullable Mysql mysql, @Nullable Mail mail) {
            this(postgresql, mysql, mail, null);
        }

        public Services withPostgresql(@Nullable Postgresql other) {
            return new Services(other, mysql, mail, monitoring);
        }

        public Services withMysql(@Nullable Mysql other) {
            return new Services(postgresql, other, mail, monitoring);
        }

        public Services withMail(@Nullable Mail other) {
            return new Services(postgresql, mysql, other, monitoring);
        }

        public Services withMonitoring(@Nullable Monitoring other) {
            return new Services(postgresql, mysql, mail, other);
        }
    }

    /**
     * What monitoring systems outside get of the box.
     *
     * @param address the one IPv4 address at which the exporters listen; null: the loopback
     * @param openFirewall whether the firewall lets others reach them; null: it does not
     * @param exporters port of each that is on
     * @param otlp where metrics and logs are sent; null: nowhere
     */
    public record Monitoring(
            @Nullable String address,
            @Nullable Boolean openFirewall,
            SortedMap<Exporter, Integer> exporters,
            @Nullable Otlp otlp) {

        public static final Monitoring NONE = new Monitoring(null, null, new TreeMap<>(), null);

        /** What the box applies where nothing is set; nix/modules/options.nix declares the same value. */
        public static final String ADDRESS = "127.0.0.1";

        /** Whose secret the header's value is, and its name. */
        public static final String SECRET_OWNER = "monitoring";

        public static final String OTLP_HEADER = "OTLP_HEADER";

        public Monitoring {
            exporters = Collections.unmodifiableSortedMap(new TreeMap<>(exporters));
        }

        public String addressOrDefault() {
            return address == null ? ADDRESS : address;
        }

        public boolean opensFirewall() {
            return openFirewall != null && openFirewall;
        }

        /** Whether only the box itself reaches the exporters. */
        public boolean isLoopback() {
            return addressOrDefault().startsWith("127.");
        }
    }

    /** What Prometheus can ask a box. */
    public enum Exporter implements Worded {
        NODE("node", 9100, "the machine"),
        POSTGRESQL("postgresql", 9187, "PostgreSQL"),
        SYSTEMD("systemd", 9558, "the units");

        private final String word;
        private final int port;
        private final String subject;

        Exporter(String word, int port, String subject) {
            this.word = word;
            this.port = port;
            this.subject = subject;
        }

        @Override
        public String word() {
            return word;
        }

        /** Where it usually listens. */
        public int port() {
            return port;
        }

        /** What it tells of, in English. */
        public String subject() {
            return subject;
        }
    }

    /**
     * @param endpoint of OTLP over HTTP, without the {@code /v1/metrics}
     * @param metrics null: they are sent
     * @param logs null: they are sent
     * @param header by whose value, the secret {@link Monitoring#OTLP_HEADER}, the server knows the box; null: it asks for none
     */
    public record Otlp(
            String endpoint,
            @Nullable Boolean metrics,
            @Nullable Boolean logs,
            @Nullable String header) {

        public boolean sendsMetrics() {
            return metrics == null || metrics;
        }

        public boolean sendsLogs() {
            return logs == null || logs;
        }
    }

    /**
     * @param major version, such as 17; another one is reached by an upgrade only
     * @param settings texts, whole and decimal numbers and booleans, by name: those of nix/lib/settings/postgresql.json
     */
    public record Postgresql(
            int major,
            SortedMap<String, Object> settings,
            @Nullable ServiceLimits limits) {
        public Postgresql {
            settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
            limits = new ServiceLimits(null, null).equals(limits) ? null : limits;
        }
    }

    /**
     * @param version release series, one of {@link #VERSIONS}; another one is reached by an upgrade only. null: what nixpkgs has, in
     *     NixOS's own directory
     * @param settings those of nix/lib/settings/mysql.json
     */
    public record Mysql(
            @Nullable String version,
            SortedMap<String, Object> settings,
            @Nullable ServiceLimits limits) {

        /** Those that nixpkgs has, oldest first. */
        public static final List<String> VERSIONS = List.of("10.6", "10.11", "11.4", "11.8");

        public Mysql {
            settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
            limits = new ServiceLimits(null, null).equals(limits) ? null : limits;
        }
    }

    /** As those of an app; null: none. */
    public record ServiceLimits(
            @Nullable String memoryMax, @Nullable String cpuQuota) {}

    /**
     * How mail leaves the box and comes to it; at least one of the two.
     *
     * @param relay the server that takes what is sent; null: it goes to the receivers' own servers
     * @param server what is received here; null: nothing
     */
    public record Mail(@Nullable MailRelay relay, @Nullable MailServer server) {

        /** Whose secret the relay's password is, and its name. */
        public static final String SECRET_OWNER = "mail";

        public static final String RELAY_PASSWORD = "RELAY_PASSWORD";

        public Mail withRelay(@Nullable MailRelay other) {
            return new Mail(other, server);
        }

        public Mail withServer(@Nullable MailServer other) {
            return new Mail(relay, other);
        }
    }

    /**
     * @param port null: as the security says
     * @param security null: STARTTLS; either way the certificate has to be right
     * @param user null: the relay asks for no password
     */
    public record MailRelay(
            String host,
            @Nullable Integer port,
            @Nullable Security security,
            @Nullable String user) {

        /** Host and port, with the default where none is set. */
        public String address() {
            return host + ":" + portOrDefault();
        }

        public int portOrDefault() {
            return port == null ? securityOrDefault().port() : port;
        }

        public Security securityOrDefault() {
            return security == null ? Security.STARTTLS : security;
        }
    }

    public enum Security implements Worded {
        STARTTLS("starttls", 587),
        TLS("tls", 465);

        private final String word;
        private final int port;

        Security(String word, int port) {
            this.word = word;
            this.port = port;
        }

        @Override
        public String word() {
            return word;
        }

        public int port() {
            return port;
        }
    }

    /**
     * @param hostname by which other mail servers know this box
     * @param domains whose mail is received here
     * @param mailboxes by address
     * @param aliases where mail to an address goes on to; the key {@code @domain} stands for every other address of a domain
     * @param messageMax largest message such as 25M; null: 25M
     * @param dkimSelector name of the signature's key in the zones; null: croft
     * @param tls where the certificate of {@code hostname} comes from; null: self-signed
     * @param backup whether mail is backed up once the box has a place for backups; null: it is
     */
    public record MailServer(
            String hostname,
            List<String> domains,
            SortedMap<String, Mailbox> mailboxes,
            SortedMap<String, List<String>> aliases,
            @Nullable String messageMax,
            @Nullable String dkimSelector,
            AppSpec.@Nullable Tls tls,
            @Nullable Boolean backup) {

        /** What the box applies where nothing is set; nix/modules/options.nix declares the same values. */
        public static final String MESSAGE_MAX = "25M";

        public static final String DKIM_SELECTOR = "croft";

        public MailServer {
            domains = List.copyOf(domains);
            mailboxes = Collections.unmodifiableSortedMap(new TreeMap<>(mailboxes));
            TreeMap<String, List<String>> each = new TreeMap<>();
            aliases.forEach((address, targets) -> each.put(address, List.copyOf(targets)));
            aliases = Collections.unmodifiableSortedMap(each);
        }

        public MailServer(String hostname, List<String> domains) {
            this(hostname, domains, new TreeMap<>(), new TreeMap<>(), null, null, null, null);
        }

        public MailServer withMailboxes(SortedMap<String, Mailbox> others) {
            return new MailServer(hostname, domains, others, aliases, messageMax, dkimSelector, tls, backup);
        }

        public MailServer withAliases(SortedMap<String, List<String>> others) {
            return new MailServer(hostname, domains, mailboxes, others, messageMax, dkimSelector, tls, backup);
        }

        public AppSpec.Tls tlsOrDefault() {
            return tls == null ? AppSpec.Tls.SELF_SIGNED : tls;
        }

        public boolean isBackedUp() {
            return backup == null || backup;
        }
    }

    /** @param quota systemd size such as 2G; null: none */
    public record Mailbox(@Nullable String quota) {

        /** Whether a mailbox may have this address. */
        public static boolean isAddress(String text) {
            return MailRules.isMailbox(text);
        }
    }

    /**
     * Where the data of apps is kept, and for how long.
     *
     * @param targets by name
     * @param schedule null: daily
     * @param restoreTest how often what was kept is restored, to see whether it works; null: weekly
     */
    public record Backups(
            SortedMap<String, Target> targets,
            @Nullable Schedule schedule,
            @Nullable Retention retention,
            @Nullable RestoreTest restoreTest) {

        public static final Backups NONE = new Backups(new TreeMap<>(), null, null, null);

        /** What the box applies where nothing is set; nix/modules/options.nix declares the same values. */
        public static final Backups DEFAULTS =
                new Backups(new TreeMap<>(), Schedule.DAILY, Retention.DEFAULTS, RestoreTest.WEEKLY);

        public Backups {
            targets = Collections.unmodifiableSortedMap(new TreeMap<>(targets));
            retention = new Retention(null, null, null).equals(retention) ? null : retention;
        }

        public Backups withTargets(SortedMap<String, Target> others) {
            return new Backups(others, schedule, retention, restoreTest);
        }

        /** These, with the default for each part that is not set. */
        public Backups orDefaults() {
            return new Backups(
                    targets,
                    schedule == null ? DEFAULTS.schedule : schedule,
                    retention == null ? Retention.DEFAULTS : retention.orDefaults(),
                    restoreTest == null ? DEFAULTS.restoreTest : restoreTest);
        }
    }

    /** For how many days, weeks and months the last backup of each app is kept; the newest one always is. */
    public record Retention(
            @Nullable Integer daily,
            @Nullable Integer weekly,
            @Nullable Integer monthly) {

        /** What the box applies where nothing is set; nix/modules/options.nix declares the same values. */
        public static final Retention DEFAULTS = new Retention(7, 4, 6);

        public Retention orDefaults() {
            return new Retention(
                    daily == null ? DEFAULTS.daily : daily,
                    weekly == null ? DEFAULTS.weekly : weekly,
                    monthly == null ? DEFAULTS.monthly : monthly);
        }
    }

    public enum Schedule implements Worded {
        HOURLY("hourly"),
        DAILY("daily"),
        WEEKLY("weekly");

        private final String word;

        Schedule(String word) {
            this.word = word;
        }

        @Override
        public String word() {
            return word;
        }
    }

    public enum RestoreTest implements Worded {
        NEVER("never"),
        DAILY("daily"),
        WEEKLY("weekly"),
        MONTHLY("monthly");

        private final String word;

        RestoreTest(String word) {
            this.word = word;
        }

        @Override
        public String word() {
            return word;
        }
    }

    /** A place that backups go to. Its secrets are those of the service {@code backup-<name>}, and in no file. */
    public sealed interface Target {

        /** The secret that encrypts the repository. */
        String PASSWORD = "RESTIC_PASSWORD";

        /** The service whose secrets it has. */
        static String service(String name) {
            return "backup-" + name;
        }

        /** Its word in state.json. */
        String type();

        /** What it cannot be used without, beside the password of the repository. */
        List<String> credentials();
    }

    /** @param path a directory of the box */
    public record LocalTarget(String path) implements Target {
        @Override
        public String type() {
            return "local";
        }

        @Override
        public List<String> credentials() {
            return List.of();
        }
    }

    /**
     * @param port null: 22
     * @param path relative to the account's own directory, unless it begins with a slash
     * @param hostKey the server's public key, as in known_hosts behind the name
     */
    public record SftpTarget(String host, @Nullable Integer port, String user, String path, String hostKey)
            implements Target {

        public static final int PORT = 22;

        @Override
        public String type() {
            return "sftp";
        }

        @Override
        public List<String> credentials() {
            return List.of("SSH_KEY");
        }
    }

    /** @param prefix where in the bucket; null: at its top */
    public record S3Target(
            String endpoint,
            String bucket,
            @Nullable String prefix,
            @Nullable String region) implements Target {

        @Override
        public String type() {
            return "s3";
        }

        @Override
        public List<String> credentials() {
            return List.of("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
        }
    }
}
