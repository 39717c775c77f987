package dev.croft.desired;

import dev.croft.desired.AppSpec.InGit;
import dev.croft.desired.HostState.Acme;
import dev.croft.desired.HostState.AcmeDns;
import dev.croft.desired.HostState.BoxUser;
import dev.croft.desired.HostState.Build;
import dev.croft.desired.HostState.Firewall;
import dev.croft.desired.HostState.Gc;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.desired.HostState.Machine;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The bounds of the box's own settings. The Nix options (nix/modules/types.nix, asserts.nix, nix/lib/names.nix, ssh-keys.nix) have the
 * same; golden cases hold the two together.
 */
final class HostSettingsRules {

    private static final int PORTS_MAX = 256;
    private static final int KEYS_MAX = 32;
    private static final int KEY_MAX = 8192;
    private static final int KEY_DATA_MIN = 64;

    private static final int MODULES_MAX = 32;
    private static final int EMAIL_MAX = 254;
    private static final int SERVER_MAX = 2048;
    private static final int CERTIFICATE_MAX = 65_536;
    private static final int DNS_VALUE_MAX = 1024;

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,30}");
    private static final Pattern RELEASE = Pattern.compile("[0-9]{2}\\.(03|05|09|11)");
    private static final Pattern TIMEZONE = Pattern.compile("[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}");
    private static final Pattern DISK_SPACE = Pattern.compile("[1-9][0-9]{0,5}[MGT]");
    private static final Pattern MEMORY_SHARE = Pattern.compile("([1-8][0-9]|9[0-5])%");
    private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]*={0,2}");
    private static final Pattern EMAIL = Pattern.compile("[A-Za-z0-9._%+-]{1,64}@" + AppSpecRules.DOMAIN_NAME);
    private static final Pattern ACME_SERVER = Pattern.compile("letsencrypt|letsencrypt-staging|https://"
            + AppSpecRules.ADDRESS + AppSpecRules.PORT + "/" + AppSpecRules.PATH);
    private static final Pattern DNS_PROVIDER = Pattern.compile("[a-z0-9]{1,40}");
    private static final Pattern DNS_SETTING = Pattern.compile("[A-Z][A-Z0-9_]{0,63}");
    private static final Pattern KERNEL_MODULE = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_-]{0,54}");
    private static final Pattern PRINTABLE = Pattern.compile("[ -~]*");

    /** Accounts that a system has, or may get with its next service. */
    static final Set<String> RESERVED_USERS = Set.of(
            "root",
            "acme",
            "backup",
            "bin",
            "daemon",
            "dovecot",
            "dovecot2",
            "dovenull",
            "games",
            "irc",
            "list",
            "lp",
            "mail",
            "man",
            "messagebus",
            "mysql",
            "news",
            "nginx",
            "nobody",
            "nscd",
            "polkitd",
            "polkituser",
            "postdrop",
            "postfix",
            "postgres",
            "proxy",
            "redis",
            "rspamd",
            "sshd",
            "step-ca",
            "sync",
            "sys",
            "uucp",
            "www-data");

    static final Set<String> RESERVED_PREFIXES = Set.of("croft-", "nixbld", "systemd-");

    /** What the data of a key of this type begins with: the length and the name of the type, in base64. */
    private static final Map<String, String> KEY_TYPES = Map.of(
            "ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAA",
            "ssh-rsa", "AAAAB3NzaC1yc2EAAAA",
            "ecdsa-sha2-nistp256", "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAAB",
            "ecdsa-sha2-nistp384", "AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAAB",
            "ecdsa-sha2-nistp521", "AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAAC",
            "sk-ssh-ed25519@openssh.com", "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAA",
            "sk-ecdsa-sha2-nistp256@openssh.com", "AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb20AAAA");

    private HostSettingsRules() {}

    static void check(HostSettings settings) {
        require(matches(NAME, settings.name()), "name", "it is [a-z][a-z0-9-]{0,30}.");
        require(matches(RELEASE, settings.stateVersion()), "stateVersion", "it is a release such as 26.05.");
        require(
                settings.timezone().length() <= 64 && matches(TIMEZONE, settings.timezone()),
                "timezone",
                "it is a time zone such as Europe/Paris.");
        if (settings.firewall() != null) {
            firewall(settings.firewall());
        }
        settings.users().forEach(HostSettingsRules::user);
        if (settings.gc() != null) {
            gc(settings.gc());
        }
        if (settings.build() != null) {
            build(settings.build());
        }
        if (settings.acme() != null) {
            acme(settings.acme());
        }
        if (settings.machine() != null) {
            machine(settings.machine());
        }
        ServiceRules.check(settings.services());
        BackupRules.check(settings.backups());
        settings.secrets()
                .forEach((service, named) -> named.forEach((name, place) -> secret(settings, service, name, place)));
    }

    private static void secret(HostSettings settings, String service, String name, InGit place) {
        String field = "secrets." + shortened(service) + "." + shortened(name);
        SortedMap<String, SortedSet<String>> taken = settings.serviceSecrets();
        SortedSet<String> names = taken.get(service);
        require(
                names != null,
                field,
                "no service of this box takes secrets under this name"
                        + (taken.isEmpty() ? "." : "; " + String.join(", ", taken.keySet()) + " do."));
        require(
                AppSpecRules.isSecretName(name),
                field,
                "a secret's name has 1 to 64 letters, digits and underscores, and does not begin with a digit.");
        require(
                names != null && names.contains(name),
                field,
                service + " takes no secret of this name; it takes "
                        + String.join(", ", names == null ? List.<String>of() : names) + ".");
        AppSpecRules.inGit(field + ".sops", place, "the service", HostSettingsRules::require);
    }

    private static void acme(Acme acme) {
        require(
                acme.email().length() <= EMAIL_MAX && matches(EMAIL, acme.email()),
                "acme.email",
                "it is an e-mail address in plain letters, with a domain in lower case.");
        String server = acme.server();
        require(
                server == null || (server.length() <= SERVER_MAX && matches(ACME_SERVER, server)),
                "acme.server",
                "it is letsencrypt, letsencrypt-staging, or the https:// address of an ACME directory, without"
                        + " password, query or fragment.");
        String root = acme.caCertificate();
        require(
                root == null
                        || (root.getBytes(StandardCharsets.UTF_8).length <= CERTIFICATE_MAX
                                && root.startsWith("-----BEGIN CERTIFICATE-----\n")
                                && root.contains("\n-----END CERTIFICATE-----")
                                && !root.contains("PRIVATE KEY")),
                "acme.caCertificate",
                "it is one or more certificates in PEM, without a private key.");
        require(
                root == null || (server != null && server.startsWith("https://")),
                "acme.caCertificate",
                "a root certificate is for an authority of one's own, whose address is acme.server.");
        AcmeDns dns = acme.dns();
        if (dns != null) {
            require(
                    matches(DNS_PROVIDER, dns.provider()),
                    "acme.dns.provider",
                    "it is the name of a DNS provider, such as hetzner.");
            dns.settings().forEach((name, value) -> {
                String field = "acme.dns.settings." + shortened(name);
                require(matches(DNS_SETTING, name), field, "no DNS provider has a setting of this name.");
                require(
                        value.length() <= DNS_VALUE_MAX && matches(PRINTABLE, value),
                        field,
                        "it is printable ASCII of at most " + DNS_VALUE_MAX + " characters.");
            });
        }
    }

    private static void firewall(Firewall firewall) {
        ports("firewall.tcp", firewall.tcp());
        ports("firewall.udp", firewall.udp());
    }

    private static void ports(String field, List<Integer> ports) {
        require(ports.size() <= PORTS_MAX, field, "there are at most " + PORTS_MAX + " ports.");
        for (int port : ports) {
            require(port >= 1 && port <= 65_535, field, port + " is no port; it lies between 1 and 65535.");
        }
    }

    private static void user(String name, BoxUser user) {
        String field = "users." + shortened(name);
        require(
                matches(NAME, name),
                field,
                "a user's name has 1 to 31 characters, a to z, 0 to 9 and dash, and begins with a letter.");
        require(
                !RESERVED_USERS.contains(name) && RESERVED_PREFIXES.stream().noneMatch(name::startsWith),
                field,
                "the system has a user of this name, or keeps it for one. Choose another.");
        require(user.keys().size() <= KEYS_MAX, field + ".keys", "there are at most " + KEYS_MAX + " keys.");
        for (int i = 0; i < user.keys().size(); i++) {
            String key = user.keys().get(i);
            String at = field + ".keys[" + i + "]";
            publicKey(at, key);
        }
    }

    static void publicKey(String field, String key) {
        require(
                key.getBytes(StandardCharsets.UTF_8).length <= KEY_MAX,
                field,
                "a key has at most " + KEY_MAX + " bytes.");
        require(
                isPublicKey(key),
                field,
                "it is an SSH public key on one line, without options: ssh-ed25519 AAAA… or another of the types "
                        + String.join(", ", KEY_TYPES.keySet().stream().sorted().toList()) + ".");
    }

    /** {@code TYPE DATA} or {@code TYPE DATA COMMENT}. The comment is printable ASCII: nothing in it can end the line. */
    private static boolean isPublicKey(String key) {
        int blank = key.indexOf(' ');
        String begin = blank < 0 ? null : KEY_TYPES.get(key.substring(0, blank));
        if (begin == null) {
            return false;
        }
        String rest = key.substring(blank + 1);
        int end = rest.indexOf(' ');
        String data = end < 0 ? rest : rest.substring(0, end);
        return data.startsWith(begin)
                && data.length() >= KEY_DATA_MIN
                && matches(BASE64, data)
                && matches(PRINTABLE, rest);
    }

    private static void gc(Gc gc) {
        Integer keep = gc.keepGenerations();
        require(keep == null || (keep >= 2 && keep <= 1000), "gc.keepGenerations", "it lies between 2 and 1000.");
        require(
                matches(DISK_SPACE, gc.minFree()),
                "gc.minFree",
                "it is an amount of disk space such as 500M or 2G: at most six digits and M, G or T.");
    }

    private static void build(Build build) {
        require(
                matches(MEMORY_SHARE, build.memoryMax()),
                "build.memoryMax",
                "it is a share of the machine's memory, 10% to 95%.");
        weight("build.cpuWeight", build.cpuWeight());
        weight("build.ioWeight", build.ioWeight());
    }

    private static void machine(Machine machine) {
        require(
                machine.kernelModules().size() <= MODULES_MAX,
                "machine.kernelModules",
                "there are at most " + MODULES_MAX + " modules.");
        for (String module : machine.kernelModules()) {
            require(
                    matches(KERNEL_MODULE, module),
                    "machine.kernelModules",
                    "a kernel module's name has 1 to 55 letters, digits, dashes and underscores.");
        }
    }

    private static void weight(String field, @Nullable Integer weight) {
        require(weight == null || (weight >= 1 && weight <= 1000), field, "it lies between 1 and 1000.");
    }

    private static boolean matches(Pattern pattern, @Nullable String value) {
        return value == null || pattern.matcher(value).matches();
    }

    static String shortened(String key) {
        return key.length() <= 80 ? key : key.substring(0, 80) + "…";
    }

    static void require(boolean holds, String field, String why) {
        if (!holds) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The box's settings were not accepted.",
                            field + ": " + why,
                            "Correct this field and try again.")
                    .toException();
        }
    }
}
