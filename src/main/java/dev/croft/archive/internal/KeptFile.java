package dev.croft.archive.internal;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/** A file for the owner's eyes alone that is there as a whole or not at all. */
final class KeptFile {

    private KeptFile() {}

    /** What fills or reads a file. */
    interface Work<S, T> {
        T on(S stream) throws IOException;
    }

    static <T> T write(Path file, Work<OutputStream, T> work) {
        boolean done = false;
        boolean ours = false;
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            ours = true;
            try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.WRITE)) {
                T result = work.on(out);
                done = true;
                return result;
            }
        } catch (FileAlreadyExistsException e) {
            throw problem("Nothing was written.", "file: " + file + " exists already.", "Choose another name.", e);
        } catch (IOException e) {
            throw problem(
                    "Nothing was written.",
                    "file: " + file + ": " + e.getMessage(),
                    "Look whether the directory exists, may be written to, and has room.",
                    e);
        } finally {
            if (ours && !done) {
                delete(file);
            }
        }
    }

    static <T> T read(Path file, Work<InputStream, T> work) {
        try (InputStream in = Files.newInputStream(file)) {
            return work.on(in);
        } catch (NoSuchFileException e) {
            throw problem("Nothing was read.", "file: there is no " + file + ".", "Check its name.", e);
        } catch (IOException e) {
            throw problem("Nothing was read.", "file: " + file + ": " + e.getMessage(), "Look whether it is whole.", e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static ProblemException problem(String what, String why, String next, Exception cause) {
        return new ProblemException(Problem.of(ProblemCode.INVALID_INPUT, what, why, next), cause);
    }
}
