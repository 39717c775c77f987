/** What keeps a box well between changes: the host contract, generations, disk and garbage, drift. */
@ApplicationModule(allowedDependencies = {"kernel", "access", "fleet", "desired", "hostlink", "operations"})
@NullMarked
package dev.croft.maintenance;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
