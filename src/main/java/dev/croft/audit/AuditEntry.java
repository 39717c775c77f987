package dev.croft.audit;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Phrase;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A row of the audit.
 *
 * @param sequence 1 for the first; without gaps
 * @param who sign-in name; what was typed when a sign-in failed
 * @param session key of the browser, {@code token:} and the number of an API token, or empty
 * @param address of the other end; empty when it is not known, and for what a box reported
 * @param verb what was called, such as {@code Operations.apply}; {@code operation} when one has ended
 * @param object what it was called with, in words
 * @param edits what of the configuration it changes, or changed, in words
 * @param phrases the same for a page to translate, one for each; what does not say exactly the sealed words is replaced by those
 * @param revision git commit of the box's state after it
 * @param closureBefore store path of the system before, as far as this console knows it
 * @param outcome {@code done}, {@code refused}, a problem's code, or the state in which an operation ended
 * @param hash seals this row and all before it
 */
public record AuditEntry(
        long sequence,
        Instant at,
        String who,
        String session,
        String address,
        String verb,
        @Nullable HostName host,
        @Nullable AppName app,
        @Nullable String operation,
        String object,
        List<String> edits,
        @JsonIgnore List<Phrase> phrases,
        @Nullable String revision,
        @Nullable String closureBefore,
        @Nullable String closureAfter,
        String outcome,
        String hash) {

    public AuditEntry {
        edits = List.copyOf(edits);
        phrases = vouchedFor(edits, phrases);
    }

    private static List<Phrase> vouchedFor(List<String> edits, List<Phrase> phrases) {
        return IntStream.range(0, edits.size())
                .mapToObj(i -> i < phrases.size() && phrases.get(i).english().equals(edits.get(i))
                        ? phrases.get(i)
                        : Phrase.data(edits.get(i)))
                .toList();
    }

    /** The same row, sealed. */
    public AuditEntry withHash(String seal) {
        return new AuditEntry(
                sequence,
                at,
                who,
                session,
                address,
                verb,
                host,
                app,
                operation,
                object,
                edits,
                phrases,
                revision,
                closureBefore,
                closureAfter,
                outcome,
                seal);
    }
}
