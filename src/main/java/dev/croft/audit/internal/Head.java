package dev.croft.audit.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * Which row is the newest, kept beside the database: a chain alone does not show that its end was cut off. The file {@code audit.head}
 * has one line, sequence and hash.
 */
@Component
class Head {

    private static final Pattern LINE = Pattern.compile("([1-9][0-9]{0,17}) ([0-9a-f]{64})\n?");

    private final Path file;

    Head(@Value("${croft.data}") Path data) {
        this.file = data.resolve("audit.head");
    }

    record Position(long sequence, String hash) {
        static final Position START = new Position(0, Chain.START);
    }

    /** Empty when there is no such file, or none that this class has written. */
    Optional<Position> read() {
        try {
            Matcher line = LINE.matcher(Files.readString(file));
            return line.matches()
                    ? Optional.of(new Position(Long.parseLong(line.group(1)), line.group(2)))
                    : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("The audit's newest row cannot be read from " + file, e);
        }
    }

    void write(Position newest) {
        Path next = file.resolveSibling("audit.head.new");
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(next, newest.sequence() + " " + newest.hash() + "\n");
            try {
                Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The audit's newest row cannot be noted in " + file, e);
        }
    }
}
