package dev.croft.desired;

import static dev.croft.desired.HostSettingsRules.require;

import dev.croft.desired.HostState.Exporter;
import dev.croft.desired.HostState.Monitoring;
import dev.croft.desired.HostState.Otlp;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The bounds of what monitoring systems get of a box. nix/modules (types.nix, options.nix, asserts.nix) have the same; golden cases hold the two together. */
final class MonitoringRules {

    private static final int PORT_LEAST = 1024;
    private static final int PORT_MOST = 65_535;
    private static final int ENDPOINT_MAX = 300;

    private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    /** Of one interface: no 0.0.0.0, and nothing that many listen to. */
    private static final Pattern ADDRESS =
            Pattern.compile("(?!0\\.|22[4-9]|23[0-9]|24[0-9]|25[0-5])" + OCTET + "(\\." + OCTET + "){3}");

    private static final Pattern ENDPOINT = Pattern.compile("(https://" + AppSpecRules.ADDRESS + "|http://"
            + AppSpecRules.PRIVATE_ADDRESS + ")" + AppSpecRules.PORT + "(/" + AppSpecRules.PATH + ")?");
    private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9-]{1,64}");

    private MonitoringRules() {}

    static void check(Monitoring monitoring, boolean hasPostgresql) {
        String field = "services.monitoring";
        Otlp otlp = monitoring.otlp();
        require(
                !monitoring.exporters().isEmpty() || otlp != null,
                field,
                "it has an exporter, an OpenTelemetry server (otlp), or both; leave it out when nothing outside watches the"
                        + " box.");
        require(
                ADDRESS.matcher(monitoring.addressOrDefault()).matches(),
                field + ".address",
                "it is the IPv4 address of one of the box's interfaces, such as 127.0.0.1 or 10.100.0.1, and not 0.0.0.0.");
        require(
                !monitoring.opensFirewall() || !monitoring.isLoopback(),
                field + ".openFirewall",
                "nobody outside reaches " + monitoring.addressOrDefault()
                        + ", whatever the firewall says. Set the address of an interface, or leave the firewall shut.");
        require(
                !monitoring.exporters().containsKey(Exporter.POSTGRESQL) || hasPostgresql,
                field + ".exporters.postgresql",
                "the box has no PostgreSQL. Add it, or switch the exporter off.");
        Map<Integer, Exporter> taken = new TreeMap<>();
        monitoring.exporters().forEach((exporter, port) -> {
            String at = field + ".exporters." + exporter.word();
            require(
                    port >= PORT_LEAST && port <= PORT_MOST,
                    at,
                    "it lies between " + PORT_LEAST + " and " + PORT_MOST + ".");
            Exporter other = taken.putIfAbsent(port, exporter);
            require(
                    other == null,
                    at,
                    port + " is also the port of the exporter of " + (other == null ? "" : other.subject())
                            + ". Choose another.");
        });
        if (otlp != null) {
            require(
                    otlp.endpoint().length() <= ENDPOINT_MAX
                            && ENDPOINT.matcher(otlp.endpoint()).matches(),
                    field + ".otlp.endpoint",
                    "it is the https:// address of a server, or http:// of a private address, without password, query or"
                            + " fragment.");
            require(
                    otlp.sendsMetrics() || otlp.sendsLogs(),
                    field + ".otlp",
                    "it sends neither metrics nor logs. Let it send one of them, or take it out.");
            require(
                    otlp.header() == null || HEADER.matcher(otlp.header()).matches(),
                    field + ".otlp.header",
                    "it is the name of an HTTP header: 1 to 64 letters, digits and dashes.");
        }
    }
}
