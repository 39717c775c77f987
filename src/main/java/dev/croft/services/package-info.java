/** What apps use of a box beside processor and memory: databases, jobs, one-off commands, files. */
@ApplicationModule(allowedDependencies = {"kernel", "access", "fleet", "desired", "hostlink", "operations"})
@NullMarked
package dev.croft.services;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
