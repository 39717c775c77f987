package dev.croft.vault;

import dev.croft.access.RequiresAdmin;
import dev.croft.access.RequiresOperator;
import dev.croft.access.RequiresStepUp;
import dev.croft.access.RequiresViewer;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.SecretBytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Use cases: the secrets of a box's apps and services. A value that is set is encrypted here and sealed on the box; it can be replaced
 * and removed, and shown to an administrator who proves who they are.
 */
public interface Secrets {

    int MOST_BYTES = 65_536;

    /** Those of an app, with the ones that its entry names and nobody has set; asks the box, and says UNKNOWN when it does not answer. */
    @RequiresViewer
    List<Secret> list(HostName host, AppName app);

    /** Those of apps and services that are kept here or lie on the box, and all that the box's services take. */
    @RequiresViewer(within = true)
    List<Secret> list(HostName host);

    /** For which age recipients a file in the box's flake has to be encrypted; null when the flake has no sops-nix. Asks the box. */
    @RequiresViewer(within = true)
    @Nullable
    List<String> recipients(HostName host);

    /**
     * Sets or replaces a value. It is kept even when the box is out of reach, and gets there before the next change is applied.
     *
     * @param restart whether what uses it is restarted at once, so that it sees the new value
     */
    @RequiresOperator
    Placed set(HostName host, SecretOwner owner, String name, SecretBytes value, boolean restart);

    /** Forgets a value here and on the box; SECRET_IN_USE while the app's entry in force, or its draft, names it. */
    @RequiresOperator
    void remove(HostName host, SecretOwner owner, String name);

    /** The value itself. Leaves a line in the log. */
    @RequiresStepUp
    @RequiresAdmin
    SecretBytes reveal(HostName host, SecretOwner owner, String name);

    /** Puts every value that is kept here on the box again, as a box needs that was rebuilt. Returns those that were put. */
    @RequiresOperator
    List<Secret> pushAll(HostName host);

    /** For workers: puts on the box what is kept here and it does not have. Returns their names in words. */
    List<String> supply(HostName host);

    /**
     * @param known what is known of it now
     * @param restarted units
     * @param problem why the box does not have it yet; null: it has
     */
    record Placed(
            Secret known, List<String> restarted, @Nullable Problem problem) {}
}
