package dev.croft.drills;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/** The table of a run: what each drill found the box serving, what the console said, and how long that took. */
final class DrillReport implements TestWatcher {

    private static final Path FILE = Path.of("target", "fault-drills.txt");

    private final List<Drill> drills = new ArrayList<>();

    /** One row; without an outcome it says that its drill failed. */
    static final class Drill {

        private final String name;
        private String serving = "-";
        private String says = "FAILED, see the test";

        private double seconds = Double.NaN;

        private Drill(String name) {
            this.name = name;
        }

        /**
         * @param seconds from the console's first contact with the box after the fault, or from the end of the operation where there was
         *     contact all the time, until it showed how it is
         */
        void passed(String serving, String says, double seconds) {
            this.serving = serving;
            this.says = says;
            this.seconds = seconds;
            System.out.printf(Locale.ROOT, "%s: %s, %s, %.1f s%n", name, serving, says, seconds);
        }
    }

    Drill begin(String name) {
        Drill drill = new Drill(name);
        drills.add(drill);
        return drill;
    }

    /** At once: the others take minutes. */
    @Override
    public void testFailed(ExtensionContext context, Throwable cause) {
        System.out.println(drills.getLast().name + ": FAILED: " + cause.getMessage());
    }

    /** Prints the table, and keeps it below target/. */
    void print() {
        int name = width(drills.stream().map(drill -> drill.name).toList(), "drill");
        int serving = width(drills.stream().map(drill -> drill.serving).toList(), "serving");
        int says = width(drills.stream().map(drill -> drill.says).toList(), "console says");
        String form = "%-" + name + "s | %-" + serving + "s | %-" + says + "s | %7s%n";
        StringBuilder table =
                new StringBuilder(String.format(Locale.ROOT, form, "drill", "serving", "console says", "seconds"));
        for (Drill drill : drills) {
            String seconds = Double.isNaN(drill.seconds) ? "-" : String.format(Locale.ROOT, "%.1f", drill.seconds);
            table.append(String.format(Locale.ROOT, form, drill.name, drill.serving, drill.says, seconds));
        }
        System.out.print(System.lineSeparator() + table);
        try {
            Files.writeString(FILE, table);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int width(List<String> cells, String heading) {
        return Math.max(
                heading.length(), cells.stream().mapToInt(String::length).max().orElse(0));
    }
}
