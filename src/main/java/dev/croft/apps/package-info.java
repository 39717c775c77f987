/** An app as a person sees it: source, draft, what runs, its log. */
@ApplicationModule(
        allowedDependencies = {"kernel", "access", "fleet", "desired", "operations", "maintenance", "hostlink"})
@NullMarked
package dev.croft.apps;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
