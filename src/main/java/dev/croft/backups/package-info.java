/** Backups: where they go, what is in them, how they are put back, and what is needed when the box is gone. */
@ApplicationModule(allowedDependencies = {"kernel", "access", "fleet", "desired", "vault", "hostlink", "operations"})
@NullMarked
package dev.croft.backups;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
