package dev.croft.proofs.internal;

import dev.croft.operations.Operation;
import dev.croft.proofs.Verification;
import dev.croft.proofs.Verification.Difference;
import dev.croft.proofs.Verification.Outcome;
import dev.croft.proofs.Verification.Output;
import dev.croft.proofs.Verification.Side;
import dev.croft.proofs.Verification.Verdict;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads the result of a verification, as docs/protocol.md §4 has it. */
final class Verifications {

    private Verifications() {}

    static Verification of(Operation operation) {
        Map<?, ?> result = operation.result();
        return new Verification(
                operation.id(),
                Objects.requireNonNullElse(operation.finishedAt(), operation.createdAt()),
                Verdict.valueOf(text(result, "verdict").toUpperCase(Locale.ROOT)),
                text(result, "identity"),
                (int) number(result, "paths"),
                number(result, "bytes"),
                (int) number(result, "fetched"),
                list(result, "damaged").stream().map(String::valueOf).toList(),
                (int) number(result, "rebuilt"),
                (int) number(result, "differing"),
                (int) number(result, "skipped"),
                maps(result, "outputs").stream().map(Verifications::output).toList());
    }

    private static Output output(Map<?, ?> output) {
        return new Output(
                text(output, "path"),
                optional(output, "derivation"),
                Outcome.valueOf(text(output, "outcome").toUpperCase(Locale.ROOT)),
                optional(output, "why"),
                maps(output, "files").stream().map(Verifications::difference).toList(),
                Boolean.TRUE.equals(output.get("more")));
    }

    private static Difference difference(Map<?, ?> file) {
        return new Difference(
                text(file, "file"),
                text(file, "change"),
                side(file.get("before")),
                side(file.get("after")),
                optional(file, "lines"));
    }

    private static @Nullable Side side(@Nullable Object side) {
        return side instanceof Map<?, ?> known
                ? new Side(text(known, "type"), number(known, "bytes"), optional(known, "sha256"))
                : null;
    }

    private static String text(Map<?, ?> members, String name) {
        return Objects.requireNonNullElse(optional(members, name), "");
    }

    private static @Nullable String optional(Map<?, ?> members, String name) {
        return members.get(name) instanceof String text ? text : null;
    }

    private static long number(Map<?, ?> members, String name) {
        return members.get(name) instanceof Number number ? number.longValue() : 0;
    }

    private static List<?> list(Map<?, ?> members, String name) {
        return members.get(name) instanceof List<?> list ? list : List.of();
    }

    private static List<? extends Map<?, ?>> maps(Map<?, ?> members, String name) {
        return list(members, name).stream()
                .filter(Map.class::isInstance)
                .map(each -> (Map<?, ?>) each)
                .toList();
    }
}
