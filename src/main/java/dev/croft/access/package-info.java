/** Who may do what: accounts, roles, API tokens, the security chain. */
@ApplicationModule(allowedDependencies = {"kernel"})
@NullMarked
package dev.croft.access;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
