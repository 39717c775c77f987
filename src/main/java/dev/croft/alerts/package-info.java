/** What is wrong with boxes and apps, said in plain words, and told to people who are not looking. */
@ApplicationModule(
        allowedDependencies = {
            "kernel",
            "access",
            "audit",
            "fleet",
            "backups",
            "hostlink",
            "maintenance",
            "operations",
            "telemetry"
        })
@NullMarked
package dev.croft.alerts;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
