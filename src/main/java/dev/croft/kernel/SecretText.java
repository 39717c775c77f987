package dev.croft.kernel;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** Text that must not be printed: {@link #toString()}, JSON and failure texts show a mask. Only {@link #reveal()} gives the value. */
public final class SecretText {

    private final String value;

    private SecretText(String value) {
        this.value = value;
    }

    /** Also how JSON that a person sent is read: a secret may come in by JSON, it never goes out by it. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static SecretText of(String value) {
        return new SecretText(value);
    }

    public String reveal() {
        return value;
    }

    /** In characters. */
    public int length() {
        return value.length();
    }

    @Override
    public boolean equals(Object other) {
        // Constant time, so that comparing a guess tells nothing about how much of it was right.
        return other instanceof SecretText that
                && MessageDigest.isEqual(
                        value.getBytes(StandardCharsets.UTF_8), that.value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    @JsonValue
    public String toString() {
        return "••••••";
    }
}
