/** What the boxes' journals say: read, searched and followed, of an app or of a whole box. */
@ApplicationModule(allowedDependencies = {"kernel", "access", "fleet", "desired", "operations", "hostlink"})
@NullMarked
package dev.croft.logs;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
