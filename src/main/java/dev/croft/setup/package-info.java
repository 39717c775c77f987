/** The first minute: the claim that makes the first administrator and enrols the first box. */
@ApplicationModule(allowedDependencies = {"kernel", "access", "fleet", "vault", "hostlink"})
@NullMarked
package dev.croft.setup;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
