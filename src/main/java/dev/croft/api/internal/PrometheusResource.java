package dev.croft.api.internal;

import dev.croft.telemetry.Exposition;
import dev.croft.telemetry.Exposition.Page;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** /metrics: the newest values, for Prometheus and whatever reads its formats. */
@RestController
@RequestMapping("/api/v1")
class PrometheusResource {

    private final Exposition exposition;

    PrometheusResource(Exposition exposition) {
        this.exposition = exposition;
    }

    @GetMapping("/metrics")
    ResponseEntity<byte[]> metrics(
            @RequestHeader(value = HttpHeaders.ACCEPT, required = false) @Nullable String accept) {
        Page page = exposition.scrape(accept);
        return ResponseEntity.ok()
                .header(HttpHeaders.CONTENT_TYPE, page.contentType())
                .body(page.body());
    }
}
