package dev.croft.audit.internal;

import dev.croft.audit.AuditEntry;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * How a row is sealed. Its hash is the SHA-256, in lower-case hex, of the UTF-8 text
 *
 * <pre>  croft-audit-1 LF previous-hash LF canonical-row LF</pre>
 *
 * where {@code previous-hash} is that of the row before (64 zeros for the first), and {@code canonical-row} is a JSON array without
 * spaces: sequence, time (ISO 8601 in UTC, to the microsecond it was kept with), who, session, address, verb, host, app, operation,
 * object, edits (an array), revision, closure before, closure after, outcome. What a row does not have is {@code null}. Whoever has
 * the rows can compute it again with nothing of Croft's; docs/security.md says it too.
 */
final class Chain {

    static final String START = "0".repeat(64);

    private static final JsonMapper JSON = JsonMapper.shared();

    private Chain() {}

    static String hash(String previous, AuditEntry entry) {
        List<@Nullable Object> row = new ArrayList<>();
        row.add(entry.sequence());
        row.add(DateTimeFormatter.ISO_INSTANT.format(entry.at()));
        row.add(entry.who());
        row.add(entry.session());
        row.add(entry.address());
        row.add(entry.verb());
        row.add(entry.host() == null ? null : entry.host().value());
        row.add(entry.app() == null ? null : entry.app().value());
        row.add(entry.operation());
        row.add(entry.object());
        row.add(entry.edits());
        row.add(entry.revision());
        row.add(entry.closureBefore());
        row.add(entry.closureAfter());
        row.add(entry.outcome());
        String text = "croft-audit-1\n" + previous + "\n" + JSON.writeValueAsString(row) + "\n";
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
