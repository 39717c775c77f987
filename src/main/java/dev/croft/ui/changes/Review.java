package dev.croft.ui.changes;

import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.NameChanges;
import dev.croft.hostlink.HostCommand.PackageChange;
import dev.croft.hostlink.HostCommand.PortChanges;
import dev.croft.hostlink.HostCommand.Ports;
import dev.croft.ui.services.Engines;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a plan found, read from its operation's result (docs/protocol.md §4). A member that is missing, or is not what it should be, is
 * read as "not known": an older box says less, and a review must not fail for that.
 *
 * @param toplevel store path of the system that was built: what an apply names as reviewed; empty when the box did not say
 * @param host whether the change is one of the box itself, which waits for a confirmation
 * @param bytesNeeded bytes that the new closure has and the running one has not; null when not known
 * @param boot room in /boot; null when the box has none of its own, or does not say
 * @param ports null when one of the two systems does not say
 * @param users null when one of the two systems does not say
 * @param rebootWhy why a restart of the box is needed; empty when it is not
 * @param data apps whose data is copied before their new version starts
 * @param migrations apps whose migration runs before their new version starts
 * @param majors the database servers whose major version changes
 * @param missingSecrets those without which the box refuses the change
 */
record Review(
        String toplevel,
        boolean host,
        List<String> reasons,
        Units units,
        List<PackageChange> packages,
        @Nullable Long bytesNeeded,
        @Nullable Long bytesFree,
        @Nullable Room boot,
        @Nullable PortChanges ports,
        @Nullable NameChanges users,
        boolean reboot,
        List<String> rebootWhy,
        List<DataCopy> data,
        List<String> migrations,
        List<MajorChange> majors,
        List<MissingSecret> missingSecrets) {

    private static final int MAJOR_MOST = 9999;

    record Units(List<String> start, List<String> stop, List<String> restart, List<String> reload) {
        boolean isEmpty() {
            return start.isEmpty() && stop.isEmpty() && restart.isEmpty() && reload.isEmpty();
        }
    }

    record Room(long bytesNeeded, long bytesFree) {}

    /**
     * @param bytes of all of it
     * @param method how files are copied: reflink, copy or subvolume; empty when the box does not say
     */
    record DataCopy(String app, long bytes, String method, List<DatabaseCopy> databases) {

        /** What is not in a database. */
        long fileBytes() {
            return Math.max(
                    0,
                    bytes
                            - databases.stream()
                                    .mapToLong(each -> each.bytes() == null ? 0 : each.bytes())
                                    .sum());
        }
    }

    /**
     * @param engine postgresql, mysql or redis
     * @param bytes null when its server did not answer
     */
    record DatabaseCopy(
            String engine, String database, @Nullable Long bytes) {}

    record MajorChange(Engine engine, int from, int to) {
        boolean up() {
            return to > from;
        }
    }

    /** One of app and service is empty. */
    record MissingSecret(String app, String service, String name) {}

    static Review of(Map<String, Object> result) {
        Members all = new Members(result);
        Members reboot = all.object("reboot").orNothing();
        return new Review(
                all.text("toplevel"),
                // what cannot be known is treated as the graver case, as the box does
                !all.text("level").equals("app"),
                all.texts("reasons"),
                units(all.object("units").orNothing()),
                all.objects("closure", Review::packageChange),
                all.number("bytesNeeded"),
                all.number("bytesFree"),
                room(all.object("boot")),
                ports(all.object("ports")),
                users(all.object("users")),
                Boolean.TRUE.equals(reboot.values.get("needed")),
                reboot.texts("why"),
                all.objects("data", Review::dataCopy),
                all.texts("migrations"),
                Arrays.stream(Engine.values())
                        .map(engine -> majorChange(
                                engine, all.object(Engines.word(engine)).orNothing()))
                        .filter(Objects::nonNull)
                        .toList(),
                all.objects("missingSecrets", Review::missingSecret));
    }

    private static @Nullable MajorChange majorChange(Engine engine, Members majors) {
        Long from = majors.number("from");
        Long to = majors.number("to");
        return from == null || to == null
                ? null
                : new MajorChange(
                        engine,
                        Math.toIntExact(Math.clamp(from, 0, MAJOR_MOST)),
                        Math.toIntExact(Math.clamp(to, 0, MAJOR_MOST)));
    }

    private static @Nullable MissingSecret missingSecret(Members secret) {
        String name = secret.text("name");
        return name.isEmpty() ? null : new MissingSecret(secret.text("app"), secret.text("service"), name);
    }

    private static Units units(Members units) {
        return new Units(units.texts("start"), units.texts("stop"), units.texts("restart"), units.texts("reload"));
    }

    private static PackageChange packageChange(Members change) {
        Long bytes = change.number("bytes");
        return new PackageChange(
                change.text("name"), change.texts("from"), change.texts("to"), bytes == null ? 0 : bytes);
    }

    private static DataCopy dataCopy(Members copy) {
        Long bytes = copy.number("bytes");
        return new DataCopy(
                copy.text("app"),
                bytes == null ? 0 : bytes,
                copy.text("method"),
                copy.objects(
                        "databases",
                        each -> new DatabaseCopy(each.text("engine"), each.text("database"), each.number("bytes"))));
    }

    private static @Nullable Room room(Found boot) {
        Long needed = boot.orNothing().number("bytesNeeded");
        Long free = boot.orNothing().number("bytesFree");
        return needed == null || free == null ? null : new Room(needed, free);
    }

    private static @Nullable PortChanges ports(Found ports) {
        return ports.missing()
                ? null
                : new PortChanges(
                        ports.orNothing().objects("opened", Review::port),
                        ports.orNothing().objects("closed", Review::port));
    }

    private static Ports port(Members port) {
        Long from = port.number("from");
        Long to = port.number("to");
        int first = from == null ? 0 : Math.toIntExact(Math.clamp(from, 0, 65_535));
        return new Ports(port.text("protocol"), first, to == null ? first : Math.toIntExact(Math.clamp(to, 0, 65_535)));
    }

    private static @Nullable NameChanges users(Found users) {
        Members names = users.orNothing();
        return users.missing()
                ? null
                : new NameChanges(names.texts("added"), names.texts("removed"), names.texts("changed"));
    }

    /** A member that should be an object. */
    private record Found(@Nullable Members object) {
        boolean missing() {
            return object == null;
        }

        Members orNothing() {
            return object == null ? new Members(Map.of()) : object;
        }
    }

    private record Members(Map<?, ?> values) {

        Found object(String name) {
            return new Found(values.get(name) instanceof Map<?, ?> map ? new Members(map) : null);
        }

        String text(String name) {
            return values.get(name) instanceof String text ? text : "";
        }

        @Nullable
        Long number(String name) {
            return values.get(name) instanceof Number number ? Long.valueOf(number.longValue()) : null;
        }

        List<String> texts(String name) {
            return list(name, each -> each instanceof String text ? text : null);
        }

        <T> List<T> objects(String name, Function<Members, @Nullable T> read) {
            return list(name, each -> each instanceof Map<?, ?> map ? read.apply(new Members(map)) : null);
        }

        private <T> List<T> list(String name, Function<Object, @Nullable T> read) {
            if (!(values.get(name) instanceof List<?> list)) {
                return List.of();
            }
            var found = new ArrayList<T>();
            for (Object each : list) {
                T value = each == null ? null : read.apply(each);
                if (value != null) {
                    found.add(value);
                }
            }
            return List.copyOf(found);
        }
    }
}
