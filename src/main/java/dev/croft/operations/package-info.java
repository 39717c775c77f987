/** Changes on their way to a box: durable rows, one at a time per box, followed and recovered. */
@ApplicationModule(allowedDependencies = {"kernel", "access", "fleet", "desired", "vault", "hostlink"})
@NullMarked
package dev.croft.operations;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
