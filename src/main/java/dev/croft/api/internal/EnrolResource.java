package dev.croft.api.internal;

import dev.croft.setup.Enrolment;
import java.time.Duration;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** GET /enrol/croft.tar.gz: what a box that is to be enrolled runs. No sign-in: there is nothing of this installation in it. */
@RestController
class EnrolResource {

    private static final MediaType GZIP = MediaType.parseMediaType("application/gzip");

    private final Enrolment enrolment;

    EnrolResource(Enrolment enrolment) {
        this.enrolment = enrolment;
    }

    @GetMapping("/enrol/croft.tar.gz")
    ResponseEntity<byte[]> source() {
        Enrolment.Source source = enrolment.source();
        return ResponseEntity.ok()
                .contentType(GZIP)
                .eTag("\"" + source.narHash() + "\"")
                .cacheControl(CacheControl.maxAge(Duration.ZERO).mustRevalidate())
                .body(source.content());
    }
}
