/** What runs is made of, which documents say so, and whether it comes out the same when it is built again. */
@ApplicationModule(allowedDependencies = {"kernel", "access", "fleet", "operations", "hostlink"})
@NullMarked
package dev.croft.proofs;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
