package dev.croft.api.internal;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Addresses below /api that mean nothing: without it the screens would answer them with a page. */
@RestController
class NothingHere {

    @RequestMapping("/api/**")
    void refuse() {
        throw Problem.of(
                        ProblemCode.NOT_FOUND,
                        "Nothing was done.",
                        "The API has nothing at this address.",
                        "Compare it with /v3/api-docs.")
                .toException();
    }
}
