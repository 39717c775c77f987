package dev.croft.api.internal;

import dev.croft.api.internal.Views.OperationView;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.proofs.BillFormat;
import dev.croft.proofs.Closure;
import dev.croft.proofs.Closure.Part;
import dev.croft.proofs.Proofs;
import dev.croft.proofs.Proofs.Standing;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** What an app, or the box as a whole, is made of; its bill of materials; whether it comes out the same again. */
@RestController
@RequestMapping("/api/v1/hosts/{host}")
class ProofsResource {

    private final Proofs proofs;
    private final Views views;

    ProofsResource(Proofs proofs, Views views) {
        this.proofs = proofs;
        this.views = views;
    }

    @GetMapping("/closure")
    Closure closure(@PathVariable String host) {
        return proofs.closure(new HostName(host), null);
    }

    @GetMapping("/apps/{app}/closure")
    Closure closure(@PathVariable String host, @PathVariable String app) {
        return proofs.closure(new HostName(host), new AppName(app));
    }

    /** Chains from what the box runs down to this path, the shortest first; {@code path} is without /nix/store/. */
    @GetMapping("/closure/ways")
    List<List<Part>> ways(@PathVariable String host, @RequestParam String path) {
        return proofs.ways(new HostName(host), null, path);
    }

    @GetMapping("/apps/{app}/closure/ways")
    List<List<Part>> ways(@PathVariable String host, @PathVariable String app, @RequestParam String path) {
        return proofs.ways(new HostName(host), new AppName(app), path);
    }

    /** {@code format} is cyclonedx or spdx. */
    @GetMapping("/sbom")
    ResponseEntity<String> bill(@PathVariable String host, @RequestParam(defaultValue = "cyclonedx") String format) {
        return bill(new HostName(host), null, BillFormat.of(format));
    }

    /** {@code format} is cyclonedx or spdx. */
    @GetMapping("/apps/{app}/sbom")
    ResponseEntity<String> bill(
            @PathVariable String host,
            @PathVariable String app,
            @RequestParam(defaultValue = "cyclonedx") String format) {
        return bill(new HostName(host), new AppName(app), BillFormat.of(format));
    }

    private ResponseEntity<String> bill(HostName host, @Nullable AppName app, BillFormat format) {
        String file = (app == null ? host.value() : app.value()) + "." + format.ending();
        return ResponseEntity.ok()
                .contentType(MediaType.parseMediaType(format.mediaType()))
                .header(
                        HttpHeaders.CONTENT_DISPOSITION,
                        ContentDisposition.attachment().filename(file).build().toString())
                .body(proofs.bill(host, app, format));
    }

    @PostMapping("/verify")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OperationView verify(@PathVariable String host) {
        return views.operation(proofs.verify(new HostName(host), null));
    }

    @PostMapping("/apps/{app}/verify")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OperationView verify(@PathVariable String host, @PathVariable String app) {
        return views.operation(proofs.verify(new HostName(host), new AppName(app)));
    }

    /** What the last verification found. */
    @GetMapping("/verification")
    Standing standing(@PathVariable String host) {
        return standing(new HostName(host), null);
    }

    @GetMapping("/apps/{app}/verification")
    Standing standing(@PathVariable String host, @PathVariable String app) {
        return standing(new HostName(host), new AppName(app));
    }

    private Standing standing(HostName host, @Nullable AppName app) {
        return proofs.standing(host, app)
                .orElseThrow(() -> Problem.of(
                                ProblemCode.NOT_FOUND,
                                "There is nothing to show.",
                                (app == null ? host.value() : app.value()) + " was never verified.",
                                "Verify it first.")
                        .toException());
    }
}
