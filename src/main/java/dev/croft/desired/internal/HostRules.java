package dev.croft.desired.internal;

import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Attach;
import dev.croft.desired.AppSpec.Tls;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.Acme;
import dev.croft.desired.HostState.Firewall;
import dev.croft.desired.HostState.Mail;
import dev.croft.desired.HostState.MailServer;
import dev.croft.desired.HostState.Monitoring;
import dev.croft.desired.HostState.Services;
import dev.croft.desired.internal.FieldReader.FieldRefused;
import dev.croft.kernel.AppName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What one app's entry cannot say: apps share a box's ports and names. nix/modules/asserts.nix has the same. */
final class HostRules {

    private static final int APPS_MOST = 500;
    private static final Set<Integer> WEB_SERVER = Set.of(80, 443);
    private static final int CERTIFICATE_AUTHORITY = 30_443;
    private static final Set<Integer> MAIL_SERVER = Set.of(25, 465, 587, 993);
    /** Where the box sends as itself; nix/lib/mail.nix. */
    private static final int OWN_MAIL = 24_575;

    private static final int POSTGRESQL = 5432;
    private static final int MYSQL = 3306;

    /** The servers' own, and words that mean something else in PostgreSQL's rules of access. nix/lib/attach.nix has the same. */
    private static final Set<String> RESERVED_DATABASES = Set.of(
            "all",
            "host",
            "information_schema",
            "mysql",
            "performance_schema",
            "postgres",
            "replication",
            "root",
            "samegroup",
            "samerole",
            "sameuser",
            "sys",
            "template0",
            "template1",
            "test");

    private HostRules() {}

    static void check(HostState state) {
        if (state.apps().size() > APPS_MOST) {
            throw new FieldRefused("apps", "there are at most " + APPS_MOST + ".");
        }
        boolean webServerRuns =
                state.apps().values().stream().anyMatch(app -> !app.domains().isEmpty()) || mailIsProvedOverHttp(state);
        Mail mail = state.host().services().mail();
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
                if (mail != null && (port == OWN_MAIL || (mail.server() != null && MAIL_SERVER.contains(port)))) {
                    throw new FieldRefused(
                            at(name, "run.port"),
                            port + " is also the port of " + (port == OWN_MAIL ? "the box's mail" : "the mail server")
                                    + ". Choose another.");
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
        exporters(state, ports);
        attached(state);
        jobUnits(state);
        state.apps().forEach((name, app) -> {
            redirects(name, app, domains);
            certificates(name, app, state.host().acme());
        });
        mailCertificate(state);
        AppName atAuthority = ports.get(CERTIFICATE_AUTHORITY);
        if (atAuthority != null && state.apps().values().stream().anyMatch(app -> tls(app) == Tls.INTERNAL)) {
            throw new FieldRefused(
                    at(atAuthority, "run.port"),
                    CERTIFICATE_AUTHORITY + " is also the port of the certificate authority. Choose another.");
        }
    }

    /** Exporters share the box's ports with apps and servers. */
    private static void exporters(HostState state, Map<Integer, AppName> apps) {
        Services services = state.host().services();
        Monitoring monitoring = services.monitoring();
        Map<Integer, String> servers = new TreeMap<>();
        if (services.postgresql() != null) {
            servers.put(POSTGRESQL, "PostgreSQL");
        }
        if (services.mysql() != null) {
            servers.put(MYSQL, "MariaDB");
        }
        if (services.mail() != null) {
            servers.put(OWN_MAIL, "the box's mail");
        }
        if (state.apps().values().stream().anyMatch(app -> tls(app) == Tls.INTERNAL)) {
            servers.put(CERTIFICATE_AUTHORITY, "the certificate authority");
        }
        if (monitoring != null) {
            monitoring.exporters().forEach((exporter, port) -> {
                AppName app = apps.get(port);
                String holder = app == null ? servers.get(port) : "app " + app;
                if (holder != null) {
                    throw new FieldRefused(
                            "services.monitoring.exporters." + exporter.word(),
                            port + " is also the port of " + holder + ". Choose another.");
                }
            });
        }
    }

    /** Each app has databases of its own, of servers that the box has. */
    private static void attached(HostState state) {
        Map<String, AppName> postgresql = new TreeMap<>();
        Map<String, AppName> mysql = new TreeMap<>();
        state.apps().forEach((name, app) -> {
            Attach attach = app.attach();
            if (attach.postgresql() != null) {
                requireServer(
                        name,
                        "postgresql",
                        "PostgreSQL",
                        state.host().services().postgresql());
                database(name, "postgresql", attach.postgresql().databaseOf(name), postgresql);
            }
            if (attach.mysql() != null) {
                requireServer(name, "mysql", "MariaDB", state.host().services().mysql());
                database(name, "mysql", attach.mysql().databaseOf(name), mysql);
            }
            if (attach.mail() != null) {
                requireServer(name, "mail", "mail", state.host().services().mail());
            }
        });
    }

    private static void requireServer(AppName app, String service, String label, @Nullable Object server) {
        if (server == null) {
            throw new FieldRefused(
                    at(app, "attach." + service),
                    "the box has no " + label + ": services." + service + " is missing. Add it, or detach the app.");
        }
    }

    private static void database(AppName app, String service, String database, Map<String, AppName> taken) {
        String field = at(app, "attach." + service + ".database");
        if (RESERVED_DATABASES.contains(database) || database.startsWith("pg_")) {
            throw new FieldRefused(field, database + " is a name that the server keeps for itself. Choose another.");
        }
        AppName other = taken.putIfAbsent(database, app);
        if (other != null) {
            throw new FieldRefused(
                    field, database + " is also the database of app " + other + ". Each app has its own.");
        }
    }

    /** {@code a-b} with a job {@code c} and {@code a} with a job {@code b-c} would be one unit. */
    private static void jobUnits(HostState state) {
        Map<String, String> units = new TreeMap<>();
        state.apps()
                .forEach((name, app) -> app.jobs().keySet().forEach(job -> {
                    String unit = "croft-job-" + name + "-" + job;
                    String other = units.putIfAbsent(unit, "job " + job + " of app " + name);
                    if (other != null) {
                        throw new FieldRefused(
                                at(name, "jobs." + job),
                                "its unit would be " + unit + ".service, which is that of " + other
                                        + ". Choose another name.");
                    }
                }));
    }

    /** @param taken by which app each name is answered or redirected */
    private static void redirects(AppName name, AppSpec app, Map<String, AppName> taken) {
        if (app.web() == null) {
            return;
        }
        for (String from : app.web().redirects().keySet()) {
            AppName other = taken.putIfAbsent(from, name);
            if (other != null) {
                throw new FieldRefused(
                        at(name, "web.redirects." + FieldReader.shortened(from)),
                        "this name belongs to app " + other + ". One app answers for a name.");
            }
        }
    }

    private static void certificates(AppName name, AppSpec app, @Nullable Acme acme) {
        if (tls(app) != Tls.ACME) {
            return;
        }
        if (acme == null) {
            throw new FieldRefused(
                    "host.acme",
                    "the certificates of app " + name
                            + " come by ACME, and an authority wants to know whom to write to. Set host.acme.email, or another "
                            + at(name, "web.tls") + ".");
        }
        for (String domain : app.domains()) {
            if (domain.startsWith("*.") && acme.dns() == null) {
                throw new FieldRefused(
                        at(name, "domains"),
                        domain + " can only be proved by a record of its zone. Set host.acme.dns, or list the names.");
            }
        }
    }

    private static @Nullable MailServer mailServer(HostState state) {
        Mail mail = state.host().services().mail();
        return mail == null ? null : mail.server();
    }

    private static boolean mailIsProvedOverHttp(HostState state) {
        MailServer server = mailServer(state);
        Acme acme = state.host().acme();
        return server != null
                && (server.tlsOrDefault() == Tls.INTERNAL
                        || (server.tlsOrDefault() == Tls.ACME && acme != null && acme.dns() == null));
    }

    private static void mailCertificate(HostState state) {
        MailServer server = mailServer(state);
        if (server == null) {
            return;
        }
        state.apps().forEach((name, app) -> {
            boolean same = app.domains().contains(server.hostname())
                    || (app.web() != null && app.web().redirects().containsKey(server.hostname()));
            if (same && tls(app) != server.tlsOrDefault()) {
                throw new FieldRefused(
                        "services.mail.server.tls",
                        server.hostname() + " is also a domain of app " + name + ", whose certificates are "
                                + tls(app).word()
                                + ". One name has one certificate: choose the same kind, or another hostname.");
            }
        });
        if (server.tlsOrDefault() == Tls.ACME && state.host().acme() == null) {
            throw new FieldRefused(
                    "host.acme",
                    "the certificate of the mail server comes by ACME, and an authority wants to know whom to write to. Set"
                            + " host.acme.email, or another services.mail.server.tls.");
        }
    }

    private static Tls tls(AppSpec app) {
        Tls tls = app.web() == null ? null : app.web().tls();
        return tls == null ? Tls.NONE : tls;
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
