package dev.croft.access;

import dev.croft.kernel.OperationId;
import java.util.Set;

/** Where an operation belongs; told by the module that keeps them. */
public interface OperationScopes {

    /** All of them have to be held. Unknown operations belong everywhere, so that a refusal does not tell which exist. */
    Set<Scope> of(OperationId id);
}
