/** The screens. Views arrange; use cases decide. */
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
            "logs",
            "telemetry",
            "hostlink"
        })
@NullMarked
package dev.croft.ui;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
