/** The values of secrets: encrypted here, sealed on the boxes, and shown to nobody by the way. */
@ApplicationModule(allowedDependencies = {"kernel", "access", "fleet", "desired", "hostlink"})
@NullMarked
package dev.croft.vault;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
