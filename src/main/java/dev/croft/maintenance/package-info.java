/** What keeps a box well between changes: generations, disk and garbage, drift. */
@ApplicationModule(allowedDependencies = {"kernel", "access", "fleet", "hostlink", "operations"})
@NullMarked
package dev.croft.maintenance;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
