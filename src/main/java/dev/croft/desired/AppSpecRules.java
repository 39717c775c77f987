package dev.croft.desired;

import dev.croft.desired.AppSpec.As;
import dev.croft.desired.AppSpec.Health;
import dev.croft.desired.AppSpec.InGit;
import dev.croft.desired.AppSpec.Limits;
import dev.croft.desired.AppSpec.Run;
import dev.croft.desired.AppSpec.Source;
import dev.croft.desired.AppSpec.Tls;
import dev.croft.desired.AppSpec.Web;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The bounds of an app's entry. The Nix options (nix/modules/types.nix, asserts.nix) have the same; golden cases hold the two together. */
final class AppSpecRules {

    private static final int PROCESS_TEXT_MAX = 65_536;
    private static final int COMMAND_WORDS_MAX = 64;
    private static final int COMMAND_BYTES_MAX = 131_072;
    private static final int ENV_COUNT_MAX = 256;
    private static final int ENV_BYTES_MAX = 1_048_576;
    private static final int DOMAINS_MAX = 32;
    private static final int SECRETS_MAX = 64;
    private static final int REDIRECTS_MAX = 32;

    private static final Set<String> BUILDERS = Set.of("flake", "static", "python", "node");
    private static final Set<String> TOLD_BY_CROFT = Set.of("PORT", "HOST", "STATE_DIRECTORY");

    /** What systemd and NixOS tell every process of a unit. */
    private static final Set<String> TOLD_BY_SYSTEMD = Set.of(
            "CREDENTIALS_DIRECTORY",
            "HOME",
            "INVOCATION_ID",
            "JOURNAL_STREAM",
            "LANG",
            "LOGNAME",
            "PATH",
            "SHELL",
            "SYSTEMD_EXEC_PID",
            "USER");

    static final String ADDRESS = "([A-Za-z0-9][A-Za-z0-9.-]{0,252}|\\[[0-9a-fA-F:.]{2,45}])";
    static final String PRIVATE_ADDRESS = "(localhost|127(\\.[0-9]{1,3}){3}|10(\\.[0-9]{1,3}){3}"
            + "|192\\.168(\\.[0-9]{1,3}){2}|172\\.(1[6-9]|2[0-9]|3[01])(\\.[0-9]{1,3}){2}"
            + "|\\[::1]|\\[[fF][cdCD][0-9a-fA-F:]{1,40}])";
    static final String PORT = "(:[0-9]{1,5})?";
    // No query, fragment or blank: the address becomes part of a flake reference.
    static final String PATH = "[A-Za-z0-9._~%+=@,/-]*";
    private static final Pattern GIT_URL = Pattern.compile("https://" + ADDRESS + PORT + "/" + PATH
            + "|http://" + PRIVATE_ADDRESS + PORT + "/" + PATH
            + "|ssh://([A-Za-z0-9._-]+@)?" + ADDRESS + PORT + "/" + PATH
            + "|[A-Za-z0-9._-]+@[A-Za-z0-9][A-Za-z0-9.-]{0,252}:[A-Za-z0-9._~][A-Za-z0-9._~%+=@,/-]*");
    private static final Pattern CATALOGUE_URL = Pattern.compile("croft:[a-z][a-z0-9-]{0,30}");
    private static final Pattern GIT_REF = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._/+@-]{0,249}");
    private static final Pattern GIT_REVISION = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern NAR_HASH = Pattern.compile("sha256-[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=");
    private static final Pattern PROGRAM =
            Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._+-]{0,254}|\\./[A-Za-z0-9._+/-]{1,253}");
    private static final Pattern ENV_KEY = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");
    private static final String LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
    static final String DOMAIN_NAME = LABEL + "(\\." + LABEL + ")*";
    /** {@code *.} before it stands for every name one level below. */
    private static final Pattern DOMAIN = Pattern.compile("(\\*\\." + LABEL + "\\.)?" + DOMAIN_NAME);

    private static final Pattern PLAIN_DOMAIN = Pattern.compile(DOMAIN_NAME);
    private static final Pattern SECRET_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,63}");
    private static final Pattern FLAKE_FILE =
            Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*");
    private static final Pattern SOPS_KEY = Pattern.compile("[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*");
    private static final int FIRST_FREE_PORT = 1024;
    private static final Pattern HAS_KEYS = Pattern.compile(".*\\.(ya?ml|json)");
    private static final Pattern BODY_SIZE = Pattern.compile("[1-9][0-9]{0,5}[KMG]");
    private static final Pattern MEMORY = Pattern.compile("[1-9][0-9]{0,9}[KMGT]");
    private static final Pattern CPU_QUOTA = Pattern.compile("[1-9][0-9]{0,4}%");
    private static final Pattern URL_PATH = Pattern.compile("/[!-~]{0,1023}");

    private AppSpecRules() {}

    static void check(AppSpec spec) {
        source(spec.source());
        require(
                BUILDERS.contains(spec.build().builder()),
                "build.builder",
                "it is one of flake, static, python and node.");
        require(
                IsolationLevel.ids().contains(spec.isolation()),
                "isolation",
                "it is one of " + String.join(", ", IsolationLevel.ids()) + ".");
        run(spec.run());
        secrets(spec.run());
        domains(spec.domains());
        web(spec);
        AttachRules.check(spec);
        if (spec.limits() != null) {
            limits(spec.limits());
        }
        if (spec.health() != null) {
            health(spec.health());
        }
        if (spec.backup() != null) {
            BackupRules.check(spec.backup());
        }
        Integer port = spec.run().port();
        boolean hasPort = port != null;
        require(
                hasPort || spec.domains().isEmpty(),
                "run.port",
                "the app has a domain, so the web server needs to know the port.");
        require(
                hasPort || spec.health() == null,
                "run.port",
                "the health check asks the app over HTTP, so it needs the port.");
        require(
                hasPort || !"static".equals(spec.build().builder()),
                "run.port",
                "static files are served on a port, so one is needed.");
        require(
                port == null || port >= FIRST_FREE_PORT || IsolationLevel.DEFAULT.equals(spec.isolation()),
                "run.port",
                "a port below 1024 takes a privilege, which an app has at the isolation level \"service\" alone.");
    }

    private static void source(Source source) {
        boolean listed = Source.CATALOGUE.equals(source.type());
        require(listed || Source.GIT.equals(source.type()), "source.type", "it is \"git\" or \"catalogue\".");
        String ref = source.ref();
        if (listed) {
            require(
                    CATALOGUE_URL.matcher(source.url()).matches(),
                    "source.url",
                    "it is croft: and the name of an app that comes with Croft.");
            require(ref == null, "source.ref", "an app of the catalogue has no branches.");
            require(source.isPinned(), "source.rev", "the field is missing.");
        } else {
            require(
                    source.url().length() <= 2048
                            && GIT_URL.matcher(source.url()).matches(),
                    "source.url",
                    "it is a git address: https://…, ssh://…, user@host:path, or http:// to a private address; at most"
                            + " 2048 characters, without password, query or fragment.");
        }
        require(
                ref == null
                        || (GIT_REF.matcher(ref).matches()
                                && !ref.contains("..")
                                && !ref.contains("@{")
                                && !ref.contains("//")),
                "source.ref",
                "it is the name of a branch or tag, or a commit, of at most 250 characters.");
        require(
                source.rev() == null || GIT_REVISION.matcher(source.rev()).matches(),
                "source.rev",
                "it is a commit of 40 lower-case hexadecimal digits.");
        require(
                source.narHash() == null || NAR_HASH.matcher(source.narHash()).matches(),
                "source.narHash",
                "it is a hash in the form sha256-…=.");
        require(
                (source.rev() == null) == (source.narHash() == null),
                source.rev() == null ? "source.rev" : "source.narHash",
                "rev and narHash belong together; give both, or a ref alone and Croft finds them.");
    }

    private static void run(Run run) {
        command("run.command", run.command());
        command("run.hooks.migrate", run.migrate());
        Integer port = run.port();
        require(port == null || (port >= 1 && port <= 65_535), "run.port", "it lies between 1 and 65535.");
        require(run.env().size() <= ENV_COUNT_MAX, "run.env", "it has at most " + ENV_COUNT_MAX + " variables.");
        long envBytes = 0;
        for (Map.Entry<String, String> variable : run.env().entrySet()) {
            String key = variable.getKey();
            String field = "run.env." + shortened(key);
            require(
                    ENV_KEY.matcher(key).matches(),
                    field,
                    "a variable's name has 1 to 128 letters, digits and underscores, and does not begin with a digit.");
            require(!TOLD_BY_CROFT.contains(key), field, "Croft sets this variable itself.");
            require(!"_type".equals(key), field, "the name is taken by the NixOS module system; choose another.");
            envBytes += processText(field, variable.getValue());
        }
        require(envBytes <= ENV_BYTES_MAX, "run.env", "all values together have at most " + ENV_BYTES_MAX + " bytes.");
    }

    /** An argument vector; empty: none. */
    static void command(String field, List<String> command) {
        require(command.size() <= COMMAND_WORDS_MAX, field, "it has at most " + COMMAND_WORDS_MAX + " words.");
        long bytes = 0;
        for (int i = 0; i < command.size(); i++) {
            bytes += processText(field + "[" + i + "]", command.get(i));
        }
        require(bytes <= COMMAND_BYTES_MAX, field, "its words have at most " + COMMAND_BYTES_MAX + " bytes together.");
        if (!command.isEmpty()) {
            String program = command.getFirst();
            require(
                    PROGRAM.matcher(program).matches() && !(program + "/").contains("/../"),
                    field + "[0]",
                    "the program is a plain name, or a path below the source that begins with ./, in letters, digits and . _ + - /");
        }
    }

    private static void secrets(Run run) {
        require(run.secrets().size() <= SECRETS_MAX, "run.secrets", "there are at most " + SECRETS_MAX + ".");
        run.secrets().forEach((name, delivery) -> {
            String field = "run.secrets." + shortened(name);
            require(
                    isSecretName(name),
                    field,
                    "a secret's name has 1 to 64 letters, digits and underscores, and does not begin with a digit.");
            if (delivery.inGit() != null) {
                inGit(field + ".sops", delivery.inGit(), "the app", AppSpecRules::require);
            }
            if (delivery.as() == As.ENV) {
                require(
                        !run.env().containsKey(name),
                        field,
                        "run.env has a variable of this name as well. Take it out of run.env, or rename one of them.");
                require(
                        !TOLD_BY_CROFT.contains(name) && !TOLD_BY_SYSTEMD.contains(name),
                        field,
                        "the app has a variable of this name already, from Croft or from systemd. Choose another name.");
            }
        });
    }

    /** @param whom who is given the whole file where it has no keys, in words */
    static void inGit(String field, InGit place, String whom, MailRules.Require require) {
        String file = place.file();
        String key = place.key();
        require.holds(
                file.length() <= 200 && FLAKE_FILE.matcher(file).matches(),
                field + ".file",
                "it is the path of a file in the box's flake, in letters, digits and . _ - /, no part of which begins with a dot or dash.");
        if (key == null) {
            return;
        }
        require.holds(
                key.length() <= 256 && SOPS_KEY.matcher(key).matches(),
                field + ".key",
                "it is a key in letters, digits and . _ -, with a slash between levels.");
        require.holds(
                HAS_KEYS.matcher(file).matches(),
                field + ".key",
                shortened(file) + " is no YAML and no JSON, so " + whom + " gets the whole file. Take the key out.");
        require.holds(
                !file.endsWith(".json") || key.indexOf('/') < 0,
                field + ".key",
                "sops-nix looks into nested objects of YAML files only. Put the value at the top of " + shortened(file)
                        + ", or make it a YAML file.");
    }

    static boolean isSecretName(String name) {
        return SECRET_NAME.matcher(name).matches();
    }

    private static void web(AppSpec spec) {
        Web web = spec.web();
        Tls tls = web == null || web.tls() == null ? Tls.NONE : web.tls();
        require(
                tls == Tls.NONE || !spec.domains().isEmpty(),
                "web.tls",
                "a certificate is for a domain, and the app has none. Give it one, or set tls to none.");
        for (String domain : spec.domains()) {
            require(
                    !isWildcard(domain) || (tls != Tls.NONE && tls != Tls.INTERNAL),
                    "domains",
                    domain + " is every name below a domain, which the certificate \"" + tls.word()
                            + "\" cannot serve. Set web.tls to acme, uploaded or self-signed, or list the names.");
        }
        if (web == null) {
            return;
        }
        require(
                web.maxBody() == null || BODY_SIZE.matcher(web.maxBody()).matches(),
                "web.maxBody",
                "it is a size such as 10M or 2G: at most six digits and K, M or G.");
        require(
                web.redirects().size() <= REDIRECTS_MAX,
                "web.redirects",
                "there are at most " + REDIRECTS_MAX + " names.");
        web.redirects().forEach((from, to) -> {
            String field = "web.redirects." + shortened(from);
            require(isPlainDomain(from), field, "it is a domain name in lower case, at most 253 characters.");
            require(
                    !spec.domains().contains(from),
                    field,
                    "the app itself answers for this name. Take it out of domains, or take out the redirect.");
            require(
                    isPlainDomain(to) && spec.domains().contains(to),
                    field,
                    web.redirects().containsKey(to)
                            ? to
                                    + " is redirected, too: a redirect leads to one of the app's domains, or a visitor would"
                                    + " be sent in circles."
                            : shortened(to) + " is not one of the app's domains. A redirect leads to one of them.");
        });
    }

    private static boolean isPlainDomain(String name) {
        return name.length() <= 253 && PLAIN_DOMAIN.matcher(name).matches();
    }

    private static boolean isWildcard(String domain) {
        return domain.startsWith("*.");
    }

    private static void domains(List<String> domains) {
        require(domains.size() <= DOMAINS_MAX, "domains", "there are at most " + DOMAINS_MAX + ".");
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < domains.size(); i++) {
            String domain = domains.get(i);
            require(
                    domain.length() <= 253 && DOMAIN.matcher(domain).matches(),
                    "domains[" + i + "]",
                    "it is a domain name in lower case, at most 253 characters, without scheme or path.");
            require(seen.add(domain), "domains[" + i + "]", "it is listed twice.");
        }
    }

    private static void limits(Limits limits) {
        require(
                limits.memoryMax() == null || MEMORY.matcher(limits.memoryMax()).matches(),
                "limits.memoryMax",
                "it is an amount such as 512M or 2G.");
        require(
                limits.cpuQuota() == null
                        || CPU_QUOTA.matcher(limits.cpuQuota()).matches(),
                "limits.cpuQuota",
                "it is a share of one CPU such as 50%; 200% is two CPUs.");
        require(
                limits.tasksMax() == null || (limits.tasksMax() >= 8 && limits.tasksMax() <= 32_768),
                "limits.tasksMax",
                "it lies between 8 and 32768.");
    }

    private static void health(Health health) {
        require(
                URL_PATH.matcher(health.path()).matches(),
                "health.path",
                "it begins with a slash and has at most 1024 printable ASCII characters without blanks.");
        require(
                health.timeoutSeconds() >= 1 && health.timeoutSeconds() <= 600,
                "health.timeoutSeconds",
                "it lies between 1 and 600.");
    }

    /** Text for a process: whole characters, no NUL, and none that systemd drops. Returns its size in bytes. */
    private static int processText(String field, String text) {
        ByteBuffer bytes;
        try {
            bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
        } catch (CharacterCodingException e) {
            throw refused(field, "it has half of a surrogate pair, which is no character.");
        }
        require(bytes.remaining() <= PROCESS_TEXT_MAX, field, "it has at most " + PROCESS_TEXT_MAX + " bytes.");
        require(
                text.codePoints().noneMatch(AppSpecRules::isUncarried),
                field,
                "it has a NUL or a Unicode noncharacter, which no process can be given. Encode it, for example as base64.");
        return bytes.remaining();
    }

    private static boolean isUncarried(int codePoint) {
        return codePoint == 0 || (codePoint >= 0xFDD0 && codePoint <= 0xFDEF) || (codePoint & 0xFFFE) == 0xFFFE;
    }

    static String shortened(String key) {
        return key.length() <= 80 ? key : key.substring(0, 80) + "…";
    }

    static void require(boolean holds, String field, String why) {
        if (!holds) {
            throw refused(field, why);
        }
    }

    private static RuntimeException refused(@Nullable String field, String why) {
        return Problem.of(
                        ProblemCode.INVALID_INPUT,
                        "The app's entry was not accepted.",
                        field + ": " + why,
                        "Correct this field and try again.")
                .toException();
    }
}
