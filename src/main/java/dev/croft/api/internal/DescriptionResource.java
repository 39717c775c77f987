package dev.croft.api.internal;

import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** GET /v3/api-docs: the API's description in OpenAPI 3. A test writes the file and holds it to the controllers. */
@RestController
class DescriptionResource {

    private static final Resource DESCRIPTION = new ClassPathResource("openapi.json", DescriptionResource.class);

    @GetMapping("/v3/api-docs")
    ResponseEntity<Resource> description() {
        return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(DESCRIPTION);
    }
}
