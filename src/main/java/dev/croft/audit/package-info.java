/** Who changed what, from where, and what came of it: rows that are only ever added, each sealed by the one before. */
@ApplicationModule(allowedDependencies = {"kernel", "access", "desired", "operations"})
@NullMarked
package dev.croft.audit;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
