package dev.croft.desired;

import static dev.croft.desired.HostSettingsRules.require;
import static dev.croft.desired.HostSettingsRules.shortened;

import dev.croft.desired.AppSpec.Backup;
import dev.croft.desired.HostState.Backups;
import dev.croft.desired.HostState.LocalTarget;
import dev.croft.desired.HostState.Retention;
import dev.croft.desired.HostState.S3Target;
import dev.croft.desired.HostState.SftpTarget;
import dev.croft.desired.HostState.Target;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The bounds of backups. nix/modules (types.nix, options.nix, asserts.nix) has the same; golden cases hold the two together. */
final class BackupRules {

    private static final int TARGETS_MAX = 8;
    private static final int KEPT_MAX = 1000;
    private static final int EXCLUDES_MAX = 64;
    private static final int EXCLUDE_BYTES_MAX = 255;
    private static final int PATH_MAX = 200;
    private static final int HOST_MAX = 253;
    private static final int ENDPOINT_MAX = 300;

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,23}");
    private static final Pattern PATH = Pattern.compile("/?[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?");
    private static final Pattern USER = Pattern.compile("[a-z_][a-z0-9._-]{0,31}");
    private static final Pattern ENDPOINT = Pattern.compile("https://" + AppSpecRules.ADDRESS + AppSpecRules.PORT
            + "|http://" + AppSpecRules.PRIVATE_ADDRESS + AppSpecRules.PORT);
    private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
    private static final Pattern REGION = Pattern.compile("[a-z0-9-]{1,40}");

    /** A copy there would be overwritten, be a copy of itself, or be gone after the next start. */
    private static final List<String> NO_PLACES =
            List.of("/nix", "/etc", "/proc", "/sys", "/dev", "/run", "/tmp", "/boot", "/bin", "/usr");

    private static final String CROFT = "/var/lib/croft";
    private static final String OWN_PLACE = CROFT + "/backups";

    private BackupRules() {}

    static void check(Backups backups) {
        require(
                backups.targets().size() <= TARGETS_MAX,
                "backups.targets",
                "there are at most " + TARGETS_MAX + " targets.");
        backups.targets().forEach(BackupRules::target);
        Retention retention = backups.retention();
        if (retention != null) {
            kept("daily", retention.daily());
            kept("weekly", retention.weekly());
            kept("monthly", retention.monthly());
        }
    }

    private static void kept(String which, @Nullable Integer count) {
        require(
                count == null || (count >= 0 && count <= KEPT_MAX),
                "backups.retention." + which,
                "it lies between 0 and " + KEPT_MAX + ".");
    }

    private static void target(String name, Target target) {
        String field = "backups.targets." + shortened(name);
        require(
                NAME.matcher(name).matches(),
                field,
                "a target's name has 1 to 24 characters, a to z, 0 to 9 and dash, and begins with a letter.");
        switch (target) {
            case LocalTarget local -> {
                path(field + ".path", local.path());
                place(field + ".path", local.path());
            }
            case SftpTarget sftp -> {
                require(
                        sftp.host().length() <= HOST_MAX
                                && HOST.matcher(sftp.host()).matches(),
                        field + ".host",
                        "it is a host name or an IPv4 address, at most " + HOST_MAX + " characters.");
                Integer port = sftp.port();
                require(port == null || (port >= 1 && port <= 65_535), field + ".port", "it lies between 1 and 65535.");
                require(
                        USER.matcher(sftp.user()).matches(),
                        field + ".user",
                        "it is the name of an account: at most 32 lower case letters, digits and . _ -");
                path(field + ".path", sftp.path());
                HostSettingsRules.publicKey(field + ".hostKey", sftp.hostKey());
            }
            case S3Target s3 -> {
                require(
                        s3.endpoint().length() <= ENDPOINT_MAX
                                && ENDPOINT.matcher(s3.endpoint()).matches(),
                        field + ".endpoint",
                        "it is the https:// address of a server without a path, or http:// of a private address.");
                require(
                        BUCKET.matcher(s3.bucket()).matches(),
                        field + ".bucket",
                        "it is the name of a bucket: 3 to 63 lower case letters, digits, dots and dashes.");
                if (s3.prefix() != null) {
                    path(field + ".prefix", s3.prefix());
                }
                require(
                        s3.region() == null || REGION.matcher(s3.region()).matches(),
                        field + ".region",
                        "it is the name of a region such as eu-central-1.");
            }
        }
    }

    private static void path(String field, String path) {
        require(
                path.length() <= PATH_MAX && PATH.matcher(path).matches(),
                field,
                "it is a path of at most " + PATH_MAX
                        + " letters, digits and . _ - /, no part of which begins with a dot or a dash.");
    }

    private static void place(String field, String path) {
        require(path.startsWith("/"), field, path + " does not begin with a slash. Name the directory in full.");
        require(
                NO_PLACES.stream().noneMatch(place -> isBelow(path, place))
                        && (!isBelow(path, CROFT) || path.startsWith(OWN_PLACE + "/")),
                field,
                path + " is no place for backups: choose another disk, or a directory below " + OWN_PLACE + ".");
    }

    private static boolean isBelow(String path, String place) {
        return path.equals(place) || path.startsWith(place + "/");
    }

    static void check(Backup backup) {
        AppSpecRules.require(
                backup.exclude().size() <= EXCLUDES_MAX,
                "backup.exclude",
                "there are at most " + EXCLUDES_MAX + " patterns.");
        for (int i = 0; i < backup.exclude().size(); i++) {
            String pattern = backup.exclude().get(i);
            AppSpecRules.require(
                    !pattern.isEmpty()
                            && pattern.getBytes(StandardCharsets.UTF_8).length <= EXCLUDE_BYTES_MAX
                            && pattern.codePoints().noneMatch(BackupRules::isUncarried),
                    "backup.exclude[" + i + "]",
                    "it is a name or a pattern of 1 to " + EXCLUDE_BYTES_MAX + " bytes, without control characters.");
        }
    }

    private static boolean isUncarried(int character) {
        return character < ' ' || character == 0x7F || (character >= 0xD800 && character <= 0xDFFF);
    }
}
