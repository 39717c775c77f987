package dev.croft.access.internal;

import dev.croft.access.StepUp;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.stereotype.Component;

/** Asks a session for a proof, and nothing else. */
@Component
class Proofs implements StepUp {

    private final SecurityContextHolderStrategy contexts;
    private final Confirmations confirmations;
    private final AccessProperties properties;

    Proofs(SecurityContextHolderStrategy contexts, Confirmations confirmations, AccessProperties properties) {
        this.contexts = contexts;
        this.confirmations = confirmations;
        this.properties = properties;
    }

    @Override
    public void require() {
        boolean proved = contexts.getContext().getAuthentication() instanceof SignedIn signedIn
                && (signedIn.isForOneRequest() || confirmations.isConfirmed());
        if (!proved) {
            throw Problem.of(
                            ProblemCode.PASSWORD_NEEDED,
                            "Nothing was done.",
                            "A session that was left open is not enough for this.",
                            "Show once more that it is you; that is good for "
                                    + properties.passwordAgain().toMinutes() + " minutes.")
                    .toException();
        }
    }
}
