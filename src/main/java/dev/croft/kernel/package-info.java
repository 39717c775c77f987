/** Values that every module speaks: names, ids, problems, secrets that do not print. */
@ApplicationModule(allowedDependencies = {})
@NullMarked
package dev.croft.kernel;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
