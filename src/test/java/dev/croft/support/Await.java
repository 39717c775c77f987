package dev.croft.support;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Waits for a fact instead of for a time. */
public final class Await {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    private Await() {}

    public static <T> T until(Supplier<T> question, Predicate<T> wanted) {
        long end = System.nanoTime() + LIMIT.toNanos();
        T answer = question.get();
        while (!wanted.test(answer)) {
            if (System.nanoTime() > end) {
                throw new AssertionError("Not within " + LIMIT + "; the last answer was: " + answer);
            }
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
            answer = question.get();
        }
        return answer;
    }
}
