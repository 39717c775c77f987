/** The boxes that this console knows. */
@ApplicationModule(allowedDependencies = {"kernel", "access", "hostlink"})
@NullMarked
package dev.croft.fleet;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
