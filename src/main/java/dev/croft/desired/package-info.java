/** What the operator wants a box to be: drafts, revisions and the state.json rendered from them. */
@ApplicationModule(allowedDependencies = {"kernel", "access", "fleet", "hostlink"})
@NullMarked
package dev.croft.desired;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
