package dev.croft.ui.demo;

import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.As;
import dev.croft.desired.AppSpec.Delivery;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import dev.croft.vault.Secret;
import dev.croft.vault.Secret.Presence;
import dev.croft.vault.Secrets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Secrets of the apps of the box in memory. */
public class DemoSecrets implements Secrets {

    private record Held(SecretBytes value, Instant at) {}

    private final DemoWorld world;
    private final DemoAccounts accounts;
    private final Clock clock;
    private final Map<AppName, Map<String, Held>> held = new TreeMap<>();
    private final List<Secret> ofServices = new ArrayList<>();
    private final List<SecretBytes> valuesOfServices = new ArrayList<>();

    DemoSecrets(DemoWorld world, DemoAccounts accounts, Clock clock) {
        this.world = world;
        this.accounts = accounts;
        this.clock = clock;
        ofServices.add(new Secret(
                SecretOwner.ofService("mail"),
                "RELAY_PASSWORD",
                14L,
                clock.instant().minus(Duration.ofDays(3)),
                "anna",
                Presence.THERE,
                null,
                null,
                List.of()));
        held.put(
                new AppName("bookmarks"),
                new TreeMap<>(Map.of(
                        "API_KEY",
                        new Held(
                                SecretBytes.of(SecretText.of("not a real key")),
                                clock.instant().minus(Duration.ofDays(3))))));
    }

    public synchronized boolean has(AppName app, String name, String value) {
        Held found = held.getOrDefault(app, Map.of()).get(name);
        return found != null && found.value().equals(SecretBytes.of(SecretText.of(value)));
    }

    public synchronized boolean has(AppName app, String name, byte[] value) {
        Held found = held.getOrDefault(app, Map.of()).get(name);
        return found != null && found.value().equals(SecretBytes.of(value));
    }

    /** Whether somebody set this value for a service of the box. */
    public synchronized boolean wasSetForAService(String value) {
        return valuesOfServices.contains(SecretBytes.of(SecretText.of(value)));
    }

    @Override
    public synchronized List<Secret> list(HostName host, AppName app) {
        var names = new TreeSet<>(held.getOrDefault(app, Map.of()).keySet());
        names.addAll(named(world.inForce.get(app)).keySet());
        names.addAll(
                named(world.drafts.getOrDefault(app, world.inForce.get(app))).keySet());
        return names.stream().map(name -> secret(app, name)).toList();
    }

    private static Map<String, Delivery> named(@Nullable AppSpec spec) {
        return spec == null ? Map.of() : spec.run().secrets();
    }

    private Secret secret(AppName app, String name) {
        Held found = held.getOrDefault(app, Map.of()).get(name);
        Delivery inForce = named(world.inForce.get(app)).get(name);
        Delivery drafted =
                named(world.drafts.getOrDefault(app, world.inForce.get(app))).get(name);
        return new Secret(
                SecretOwner.of(app),
                name,
                found == null ? null : (long) found.value().size(),
                found == null ? null : found.at(),
                found == null ? null : "anna",
                drafted != null && drafted.inGit() != null
                        ? Presence.IN_GIT
                        : found == null ? Presence.MISSING : Presence.THERE,
                inForce,
                drafted,
                found == null || inForce == null ? List.of() : List.of("croft-app-" + app + ".service"));
    }

    @Override
    public synchronized List<Secret> list(HostName host) {
        return Stream.concat(held.keySet().stream().flatMap(app -> list(host, app).stream()), services())
                .toList();
    }

    /** Those that somebody set, and those that services take. */
    private Stream<Secret> services() {
        HostSettings drafted = world.settingsDraft().orElse(world.settings);
        Map<String, Secret> all = new TreeMap<>();
        ofServices.forEach(each -> all.put(each.owner().service() + "/" + each.name(), each));
        for (HostSettings settings : List.of(world.settings, drafted)) {
            settings.serviceSecrets()
                    .forEach((service, names) -> names.forEach(name -> {
                        Secret set = all.get(service + "/" + name);
                        Delivery wanted = delivery(drafted, service, name);
                        all.put(
                                service + "/" + name,
                                new Secret(
                                        SecretOwner.ofService(service),
                                        name,
                                        set == null ? null : set.bytes(),
                                        set == null ? null : set.changedAt(),
                                        set == null ? null : set.changedBy(),
                                        wanted != null && wanted.inGit() != null
                                                ? Presence.IN_GIT
                                                : set == null ? Presence.MISSING : set.box(),
                                        delivery(world.settings, service, name),
                                        wanted,
                                        List.of()));
                    }));
        }
        return all.values().stream();
    }

    private static @Nullable Delivery delivery(HostSettings settings, String service, String name) {
        return settings.serviceSecrets().getOrDefault(service, new TreeSet<>()).contains(name)
                ? new Delivery(
                        As.FILE,
                        settings.secrets()
                                .getOrDefault(service, new TreeMap<>())
                                .get(name))
                : null;
    }

    @Override
    public List<String> recipients(HostName host) {
        return List.of("age1vl9vx6pce0hyc08n3mggke0y5xrwrylgl6p2xgv5zam69kxfh4eq00r3nt");
    }

    @Override
    public synchronized Placed set(HostName host, SecretOwner owner, String name, SecretBytes value, boolean restart) {
        if (!name.matches("[A-Za-z_][A-Za-z0-9_]{0,63}") || value.size() == 0) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The secret was not accepted.",
                            value.size() == 0
                                    ? "value: it is empty; a secret has 1 to 65536 bytes."
                                    : "name: a secret's name has 1 to 64 letters, digits and underscores.",
                            "Correct it.")
                    .toException();
        }
        AppName app = owner.app();
        if (app == null) {
            var known = new Secret(
                    owner, name, (long) value.size(), clock.instant(), "anna", Presence.THERE, null, null, List.of());
            ofServices.removeIf(
                    each -> each.owner().equals(owner) && each.name().equals(name));
            ofServices.add(known);
            valuesOfServices.add(value);
            return new Placed(known, List.of(), null);
        }
        held.computeIfAbsent(app, unused -> new TreeMap<>()).put(name, new Held(value, clock.instant()));
        Secret known = secret(app, name);
        return new Placed(known, restart ? known.usedBy() : new ArrayList<>(), null);
    }

    @Override
    public synchronized void remove(HostName host, SecretOwner owner, String name) {
        held.getOrDefault(java.util.Objects.requireNonNull(owner.app()), new TreeMap<>())
                .remove(name);
    }

    @Override
    public synchronized SecretBytes reveal(HostName host, SecretOwner owner, String name) {
        accounts.require();
        return held.get(java.util.Objects.requireNonNull(owner.app())).get(name).value();
    }

    static void confirm(DemoWorld world, SecretText password) {
        if (!password.equals(SecretText.of(world.password()))) {
            throw Problem.of(
                            ProblemCode.SIGN_IN_FAILED,
                            "Nothing was done.",
                            "password: it is not that of anna.",
                            "Type the password with which you sign in.")
                    .toException();
        }
    }

    @Override
    public List<Secret> pushAll(HostName host) {
        return list(host);
    }

    @Override
    public List<String> supply(HostName host) {
        return List.of();
    }
}
