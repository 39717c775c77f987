/** What boxes and their units use, of the last hour, second by second. */
@ApplicationModule(allowedDependencies = {"kernel", "access", "fleet", "hostlink"})
@NullMarked
package dev.croft.telemetry;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
