package dev.croft.audit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Rows as RFC 4180 has them, with a first line of names. */
public final class AuditCsv {

    private static final List<String> COLUMNS = List.of(
            "sequence",
            "at",
            "who",
            "session",
            "address",
            "verb",
            "host",
            "app",
            "operation",
            "object",
            "edits",
            "revision",
            "closureBefore",
            "closureAfter",
            "outcome",
            "hash");

    private AuditCsv() {}

    /** Writes the line of names first; then whatever {@code rows} gives. */
    public static void write(Appendable out, Consumer<Consumer<AuditEntry>> rows) throws IOException {
        out.append(String.join(",", COLUMNS)).append("\r\n");
        try {
            rows.accept(entry -> {
                try {
                    out.append(line(entry)).append("\r\n");
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static String line(AuditEntry entry) {
        return Arrays.asList(
                        entry.sequence(),
                        entry.at(),
                        entry.who(),
                        entry.session(),
                        entry.address(),
                        entry.verb(),
                        entry.host(),
                        entry.app(),
                        entry.operation(),
                        entry.object(),
                        String.join("; ", entry.edits()),
                        entry.revision(),
                        entry.closureBefore(),
                        entry.closureAfter(),
                        entry.outcome(),
                        entry.hash())
                .stream()
                .map(AuditCsv::field)
                .collect(Collectors.joining(","));
    }

    /** A spreadsheet would compute what begins like a formula, and a name typed at the sign-in may be one. */
    private static String field(@Nullable Object value) {
        String text = value == null ? "" : value.toString();
        String safe = !text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
        return safe.chars().anyMatch(each -> each == '"' || each == ',' || each == '\n' || each == '\r')
                ? "\"" + safe.replace("\"", "\"\"") + "\""
                : safe;
    }
}
