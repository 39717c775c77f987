package dev.croft.maintenance.internal;

import dev.croft.access.CurrentOperator;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.CertificateBoard;
import dev.croft.hostlink.HostCommand.CheckCertificate;
import dev.croft.hostlink.HostCommand.DomainCheck;
import dev.croft.hostlink.HostCommand.ListCertificates;
import dev.croft.hostlink.HostCommand.PortsReport;
import dev.croft.hostlink.HostCommand.PutCertificate;
import dev.croft.hostlink.HostCommand.ReadPorts;
import dev.croft.hostlink.HostCommand.RemoveCertificate;
import dev.croft.hostlink.HostCommand.RemovedCertificate;
import dev.croft.hostlink.HostCommand.RenewCertificate;
import dev.croft.hostlink.HostCommand.RenewedCertificate;
import dev.croft.hostlink.HostCommand.TakenCertificate;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretBytes;
import dev.croft.maintenance.Certificates;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;

/** Certificates as the boxes report them. */
@Service
class HostCertificates implements Certificates {

    private static final Logger log = LoggerFactory.getLogger(HostCertificates.class);

    private static final int CHAIN_MOST = 256 * 1024;
    private static final int KEY_MOST = 64 * 1024;
    /** A domain, with * or _ for every name below. */
    private static final Pattern NAME = Pattern.compile("([*_]\\.)?[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?");

    private final Hosts hosts;
    private final HostLink link;
    private final CurrentOperator operator;

    HostCertificates(Hosts hosts, HostLink link, CurrentOperator operator) {
        this.hosts = hosts;
        this.link = link;
        this.operator = operator;
    }

    @Override
    public CertificateBoard board(HostName host) {
        return ask(host, new ListCertificates());
    }

    @Override
    public List<DomainCheck> check(HostName host, String domain) {
        return ask(host, new CheckCertificate(named(domain)));
    }

    @Override
    public RenewedCertificate renew(HostName host, String name) {
        RenewedCertificate renewed = ask(host, new RenewCertificate(named(name)));
        log.info("{} asked {} to renew the certificate {}", operator.get().name(), host, name);
        return renewed;
    }

    @Override
    public TakenCertificate upload(HostName host, String name, String chain, SecretBytes key) {
        within("chain", chain.getBytes(StandardCharsets.UTF_8).length, CHAIN_MOST);
        within("key", key.size(), KEY_MOST);
        TakenCertificate taken = ask(host, new PutCertificate(named(name), chain, key.base64()));
        log.info("{} gave {} a certificate for {}", operator.get().name(), host, name);
        return taken;
    }

    @Override
    public RemovedCertificate remove(HostName host, String name) {
        RemovedCertificate removed = ask(host, new RemoveCertificate(named(name)));
        log.info(
                "{} removed what {} had left of the certificate {}",
                operator.get().name(),
                host,
                name);
        return removed;
    }

    @Override
    public PortsReport ports(HostName host) {
        return ask(host, new ReadPorts());
    }

    private <R> R ask(HostName host, HostCommand<R> command) {
        return link.call(hosts.get(host).endpoint(), command);
    }

    private static String named(String name) {
        if (!NAME.matcher(name).matches()) {
            throw refused("name: it is a domain name in lower case.");
        }
        return name;
    }

    private static void within(String field, int bytes, int most) {
        if (bytes == 0 || bytes > most) {
            throw refused(field + ": it has " + bytes + " bytes; 1 to " + most + " are taken.");
        }
    }

    private static RuntimeException refused(String why) {
        return Problem.of(ProblemCode.INVALID_INPUT, "The box was not asked.", why, "Correct it and try again.")
                .toException();
    }
}
