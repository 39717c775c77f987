package dev.croft.desired;

import java.util.Arrays;
import java.util.Optional;

/** A choice that has a word of its own in state.json. */
public interface Worded {

    String word();

    static <E extends Enum<E> & Worded> Optional<E> of(Class<E> type, String word) {
        return Arrays.stream(type.getEnumConstants())
                .filter(each -> each.word().equals(word))
                .findFirst();
    }
}
