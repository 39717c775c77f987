/** The console's own data: moved between databases, kept in a file, put back from it. What boxes keep is in {@code backups}. */
@ApplicationModule(allowedDependencies = {"kernel"})
@NullMarked
package dev.croft.archive;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
