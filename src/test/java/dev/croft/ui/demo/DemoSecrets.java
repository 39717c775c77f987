package dev.croft.ui.demo;

import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Delivery;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Secrets of the apps of the box in memory. */
public class DemoSecrets implements Secrets {

    private record Held(SecretBytes value, Instant at) {}

    private final DemoWorld world;
    private final Clock clock;
    private final Map<SecretOwner, Map<String, Held>> held = new LinkedHashMap<>();

    DemoSecrets(DemoWorld world, Clock clock) {
        this.world = world;
        this.clock = clock;
        held.put(
                SecretOwner.of(new AppName("bookmarks")),
                new TreeMap<>(Map.of(
                        "API_KEY",
                        new Held(
                                SecretBytes.of(SecretText.of("not a real key")),
                                clock.instant().minus(Duration.ofDays(3))))));
        held.put(
                SecretOwner.ofService("mail"),
                new TreeMap<>(Map.of(
                        "RELAY_PASSWORD",
                        new Held(
                                SecretBytes.of(SecretText.of("not a real one")),
                                clock.instant().minus(Duration.ofDays(3))))));
    }

    public boolean has(AppName app, String name, String value) {
        return has(SecretOwner.of(app), name, value);
    }

    public synchronized boolean has(SecretOwner owner, String name, String value) {
        Held found = held.getOrDefault(owner, Map.of()).get(name);
        return found != null && found.value().equals(SecretBytes.of(SecretText.of(value)));
    }

    @Override
    public synchronized List<Secret> list(HostName host, AppName app) {
        var names =
                new TreeSet<>(held.getOrDefault(SecretOwner.of(app), Map.of()).keySet());
        names.addAll(named(world.inForce.get(app)).keySet());
        names.addAll(
                named(world.drafts.getOrDefault(app, world.inForce.get(app))).keySet());
        return names.stream().map(name -> secret(SecretOwner.of(app), name)).toList();
    }

    private static Map<String, Delivery> named(@Nullable AppSpec spec) {
        return spec == null ? Map.of() : spec.run().secrets();
    }

    private Secret secret(SecretOwner owner, String name) {
        AppName app = owner.app();
        Held found = held.getOrDefault(owner, Map.of()).get(name);
        Delivery inForce = app == null ? null : named(world.inForce.get(app)).get(name);
        return new Secret(
                owner,
                name,
                found == null ? null : (long) found.value().size(),
                found == null ? null : found.at(),
                found == null ? null : "anna",
                found == null ? Presence.MISSING : Presence.THERE,
                inForce,
                app == null
                        ? null
                        : named(world.drafts.getOrDefault(app, world.inForce.get(app)))
                                .get(name),
                found == null || inForce == null ? List.of() : List.of("croft-app-" + app + ".service"));
    }

    @Override
    public synchronized List<Secret> list(HostName host) {
        return held.keySet().stream()
                .flatMap(owner -> owner.app() != null
                        ? list(host, owner.app()).stream()
                        : held.get(owner).keySet().stream().map(name -> secret(owner, name)))
                .toList();
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
        held.computeIfAbsent(owner, unused -> new TreeMap<>()).put(name, new Held(value, clock.instant()));
        Secret known = secret(owner, name);
        return new Placed(known, restart ? known.usedBy() : new ArrayList<>(), null);
    }

    @Override
    public synchronized void remove(HostName host, SecretOwner owner, String name) {
        held.getOrDefault(owner, new TreeMap<>()).remove(name);
    }

    @Override
    public synchronized SecretBytes reveal(HostName host, SecretOwner owner, String name, SecretText password) {
        confirm(world, password);
        return held.get(owner).get(name).value();
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
