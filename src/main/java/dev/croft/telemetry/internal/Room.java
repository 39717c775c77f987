package dev.croft.telemetry.internal;

import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.util.unit.DataSize;

/** How many more series there is memory for; all boxes share it. */
final class Room {

    private final AtomicInteger left;

    private Room(int series) {
        this.left = new AtomicInteger(series);
    }

    static Room of(DataSize memory) {
        return new Room((int) Math.min(Integer.MAX_VALUE, memory.toBytes() / HostSeries.BYTES_OF_A_SERIES));
    }

    boolean take() {
        return left.getAndUpdate(count -> Math.max(0, count - 1)) > 0;
    }

    void giveBack() {
        left.incrementAndGet();
    }
}
