package dev.croft.ui.services;

import static dev.croft.ui.support.Texts.mark;
import static dev.croft.ui.support.Texts.marked;

import dev.croft.desired.ServiceSetting;
import java.util.Set;

/** What a server's settings are for. They are listed in English, with their bounds, where the box reads them as well. */
final class SettingWords {

    private static final Set<String> SENTENCES = Set.of(
            mark("Character set of new databases."),
            mark("Memory for pages of the database that are kept at hand."),
            mark(
                    "When a commit is on the disk: 1 at once, 2 within a second if the machine crashes, 0 within a second in any case."),
            mark("How long a statement waits for a row lock."),
            mark("Size of the redo log."),
            mark("From when a statement counts as slow."),
            mark("Largest row or statement."),
            mark("Connections at the same time, all apps together."),
            mark("Whether slow statements are logged."),
            mark("Size up to which a temporary table stays in memory."),
            mark("How long an idle connection is kept."),
            mark("Whether dead rows are cleared away by themselves."),
            mark("Time between two rounds of autovacuum."),
            mark("Longest time between two checkpoints."),
            mark("What the planner believes the operating system caches."),
            mark("How long a transaction may stay open and idle; 0: no limit."),
            mark("How long a statement waits for a lock; 0: no limit."),
            mark("Statements that take at least this long are logged; -1: none."),
            mark("Memory for vacuum and for building an index."),
            mark("Processes that one query may take in parallel."),
            mark("Size of the write-ahead log at which a checkpoint is forced."),
            mark("Background processes at the same time."),
            mark("Cost of a page read at random, against one read in order; about 1.1 on SSDs."),
            mark("How long one statement may take; 0: no limit."),
            mark("Disk space for temporary files of one session; without it there is no limit."),
            mark("Time zone of sessions that name none."),
            mark("Memory for one sort or hash of one query, before it goes to the disk."));

    private SettingWords() {}

    static String of(ServiceSetting setting) {
        return SENTENCES.contains(setting.what()) ? marked(setting.what()) : setting.what();
    }
}
