package dev.croft.apps;

import dev.croft.access.ReadsOnly;
import dev.croft.access.RequiresOperator;
import dev.croft.access.RequiresViewer;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Tls;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import java.util.List;

/**
 * Use cases: an app with one decision. Those that come with Croft deploy without a network, because boxes have their files already; a
 * repository is taken as the box finds it.
 */
public interface QuickStart {

    /** @param id its directory in nix/catalogue */
    record Entry(String id, String title, String words) {}

    /** An app as it would be drafted now. */
    record Proposed(AppName name, AppSpec spec) {}

    @RequiresViewer(within = true)
    List<Entry> entries();

    /** What {@link #draft} would draft; keeps nothing. */
    @ReadsOnly
    @RequiresOperator
    Proposed propose(HostName host, String entry, List<String> domains, Tls tls);

    /** What {@link #draftFromGit} would draft, and refuses what that does; keeps nothing. */
    @ReadsOnly
    @RequiresOperator
    Proposed proposeFromGit(HostName host, String url, List<String> domains, Tls tls);

    /**
     * Drafts an app of the catalogue, under its own name or the next that is free, on a port that no app of the box has.
     *
     * @param domains where it answers; empty: at the box's address and its port
     * @param tls where certificates of the domains come from
     */
    @RequiresOperator
    AppName draft(HostName host, String entry, List<String> domains, Tls tls);

    /**
     * Lets the box read a repository, and drafts what it finds there as it would build and start it, named after the address.
     * SOURCE_NOT_BUILDABLE and what {@link Apps#inspect} refuses.
     */
    @RequiresOperator
    AppName draftFromGit(HostName host, String url, List<String> domains, Tls tls);
}
