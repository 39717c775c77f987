/** The one door to a box: typed commands over one pinned SSH connection. */
@ApplicationModule(allowedDependencies = {"kernel"})
@NullMarked
package dev.croft.hostlink;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
