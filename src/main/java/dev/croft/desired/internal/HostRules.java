package dev.croft.desired.internal;

import dev.croft.desired.AppSpec;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.Firewall;
import dev.croft.desired.internal.FieldReader.FieldRefused;
import dev.croft.kernel.AppName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/** What one app's entry cannot say: apps share a box's ports and names. nix/modules/asserts.nix has the same. */
final class HostRules {

    private static final int APPS_MOST = 500;
    private static final Set<Integer> WEB_SERVER = Set.of(80, 443);

    private HostRules() {}

    static void check(HostState state) {
        if (state.apps().size() > APPS_MOST) {
            throw new FieldRefused("apps", "there are at most " + APPS_MOST + ".");
        }
        boolean webServerRuns =
                state.apps().values().stream().anyMatch(app -> !app.domains().isEmpty());
        Map<Integer, AppName> ports = new TreeMap<>();
        Map<String, AppName> domains = new TreeMap<>();
        for (Map.Entry<AppName, AppSpec> app : state.apps().entrySet()) {
            AppName name = app.getKey();
            Integer port = app.getValue().run().port();
            if (port != null) {
                AppName other = ports.putIfAbsent(port, name);
                if (other != null) {
                    throw new FieldRefused(
                            at(other, "run.port"), port + " is also " + at(name, "run.port") + ". Choose another.");
                }
                if (webServerRuns && WEB_SERVER.contains(port)) {
                    throw new FieldRefused(
                            at(name, "run.port"), port + " is also the port of the web server. Choose another.");
                }
            }
            for (String domain : app.getValue().domains()) {
                AppName other = domains.putIfAbsent(domain, name);
                if (other != null) {
                    throw new FieldRefused(
                            at(other, "domains"),
                            domain + " is also in " + at(name, "domains") + ". One app answers for a name.");
                }
            }
        }
    }

    /** What is no mistake, but may not be meant. */
    static List<String> notes(HostState state) {
        List<String> notes = new ArrayList<>();
        Firewall firewall = state.host().firewall();
        boolean webServerRuns =
                state.apps().values().stream().anyMatch(app -> !app.domains().isEmpty());
        for (int port : firewall == null ? List.<Integer>of() : firewall.tcp()) {
            if (webServerRuns && WEB_SERVER.contains(port)) {
                notes.add("firewall.tcp: port " + port + " is open in any case, because apps have domains.");
            }
            state.apps().forEach((name, app) -> {
                if (Objects.equals(app.run().port(), port)) {
                    notes.add(
                            "firewall.tcp: port " + port + " is that of " + name
                                    + (app.domains().isEmpty()
                                            ? ", which opens it in any case."
                                            : ", which listens behind the web server alone: nobody answers there from outside."));
                }
            });
        }
        state.host().users().forEach((name, user) -> {
            if (user.keys().isEmpty()) {
                notes.add("users." + name + ": without a key this person cannot sign in.");
            }
        });
        return notes;
    }

    private static String at(AppName app, String field) {
        return "apps." + app + "." + field;
    }
}
