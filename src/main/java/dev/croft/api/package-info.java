/** The HTTP API: the same use cases as the screens, as JSON. */
@ApplicationModule(
        allowedDependencies = {
            "kernel",
            "access",
            "alerts",
            "audit",
            "fleet",
            "setup",
            "desired",
            "vault",
            "operations",
            "apps",
            "maintenance",
            "services",
            "proofs",
            "backups",
            "telemetry",
            "logs",
            "hostlink"
        })
@NullMarked
package dev.croft.api;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
