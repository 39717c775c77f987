package dev.croft.operations.internal;

import dev.croft.kernel.OperationId;
import java.security.SecureRandom;
import java.time.Clock;
import org.springframework.stereotype.Component;

/** ULIDs in lower case: 48 bits of time in milliseconds, 80 random bits; those of one millisecond count up. */
@Component
class Ulids {

    private static final char[] CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz".toCharArray();
    private static final int LENGTH = 26;

    private final Clock clock;
    private final SecureRandom random = new SecureRandom();
    private long lastMillis = -1;
    private final byte[] entropy = new byte[10];

    Ulids(Clock clock) {
        this.clock = clock;
    }

    synchronized OperationId next() {
        long millis = clock.millis();
        if (millis > lastMillis) {
            lastMillis = millis;
            random.nextBytes(entropy);
        } else {
            increment();
        }
        char[] text = new char[LENGTH];
        long time = lastMillis;
        for (int i = 9; i >= 0; i--) {
            text[i] = CROCKFORD[(int) (time & 31)];
            time >>>= 5;
        }
        for (int i = 0; i < 16; i++) {
            text[10 + i] = CROCKFORD[bits(i * 5)];
        }
        return new OperationId(new String(text));
    }

    /** Five bits of the entropy, from the given one on. */
    private int bits(int from) {
        int window =
                (entropy[from / 8] & 0xff) << 8 | (from / 8 + 1 < entropy.length ? entropy[from / 8 + 1] & 0xff : 0);
        return window >>> (11 - from % 8) & 31;
    }

    private void increment() {
        for (int i = entropy.length - 1; i >= 0; i--) {
            if (++entropy[i] != 0) {
                return;
            }
        }
    }
}
