package dev.croft.desired;

import static dev.croft.desired.AppSpecRules.require;
import static dev.croft.desired.AppSpecRules.shortened;

import dev.croft.desired.AppSpec.Attach;
import dev.croft.desired.AppSpec.Job;
import dev.croft.desired.AppSpec.Redis;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The bounds of what an app is attached to, and of its jobs. nix/modules (types.nix, options.nix, asserts.nix) and nix/lib/attach.nix have the same. */
final class AttachRules {

    private static final int VOLUMES_MAX = 32;
    private static final int JOBS_MAX = 32;
    private static final int TIMEOUT_MAX = 604_800;

    private static final Pattern DATABASE = Pattern.compile("[a-z][a-z0-9_]{0,62}");
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,30}");
    private static final Pattern QUOTA = Pattern.compile("[1-9][0-9]{0,5}[MGT]");
    private static final Pattern CALENDAR = Pattern.compile("[A-Za-z0-9*][A-Za-z0-9 *,./:~_+-]{0,127}");
    private static final BigInteger REDIS_LEAST = BigInteger.ONE.shiftLeft(20);
    private static final BigInteger REDIS_MOST = BigInteger.valueOf(64).shiftLeft(30);

    private AttachRules() {}

    static void check(AppSpec spec) {
        attach(spec.attach());
        told(spec.attach())
                .forEach(name -> require(
                        !spec.run().env().containsKey(name),
                        "run.env." + name,
                        "Croft sets this variable for what the app is attached to. Take it out of run.env."));
        passwords(spec.attach())
                .forEach(name -> require(
                        !spec.run().secrets().containsKey(name),
                        "run.secrets." + name,
                        "the app is given its database's password under this name. Choose another name, or let it sign in over the"
                                + " socket."));
        require(spec.jobs().size() <= JOBS_MAX, "jobs", "there are at most " + JOBS_MAX + ".");
        spec.jobs().forEach(AttachRules::job);
    }

    private static void attach(Attach attach) {
        if (attach.postgresql() != null) {
            database("attach.postgresql.database", attach.postgresql().database());
            Set<String> seen = new HashSet<>();
            for (int i = 0; i < attach.postgresql().extensions().size(); i++) {
                String extension = attach.postgresql().extensions().get(i);
                String field = "attach.postgresql.extensions[" + i + "]";
                require(
                        ServiceSetting.POSTGRESQL_EXTENSIONS.contains(extension),
                        field,
                        "it is one of " + String.join(", ", ServiceSetting.POSTGRESQL_EXTENSIONS) + ".");
                require(seen.add(extension), field, "it is listed twice.");
            }
        }
        if (attach.mysql() != null) {
            database("attach.mysql.database", attach.mysql().database());
        }
        if (attach.redis() != null) {
            redis(attach.redis());
        }
        if (attach.mail() != null) {
            MailRules.check(attach.mail());
        }
        require(
                attach.storage().size() <= VOLUMES_MAX,
                "attach.storage",
                "there are at most " + VOLUMES_MAX + " volumes.");
        attach.storage().forEach((name, volume) -> {
            String field = "attach.storage." + shortened(name);
            require(
                    NAME.matcher(name).matches(),
                    field,
                    "a volume's name has 1 to 31 characters, a to z, 0 to 9 and dash, and begins with a letter.");
            require(
                    volume.quota() == null || QUOTA.matcher(volume.quota()).matches(),
                    field + ".quota",
                    "it is an amount of disk space such as 500M or 10G: at most six digits and M, G or T.");
        });
    }

    private static void database(String field, @Nullable String name) {
        require(
                name == null || DATABASE.matcher(name).matches(),
                field,
                "a database's name has 1 to 63 characters, a to z, 0 to 9 and underscore, and begins with a letter.");
    }

    private static void redis(Redis redis) {
        Optional<BigInteger> memory =
                redis.memoryMax() == null ? Optional.of(REDIS_LEAST) : ServiceSetting.bytes(redis.memoryMax());
        require(
                memory.filter(bytes -> bytes.compareTo(REDIS_LEAST) >= 0 && bytes.compareTo(REDIS_MOST) <= 0)
                        .isPresent(),
                "attach.redis.memoryMax",
                "it is an amount from 1M to 64G, such as 64M.");
    }

    /** Variables that the app has because of what it is attached to. */
    static Set<String> told(Attach attach) {
        Set<String> told = new HashSet<>();
        if (attach.postgresql() != null) {
            told.addAll(Set.of("PGHOST", "PGUSER", "PGDATABASE"));
            told.add(attach.postgresql().byPassword() ? "PGPORT" : "DATABASE_URL");
        }
        if (attach.mysql() != null) {
            told.addAll(Set.of("MYSQL_USER", "MYSQL_DATABASE"));
            told.addAll(
                    attach.mysql().byPassword() ? Set.of("MYSQL_HOST", "MYSQL_TCP_PORT") : Set.of("MYSQL_UNIX_PORT"));
        }
        told.addAll(passwords(attach));
        if (attach.redis() != null) {
            told.addAll(Set.of("REDIS_SOCKET", "REDIS_URL"));
        }
        if (attach.mail() != null) {
            told.addAll(Set.of("SMTP_HOST", "SMTP_PORT", "SMTP_URL"));
            if (attach.mail().address().isPresent()) {
                told.add("MAIL_FROM");
            }
        }
        attach.storage()
                .keySet()
                .forEach(name ->
                        told.add("STORAGE_" + name.toUpperCase(Locale.ROOT).replace('-', '_')));
        return told;
    }

    /** Of those, the ones that have a password in them. */
    private static Set<String> passwords(Attach attach) {
        Set<String> told = new HashSet<>();
        if (attach.postgresql() != null && attach.postgresql().byPassword()) {
            told.addAll(Set.of("PGPASSWORD", "DATABASE_URL"));
        }
        if (attach.mysql() != null && attach.mysql().byPassword()) {
            told.addAll(Set.of("MYSQL_PWD", "MYSQL_PASSWORD", "MYSQL_URL"));
            if (attach.postgresql() == null) {
                told.add("DATABASE_URL");
            }
        }
        return told;
    }

    private static void job(String name, Job job) {
        String field = "jobs." + shortened(name);
        require(
                NAME.matcher(name).matches(),
                field,
                "a job's name has 1 to 31 characters, a to z, 0 to 9 and dash, and begins with a letter.");
        require(
                CALENDAR.matcher(job.onCalendar()).matches(),
                field + ".onCalendar",
                "it is a calendar expression of systemd such as daily or Mon *-*-* 04:00, of at most 128 characters.");
        require(!job.command().isEmpty(), field + ".command", "a job runs a program; name it.");
        AppSpecRules.command(field + ".command", job.command());
        Integer timeout = job.timeoutSeconds();
        require(
                timeout == null || (timeout >= 1 && timeout <= TIMEOUT_MAX),
                field + ".timeoutSeconds",
                "it lies between 1 and " + TIMEOUT_MAX + ".");
    }
}
