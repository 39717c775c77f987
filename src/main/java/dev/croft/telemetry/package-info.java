/** What boxes and their units use, now and up to a year back. */
@ApplicationModule(allowedDependencies = {"kernel", "access", "fleet", "hostlink"})
@NullMarked
package dev.croft.telemetry;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
