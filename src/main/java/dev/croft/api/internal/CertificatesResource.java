package dev.croft.api.internal;

import dev.croft.hostlink.HostCommand.CertificateBoard;
import dev.croft.hostlink.HostCommand.DomainCheck;
import dev.croft.hostlink.HostCommand.PortsReport;
import dev.croft.hostlink.HostCommand.RemovedCertificate;
import dev.croft.hostlink.HostCommand.RenewedCertificate;
import dev.croft.hostlink.HostCommand.TakenCertificate;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import dev.croft.maintenance.Certificates;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Certificates of a box's domains, and the ports that are declared and listened on. */
@RestController
@RequestMapping("/api/v1/hosts/{host}")
class CertificatesResource {

    private final Certificates certificates;

    CertificatesResource(Certificates certificates) {
        this.certificates = certificates;
    }

    /**
     * @param chain PEM, the domain's own certificate first
     * @param key PEM
     */
    record UploadRequest(@Nullable String chain, @Nullable SecretText key) {}

    @GetMapping("/certificates")
    CertificateBoard board(@PathVariable String host) {
        return certificates.board(new HostName(host));
    }

    /** Whether a domain would get its certificate. */
    @GetMapping("/certificates/check")
    List<DomainCheck> check(@PathVariable String host, @RequestParam String domain) {
        return certificates.check(new HostName(host), domain);
    }

    /** Takes up to ten minutes. */
    @PostMapping("/certificates/{name}/renew")
    RenewedCertificate renew(@PathVariable String host, @PathVariable String name) {
        return certificates.renew(new HostName(host), name);
    }

    @PutMapping("/certificates/{name}")
    TakenCertificate upload(@PathVariable String host, @PathVariable String name, @RequestBody UploadRequest request) {
        if (request.chain() == null || request.key() == null) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "No certificate was handed over.",
                            (request.chain() == null ? "chain" : "key") + ": the field is missing.",
                            "Send both in PEM.")
                    .toException();
        }
        return certificates.upload(new HostName(host), name, request.chain(), SecretBytes.of(request.key()));
    }

    /** What is left of a domain that no app has any more. */
    @DeleteMapping("/certificates/{name}")
    RemovedCertificate remove(@PathVariable String host, @PathVariable String name) {
        return certificates.remove(new HostName(host), name);
    }

    @GetMapping("/ports")
    PortsReport ports(@PathVariable String host) {
        return certificates.ports(new HostName(host));
    }
}
