package dev.croft.ui.demo;

import dev.croft.hostlink.HostCommand.Certificate;
import dev.croft.hostlink.HostCommand.CertificateBoard;
import dev.croft.hostlink.HostCommand.DeclaredPort;
import dev.croft.hostlink.HostCommand.DomainCheck;
import dev.croft.hostlink.HostCommand.LeftoverCertificate;
import dev.croft.hostlink.HostCommand.ListeningPort;
import dev.croft.hostlink.HostCommand.PortsReport;
import dev.croft.hostlink.HostCommand.RemovedCertificate;
import dev.croft.hostlink.HostCommand.RenewedCertificate;
import dev.croft.hostlink.HostCommand.TakenCertificate;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.SecretBytes;
import dev.croft.maintenance.Certificates;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Certificates and listening ports of the box in memory. */
public class DemoCertificates implements Certificates {

    private final Clock clock;
    private final List<Certificate> certificates = new ArrayList<>();
    private final List<LeftoverCertificate> leftovers = new ArrayList<>();

    DemoCertificates(Clock clock) {
        this.clock = clock;
        Instant now = clock.instant();
        certificates.add(certificate(
                "blog.example.org", "acme", "Let's Encrypt R11", now.plus(Duration.ofDays(64)), false, null, "blog"));
        certificates.add(certificate(
                "shop.example.org",
                "acme",
                "Let's Encrypt R11",
                now.plus(Duration.ofDays(5)),
                false,
                "urn:ietf:params:acme:error:dns :: no valid A records found for shop.example.org",
                "weather"));
        certificates.add(certificate(
                "mine.example.org", "uploaded", "attic", now.plus(Duration.ofDays(90)), true, null, "weather"));
        leftovers.add(new LeftoverCertificate("old.example.org", "acme", now.plus(Duration.ofDays(12)), List.of(3L)));
    }

    private Certificate certificate(
            String domain,
            String kind,
            String issuer,
            Instant end,
            boolean pending,
            @Nullable String error,
            String app) {
        return new Certificate(
                domain,
                List.of(domain),
                kind,
                issuer,
                end.minus(Duration.ofDays(90)),
                // Whole days are counted a moment later.
                end.plus(Duration.ofHours(1)),
                pending,
                kind.equals("acme") ? clock.instant().plus(Duration.ofHours(9)) : null,
                error,
                List.of("nginx.service"),
                List.of(new AppName(app)));
    }

    @Override
    public synchronized CertificateBoard board(HostName host) {
        return new CertificateBoard(List.copyOf(certificates), List.copyOf(leftovers), null);
    }

    @Override
    public List<DomainCheck> check(HostName host, String domain) {
        return List.of(
                domain.startsWith("elsewhere.")
                        ? new DomainCheck("dns", false, "198.51.100.9", "203.0.113.7", "198.51.100.9 is not this box.")
                        : new DomainCheck("dns", true, "203.0.113.7", "203.0.113.7", "The name leads to this box."),
                new DomainCheck(
                        "port-80",
                        false,
                        "closed",
                        "open",
                        "The authority asks on port 80, which the firewall keeps shut until an app has a domain."),
                new DomainCheck("caa", null, "", "letsencrypt.org or nothing", "The zone did not answer."));
    }

    @Override
    public synchronized RenewedCertificate renew(HostName host, String name) {
        Certificate old = certificates.stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
        Certificate renewed = certificate(
                name,
                old.kind(),
                "Let's Encrypt R11",
                clock.instant().plus(Duration.ofDays(90)),
                false,
                null,
                old.apps().getFirst().value());
        certificates.replaceAll(each -> each.equals(old) ? renewed : each);
        return new RenewedCertificate(renewed, true);
    }

    @Override
    public TakenCertificate upload(HostName host, String name, String chain, SecretBytes key) {
        return new TakenCertificate(
                name,
                List.of(name),
                "Example CA",
                clock.instant(),
                clock.instant().plus(Duration.ofDays(365)),
                false,
                List.of("nginx.service"));
    }

    @Override
    public synchronized RemovedCertificate remove(HostName host, String name) {
        leftovers.removeIf(each -> each.name().equals(name));
        return new RemovedCertificate(name, List.of("acme"));
    }

    @Override
    public PortsReport ports(HostName host) {
        return new PortsReport(
                true,
                List.of(
                        new DeclaredPort("tcp", 25, 25, "mail-server"),
                        new DeclaredPort("tcp", 80, 80, "web-server"),
                        new DeclaredPort("tcp", 465, 465, "mail-server"),
                        new DeclaredPort("tcp", 587, 587, "mail-server"),
                        new DeclaredPort("tcp", 993, 993, "mail-server"),
                        new DeclaredPort("tcp", 2222, 2222, "sshd"),
                        new DeclaredPort("tcp", 8081, 8081, "app:bookmarks"),
                        new DeclaredPort("tcp", 8443, 8443, "settings"),
                        new DeclaredPort("udp", 51820, 51820, "settings")),
                List.of(
                        new ListeningPort("tcp", 2222, "*", "sshd.service", "sshd", true, true, List.of("sshd")),
                        new ListeningPort("tcp", 80, "*", "nginx.service", "nginx", true, true, List.of("web-server")),
                        new ListeningPort(
                                "tcp",
                                8081,
                                "*",
                                "croft-app-bookmarks.service",
                                "python3",
                                true,
                                true,
                                List.of("app:bookmarks")),
                        new ListeningPort("tcp", 4000, "*", null, "node", false, true, List.of()),
                        new ListeningPort(
                                "udp", 5353, "*", "avahi-daemon.service", "avahi-daemon", false, false, List.of())));
    }
}
