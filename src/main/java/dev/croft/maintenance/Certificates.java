package dev.croft.maintenance;

import dev.croft.access.RequiresOperator;
import dev.croft.access.RequiresViewer;
import dev.croft.hostlink.HostCommand.CertificateBoard;
import dev.croft.hostlink.HostCommand.DomainCheck;
import dev.croft.hostlink.HostCommand.PortsReport;
import dev.croft.hostlink.HostCommand.RemovedCertificate;
import dev.croft.hostlink.HostCommand.RenewedCertificate;
import dev.croft.hostlink.HostCommand.TakenCertificate;
import dev.croft.kernel.HostName;
import dev.croft.kernel.SecretBytes;
import java.util.List;

/** Use cases: the certificates of a box's domains, and what it listens on. All of it is asked of the box each time. */
public interface Certificates {

    @RequiresViewer
    CertificateBoard board(HostName host);

    /** Whether a domain would get its certificate: where it leads, which ports are open, whom its zone allows. */
    @RequiresViewer(within = true)
    List<DomainCheck> check(HostName host, String domain);

    /** Tries now what the box would try later; one that is not due stays. CERTIFICATE_NOT_ISSUED; takes up to ten minutes. */
    @RequiresOperator
    RenewedCertificate renew(HostName host, String name);

    /**
     * Hands over a certificate that somebody else has issued, for a domain whose certificates are uploaded. CERTIFICATE_REFUSED unless
     * key, certificate and name belong together.
     *
     * @param chain PEM, the domain's own certificate first
     * @param key the private key, in PEM
     */
    @RequiresOperator
    TakenCertificate upload(HostName host, String name, String chain, SecretBytes key);

    /** Deletes what is left of a domain that no app has any more. */
    @RequiresOperator
    RemovedCertificate remove(HostName host, String name);

    /** What the configuration wants open, and what really listens. */
    @RequiresViewer
    PortsReport ports(HostName host);
}
