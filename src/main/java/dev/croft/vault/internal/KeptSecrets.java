package dev.croft.vault.internal;

import dev.croft.access.CurrentOperator;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Sight;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.As;
import dev.croft.desired.AppSpec.Delivery;
import dev.croft.desired.AppSpec.InGit;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.BoxSecret;
import dev.croft.hostlink.HostCommand.BoxSecrets;
import dev.croft.hostlink.HostCommand.ListSecrets;
import dev.croft.hostlink.HostCommand.PlacedSecret;
import dev.croft.hostlink.HostCommand.PutSecret;
import dev.croft.hostlink.HostCommand.RemoveSecret;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import dev.croft.vault.Secret;
import dev.croft.vault.Secret.Presence;
import dev.croft.vault.Secrets;
import dev.croft.vault.internal.SecretTable.Place;
import dev.croft.vault.internal.SecretTable.Row;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** Values in the database, and on the boxes. Whether a box has one is asked of the box each time. */
@Service
class KeptSecrets implements Secrets {

    private static final Logger log = LoggerFactory.getLogger(KeptSecrets.class);

    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,63}");
    private static final Pattern SERVICE = Pattern.compile("[a-z][a-z0-9-]{0,30}");

    private final Hosts hosts;
    private final HostLink link;
    private final DesiredStates desired;
    private final SecretTable table;
    private final KeptKeys keys;
    private final CurrentOperator operator;
    private final TransactionTemplate transaction;
    private final Clock clock;
    private final Sight sight;

    KeptSecrets(
            Hosts hosts,
            HostLink link,
            DesiredStates desired,
            SecretTable table,
            KeptKeys keys,
            CurrentOperator operator,
            TransactionTemplate transaction,
            Clock clock,
            Sight sight) {
        this.sight = sight;
        this.hosts = hosts;
        this.link = link;
        this.desired = desired;
        this.table = table;
        this.keys = keys;
        this.operator = operator;
        this.transaction = transaction;
        this.clock = clock;
    }

    // ---- looking

    @Override
    public List<Secret> list(HostName name, AppName app) {
        Host host = hosts.get(name);
        SecretOwner owner = SecretOwner.of(app);
        Set<Place> places = new LinkedHashSet<>();
        states(name)
                .forEach(state ->
                        named(state, owner).keySet().forEach(each -> places.add(new Place(name, owner, each))));
        return list(host, places).stream()
                .filter(each -> each.owner().equals(owner))
                .toList();
    }

    @Override
    public List<Secret> list(HostName name) {
        Predicate<Scope> mine = sight.may(Role.VIEWER);
        Host host = hosts.get(name);
        Set<Place> places = new LinkedHashSet<>();
        for (HostState state : states(name)) {
            state.host()
                    .serviceSecrets()
                    .forEach((service, names) ->
                            names.forEach(each -> places.add(new Place(name, SecretOwner.ofService(service), each))));
        }
        return list(host, places).stream()
                .filter(each -> mine.test(Scope.of(name, each.owner().app())))
                .toList();
    }

    /** The state with the drafts laid over it, then the one in force. */
    private List<HostState> states(HostName name) {
        List<HostState> states = new ArrayList<>(List.of(desired.draft(name)));
        desired.inForce(name).ifPresent(states::add);
        return states;
    }

    /** Those that are kept here or lie on the box, and the named ones. */
    private List<Secret> list(Host host, Set<Place> named) {
        Map<Place, Row> kept = new HashMap<>();
        table.of(host.name()).forEach(row -> kept.put(row.place(), row));
        Map<Place, BoxSecret> there = new HashMap<>();
        Map<Place, List<String>> readers = new HashMap<>();
        boolean reached = true;
        try {
            BoxSecrets told = link.call(host.endpoint(), new ListSecrets());
            told.secrets().forEach(each -> there.put(new Place(host.name(), each.owner(), each.name()), each));
            told.inGit().forEach(each -> readers.put(new Place(host.name(), each.owner(), each.name()), each.usedBy()));
        } catch (ProblemException e) {
            log.debug("{} was not asked for its secrets: {}", host.name(), e.getMessage());
            reached = false;
        }
        Set<Place> places = new LinkedHashSet<>(named);
        places.addAll(kept.keySet());
        places.addAll(there.keySet());
        HostState draft = desired.draft(host.name());
        Optional<HostState> inForce = desired.inForce(host.name());
        List<Secret> all = new ArrayList<>();
        for (Place place : places) {
            all.add(secret(
                    place,
                    kept.get(place),
                    there.get(place),
                    reached,
                    inForce.map(state -> named(state, place.owner()).get(place.name()))
                            .orElse(null),
                    named(draft, place.owner()).get(place.name()),
                    readers.getOrDefault(place, List.of())));
        }
        all.sort(Comparator.comparing((Secret each) -> each.owner().app() == null)
                .thenComparing(each -> each.owner().toString())
                .thenComparing(Secret::name));
        return all;
    }

    private static Secret secret(
            Place place,
            @Nullable Row row,
            @Nullable BoxSecret there,
            boolean reached,
            @Nullable Delivery inForce,
            @Nullable Delivery drafted,
            List<String> readers) {
        Delivery named = drafted == null ? inForce : drafted;
        Presence presence = named != null && named.inGit() != null
                ? Presence.IN_GIT
                : !reached
                        ? Presence.UNKNOWN
                        : there == null
                                ? Presence.MISSING
                                : row == null || isLast(row, there) ? Presence.THERE : Presence.OTHER;
        return new Secret(
                place.owner(),
                place.name(),
                row != null ? Long.valueOf(row.bytes()) : there == null ? null : Long.valueOf(there.bytes()),
                row != null ? row.changedAt() : there == null ? null : there.changedAt(),
                row == null ? null : row.changedBy(),
                presence,
                inForce,
                drafted,
                there == null || there.usedBy().isEmpty() ? readers : there.usedBy());
    }

    private static boolean isLast(Row row, BoxSecret there) {
        return row.placedAt() != null && row.placedAt().equals(micros(there.changedAt()));
    }

    /** What a state says of an owner's secrets. A service gets each of its own as a file. */
    private static Map<String, Delivery> named(HostState state, SecretOwner owner) {
        AppName app = owner.app();
        String service = owner.service();
        Map<String, Delivery> named = new TreeMap<>();
        if (app != null) {
            AppSpec spec = state.apps().get(app);
            named.putAll(spec == null ? Map.of() : spec.run().secrets());
        } else if (service != null) {
            Map<String, InGit> inGit = state.host().secrets().getOrDefault(service, new TreeMap<>());
            state.host()
                    .serviceSecrets()
                    .getOrDefault(service, new TreeSet<>())
                    .forEach(name -> named.put(name, new Delivery(As.FILE, inGit.get(name))));
        }
        return named;
    }

    private List<BoxSecret> onBox(Host host) {
        return link.call(host.endpoint(), new ListSecrets()).secrets();
    }

    @Override
    public @Nullable List<String> recipients(HostName name) {
        return link.call(hosts.get(name).endpoint(), new ListSecrets()).recipients();
    }

    // ---- changing

    @Override
    public Placed set(HostName name, SecretOwner owner, String secret, SecretBytes value, boolean restart) {
        Host host = hosts.get(name);
        Place place = place(name, owner, secret);
        if (value.size() == 0 || value.size() > MOST_BYTES) {
            throw invalid(
                    "value: " + (value.size() == 0 ? "it is empty" : "it has " + value.size() + " bytes")
                            + "; a secret has 1 to " + MOST_BYTES + " bytes.",
                    value.size() == 0
                            ? "Give it a value, or remove the secret."
                            : "Keep a smaller one: for example the key instead of the whole archive.");
        }
        requireApp(name, owner);
        requireNotInGit(name, owner, secret);
        Row row = keep(place, value);
        log.info(
                "{} set the secret {} of {} on {} ({} bytes)",
                row.changedBy(),
                secret,
                place.ownerName(),
                name,
                value.size());
        try {
            PlacedSecret placed = put(host, row, restart);
            return new Placed(told(place, row, placed.placed(), true), placed.restarted(), null);
        } catch (ProblemException e) {
            log.info("{} does not have the secret {} of {} yet: {}", name, secret, place.ownerName(), e.getMessage());
            return new Placed(told(place, row, null, false), List.of(), e.problem());
        }
    }

    private void requireNotInGit(HostName name, SecretOwner owner, String secret) {
        Delivery drafted = named(desired.draft(name), owner).get(secret);
        if (drafted != null && drafted.inGit() != null) {
            String file = drafted.inGit().file();
            throw owner.app() != null
                    ? invalid(
                            "name: the app's entry takes " + secret + " from " + file + " in the box's flake.",
                            "Change it there with sops, commit it and deploy; or take it out of the app's entry first.")
                    : invalid(
                            "name: the box's settings take " + secret + " of " + owner.service() + " from " + file
                                    + " in the box's flake.",
                            "Change it there with sops, commit it and apply; or have the box seal it again first.");
        }
    }

    private Secret told(Place place, Row row, @Nullable BoxSecret there, boolean reached) {
        return secret(
                place,
                there == null
                        ? row
                        : new Row(
                                place,
                                row.version(),
                                row.dataKey(),
                                row.sealed(),
                                row.bytes(),
                                row.changedAt(),
                                row.changedBy(),
                                micros(there.changedAt())),
                there,
                reached,
                desired.inForce(place.host())
                        .map(state -> named(state, place.owner()).get(place.name()))
                        .orElse(null),
                named(desired.draft(place.host()), place.owner()).get(place.name()),
                List.of());
    }

    /** The value, encrypted, as the next version. */
    private Row keep(Place place, SecretBytes value) {
        String author = operator.get().name();
        return keys.use((key, id) -> Objects.requireNonNull(transaction.execute(status -> {
            Optional<Row> before = table.find(place);
            long version = before.map(Row::version).orElse(0L) + 1;
            byte[] sealed = Sealing.seal(key, value.reveal(), place.context(version));
            Row row = new Row(place, version, id, sealed, value.size(), micros(clock.instant()), author, null);
            if (before.isEmpty()) {
                table.insert(row);
            } else if (!table.update(row, before.get().version())) {
                throw Problem.of(
                                ProblemCode.CONFLICT,
                                "The secret " + place.name() + " was not set.",
                                "Somebody else set it at the same moment.",
                                "Look who did, then set it again if yours is the right one.")
                        .toException();
            }
            return row;
        })));
    }

    /**
     * Onto the box. Whoever was overtaken by a newer value puts that one there: otherwise the older one could come last, and stay. Of one
     * that was removed meanwhile nothing stays.
     */
    private PlacedSecret put(Host host, Row row, boolean restart) {
        Row newest = row;
        while (true) {
            Place place = newest.place();
            PlacedSecret placed =
                    link.call(host.endpoint(), new PutSecret(place.owner(), place.name(), base64(newest), restart));
            long version = newest.version();
            Instant at = micros(placed.placed().changedAt());
            if (Boolean.TRUE.equals(transaction.execute(status -> table.placed(place, version, at)))) {
                return placed;
            }
            Optional<Row> now = table.find(place);
            if (now.isEmpty()) {
                link.call(host.endpoint(), new RemoveSecret(place.owner(), place.name()));
                return placed;
            }
            newest = now.get();
        }
    }

    @Override
    public void remove(HostName name, SecretOwner owner, String secret) {
        Host host = hosts.get(name);
        Place place = place(name, owner, secret);
        AppName app = owner.app();
        if (app != null
                && states(name).stream().anyMatch(state -> named(state, owner).containsKey(secret))) {
            throw Problem.of(
                            ProblemCode.SECRET_IN_USE,
                            "The secret " + secret + " of " + app + " was not removed.",
                            "The app's entry names it under run.secrets.",
                            "Take it out of the app's entry and deploy that first.")
                    .toException();
        }
        boolean kept = table.find(place).isPresent();
        try {
            link.call(host.endpoint(), new RemoveSecret(owner, secret));
        } catch (ProblemException e) {
            if (e.problem().code() != ProblemCode.NOT_FOUND || !kept) {
                throw e;
            }
        }
        transaction.executeWithoutResult(status -> table.delete(place));
        log.info("{} removed the secret {} of {} from {}", operator.get().name(), secret, place.ownerName(), name);
    }

    @Override
    public SecretBytes reveal(HostName name, SecretOwner owner, String secret) {
        hosts.get(name);
        Place place = place(name, owner, secret);
        Row row = table.find(place).orElseThrow(() -> notKept(place));
        byte[] value = keys.use((key, id) -> KeptKeys.opened(key, row, place.context(row.version())));
        log.warn("{} was shown the secret {} of {} on {}", operator.get().name(), secret, place.ownerName(), name);
        return SecretBytes.of(value);
    }

    // ---- a box that lacks some

    @Override
    public List<Secret> pushAll(HostName name) {
        Host host = hosts.get(name);
        List<Row> rows = table.of(name);
        for (Row row : rows) {
            put(host, row, false);
        }
        log.info("{} put {} secrets on {} again", operator.get().name(), rows.size(), name);
        return list(name).stream().filter(Secret::isKept).toList();
    }

    @Override
    public List<String> supply(HostName name) {
        List<Row> rows = table.of(name);
        Host host = hosts.find(name).orElse(null);
        if (rows.isEmpty() || host == null) {
            return List.of();
        }
        Map<Place, BoxSecret> there = new HashMap<>();
        onBox(host).forEach(each -> there.put(new Place(name, each.owner(), each.name()), each));
        List<String> supplied = new ArrayList<>();
        for (Row row : rows) {
            // What was changed on the box since stays: somebody meant it.
            if (row.placedAt() == null || !there.containsKey(row.place())) {
                put(host, row, false);
                supplied.add(row.place().name() + " of " + row.place().ownerName());
            }
        }
        return supplied;
    }

    private SecretText base64(Row row) {
        return keys.use((key, id) -> SecretBytes.of(
                        KeptKeys.opened(key, row, row.place().context(row.version())))
                .base64());
    }

    // ---- bounds

    private static Place place(HostName host, SecretOwner owner, String secret) {
        if (!NAME.matcher(secret).matches()) {
            throw invalid(
                    "name: a secret's name has 1 to 64 letters, digits and underscores, and does not begin with a digit.",
                    "Choose a name such as API_KEY.");
        }
        String service = owner.service();
        if (service != null && !SERVICE.matcher(service).matches()) {
            throw invalid("service: it is [a-z][a-z0-9-]{0,30}.", "Correct the service's name.");
        }
        return new Place(host, owner, secret);
    }

    private void requireApp(HostName host, SecretOwner owner) {
        AppName app = owner.app();
        if (app != null && !desired.draft(host).apps().containsKey(app)) {
            throw Problem.of(
                            ProblemCode.NOT_FOUND,
                            "The secret was not set.",
                            "There is no app " + app + " on " + host + ".",
                            "Add the app first; a draft is enough.")
                    .toException();
        }
    }

    private static RuntimeException notKept(Place place) {
        return Problem.of(
                        ProblemCode.NOT_FOUND,
                        "The secret " + place.name() + " is not shown.",
                        "This console does not have its value: it was never set here.",
                        "Set it anew if nobody knows it.")
                .toException();
    }

    private static RuntimeException invalid(String why, String next) {
        return Problem.of(ProblemCode.INVALID_INPUT, "The secret was not accepted.", why, next)
                .toException();
    }

    /** What a database keeps of a time. */
    private static Instant micros(Instant time) {
        return time.truncatedTo(ChronoUnit.MICROS);
    }
}
