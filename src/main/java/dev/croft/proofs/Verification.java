package dev.croft.proofs;

import dev.croft.kernel.OperationId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a verification found.
 *
 * @param operation whose log tells more
 * @param identity of the contents that it was about, as {@link Closure#identity}
 * @param paths that were read again; {@code bytes} of them
 * @param fetched how many of them came, signed, from a binary cache
 * @param damaged paths whose content is not what was put into the store, at most 1000
 * @param rebuilt how many outputs came out byte for byte
 * @param differing how many did not
 * @param skipped how many could not be built again
 * @param outputs those that differ first, then those that were skipped, at most 1000
 */
public record Verification(
        OperationId operation,
        Instant at,
        Verdict verdict,
        String identity,
        int paths,
        long bytes,
        int fetched,
        List<String> damaged,
        int rebuilt,
        int differing,
        int skipped,
        List<Output> outputs) {

    /** How many of the paths nobody has to build: sources, downloads and what evaluation wrote are named after what is in them. */
    public int named() {
        return paths - fetched - rebuilt - differing - skipped;
    }

    public enum Verdict {
        /** All that was built here came out byte for byte. */
        IDENTICAL,
        /** Something came out differently. */
        DIFFERS,
        /** Something in the store is not what was put there. */
        DAMAGED,
        /** Nothing differs, and not all of it could be built again. */
        PARTLY
    }

    public enum Outcome {
        IDENTICAL,
        DIFFERS,
        SKIPPED
    }

    /**
     * @param path in the store
     * @param derivation null where Nix knows none
     * @param why it was skipped
     * @param files what differs
     * @param more there is more that differs
     */
    public record Output(
            String path,
            @Nullable String derivation,
            Outcome outcome,
            @Nullable String why,
            List<Difference> files,
            boolean more) {}

    /**
     * @param file below the path; empty: the path itself
     * @param change added, removed or changed
     * @param lines a unified difference, of files of text
     */
    public record Difference(
            String file,
            String change,
            @Nullable Side before,
            @Nullable Side after,
            @Nullable String lines) {}

    /** @param type file, program, directory or link */
    public record Side(String type, long bytes, @Nullable String sha256) {}
}
