package dev.croft.ui.activity;

import static dev.croft.ui.support.Texts.t;

import dev.croft.operations.Operation;
import dev.croft.ui.support.Words;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How much an operation kept, fetched or freed, from what the box reports (docs/protocol.md §4). */
final class KeptSize {

    private KeptSize() {}

    /** Empty when the box tells none. */
    static String words(Operation operation) {
        Map<String, Object> result = operation.result();
        return switch (operation.kind()) {
            case BACKUP -> {
                List<?> kept = each(result.get("targets"), "snapshots");
                yield kept.isEmpty()
                        ? ""
                        : t("{0}, {1} of it new", Words.bytes(sum(kept, "bytes")), Words.bytes(sum(kept, "added")));
            }
            case RESTORE_TEST ->
                result.get("apps") instanceof List<?> apps && !apps.isEmpty() ? Words.bytes(sum(apps, "bytes")) : "";
            case GC ->
                result.get("bytes") instanceof Number bytes ? t("{0} freed", Words.bytes(bytes.longValue())) : "";
            case PLAN, APPLY, DEPLOY, ROLLBACK, RECONCILE, UPGRADE, RESTORE, RESTORE_COPY, VERIFY -> "";
        };
    }

    private static List<?> each(@Nullable Object outer, String inner) {
        return outer instanceof List<?> list
                ? list.stream()
                        .filter(Map.class::isInstance)
                        .map(one -> ((Map<?, ?>) one).get(inner))
                        .filter(List.class::isInstance)
                        .flatMap(one -> ((List<?>) one).stream())
                        .toList()
                : List.of();
    }

    private static long sum(List<?> entries, String member) {
        return entries.stream()
                .mapToLong(one -> one instanceof Map<?, ?> entry && entry.get(member) instanceof Number number
                        ? number.longValue()
                        : 0)
                .sum();
    }
}
