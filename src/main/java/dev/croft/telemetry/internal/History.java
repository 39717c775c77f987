package dev.croft.telemetry.internal;

import dev.croft.kernel.HostName;
import dev.croft.kernel.Phrase;
import dev.croft.telemetry.Metric;
import dev.croft.telemetry.Telemetry.Kept;
import dev.croft.telemetry.internal.HistoryFile.DamagedException;
import dev.croft.telemetry.internal.HostSeries.Key;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.unit.DataSize;

/**
 * A year of what was measured, in one {@link HistoryFile} for each subject. All of them together never take more than a limit. One that
 * has not been measured for a day gives its room to a new one, the oldest first; when there is none, the new one has no history, and
 * that is told. Whatever the directory is like, the console starts and measures: what cannot be kept is told, and tried again.
 *
 * <p>One thread writes. What it cannot write in time is lost, not gathered.
 */
final class History implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(History.class);

    private static final String ENDING = ".history";
    private static final String SET_ASIDE = ".damaged";

    /** How many damaged files are kept for somebody to look at. */
    private static final int MOST_SET_ASIDE = 8;

    /** Blocks that wait to be written. */
    private static final int QUEUE = 64;

    /** What is no app of Croft's has to be there for so long before it has a history: much lives for moments only. */
    private static final long LASTING = Duration.ofMinutes(10).toSeconds();

    /** What was measured in this time keeps its room. */
    private static final long IN_USE = Duration.ofDays(1).toSeconds();

    /** A clock that is set back by less is one that is kept right. */
    private static final long NOTABLE = 60;

    private final Path directory;
    private final long limit;
    private final Map<Path, HistoryFile> files = new ConcurrentHashMap<>();
    private final BlockingQueue<Runnable> waiting = new ArrayBlockingQueue<>(QUEUE);
    private final Map<Place, Long> firstSeen = new HashMap<>();
    private final Set<Place> withoutRoom = ConcurrentHashMap.newKeySet();
    private final AtomicInteger lost = new AtomicInteger();
    private final AtomicInteger setAside = new AtomicInteger();
    private final Thread writer;
    private volatile @Nullable String failure;
    private volatile long forgotten;

    private record Place(HostName host, Subject subject) {}

    /**
     * @param kept what is known, by the key of its series
     */
    record Found(Key key, Steps kept) {}

    /** @param size the most that all files together take */
    History(Path directory, DataSize size) {
        this.directory = directory;
        this.limit = size.toBytes();
        open();
        this.writer = Thread.ofVirtual().name("telemetry-history").start(this::write);
    }

    // ---- what is there

    private void open() {
        if (limit == 0) {
            return;
        }
        try {
            Files.createDirectories(directory);
            for (Path host : inside(directory)) {
                if (Files.isDirectory(host)) {
                    openAll(host);
                }
            }
        } catch (IOException | UncheckedIOException e) {
            failed(e);
        }
        while (used() > limit && retire(Long.MAX_VALUE)) {
            log.info("A history of something was deleted, for all together may take {} bytes", limit);
        }
    }

    private void openAll(Path host) throws IOException {
        for (Path path : inside(host)) {
            String name = path.getFileName().toString();
            if (name.endsWith(ENDING)) {
                try {
                    files.put(path, HistoryFile.open(path));
                } catch (DamagedException e) {
                    setAside(path, e);
                } catch (IOException e) {
                    // It may be read later; until then its place is not taken by another.
                    failed(e);
                }
            } else if (name.endsWith(SET_ASIDE)) {
                setAside.incrementAndGet();
            } else if (name.endsWith(".new") || name.endsWith(".columns")) {
                // Being made when the console was killed.
                Files.deleteIfExists(path);
            }
        }
    }

    private static List<Path> inside(Path directory) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
            all.forEach(found::add);
        }
        return found;
    }

    private void setAside(Path path, IOException why) {
        files.remove(path);
        try {
            if (setAside.get() < MOST_SET_ASIDE) {
                Path aside = path.resolveSibling(path.getFileName() + SET_ASIDE);
                Files.move(path, aside, StandardCopyOption.REPLACE_EXISTING);
                setAside.incrementAndGet();
                log.warn("A damaged history was set aside as {}, and begins anew: {}", aside, why.getMessage());
            } else {
                Files.deleteIfExists(path);
                log.warn("The damaged history {} was deleted, and begins anew: {}", path, why.getMessage());
            }
        } catch (IOException e) {
            failed(e);
        }
    }

    private Path path(HostName host, Subject subject) {
        String name = subject.kind().name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        return directory.resolve(host.value()).resolve(name + "-" + digest(subject.name()) + ENDING);
    }

    private static String digest(String name) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 10);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    // ---- writing

    /** Returns at once; what does not fit is lost. */
    void put(HistoryBlock block) {
        if (limit > 0 && !waiting.offer(() -> write(block)) && lost.getAndIncrement() == 0) {
            log.warn("The history cannot be written as fast as it is measured; {} is left out", block.first());
        }
    }

    /** Waits until all that was put before is written. */
    void flush() throws InterruptedException {
        if (limit > 0) {
            var done = new CountDownLatch(1);
            waiting.put(done::countDown);
            done.await();
        }
    }

    private void write() {
        try {
            while (true) {
                waiting.take().run();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(HistoryBlock block) {
        // Rows count seconds in 32 bits.
        if (block.first() <= 0 || block.first() >= 1L << 32) {
            return;
        }
        withoutRoom.removeIf(
                place -> place.host().equals(block.host()) && !block.seconds().containsKey(place.subject()));
        firstSeen
                .keySet()
                .removeIf(place ->
                        place.host().equals(block.host()) && !block.seconds().containsKey(place.subject()));
        boolean worked = false;
        IOException problem = null;
        for (var each : block.seconds().entrySet()) {
            try {
                write(block, each.getKey(), each.getValue());
                worked = true;
            } catch (IOException e) {
                problem = e;
            } catch (RuntimeException e) {
                log.error("The history of {} could not be written", each.getKey(), e);
            }
        }
        if (problem != null) {
            failed(problem);
        } else if (worked && failure != null) {
            log.info("The history is kept again");
            failure = null;
        }
    }

    private void write(HistoryBlock block, Subject subject, float[] @Nullable [] seconds) throws IOException {
        Path path = path(block.host(), subject);
        HistoryFile file = files.get(path);
        if (file == null) {
            var place = new Place(block.host(), subject);
            if (!isToBeKept(place, block.first())) {
                return;
            }
            file = make(place, path, block.first());
            if (file == null) {
                return;
            }
        }
        try {
            long gone = file.append(block.first(), seconds);
            if (gone > NOTABLE && gone != forgotten) {
                forgotten = gone;
                log.warn(
                        "The console's clock was set back: {} seconds of the history were of the future and are forgotten",
                        gone);
            }
        } catch (DamagedException e) {
            setAside(path, e);
        } catch (NoSuchFileException e) {
            // Deleted under us: it begins anew with the next block.
            files.remove(path);
        }
    }

    private boolean isToBeKept(Place place, long now) {
        if (place.subject().kind() != Subject.Kind.UNIT
                || place.subject().name().startsWith("croft-app-")) {
            return true;
        }
        long since = firstSeen.computeIfAbsent(place, first -> now);
        return now - since >= LASTING;
    }

    private @Nullable HistoryFile make(Place place, Path path, long now) throws IOException {
        long size = HistoryFile.size(place.subject().kind().columns().size());
        while (used() + size > limit) {
            if (!retire(now - IN_USE)) {
                if (withoutRoom.add(place)) {
                    log.warn(
                            "There is no room for a history of {} on {}: croft.telemetry.history is {} bytes",
                            place.subject().name(),
                            place.host(),
                            limit);
                }
                return null;
            }
        }
        Files.createDirectories(path.getParent());
        HistoryFile made = HistoryFile.create(path, place.host().value(), place.subject());
        files.put(path, made);
        firstSeen.remove(place);
        withoutRoom.remove(place);
        return made;
    }

    /** Deletes the one that has not been measured for longest, if that is since before then. */
    private boolean retire(long before) {
        HistoryFile oldest = files.values().stream()
                .min(Comparator.comparingLong(HistoryFile::newest))
                .orElse(null);
        if (oldest == null || oldest.newest() >= before) {
            return false;
        }
        try {
            Files.deleteIfExists(oldest.path());
        } catch (IOException e) {
            failed(e);
            return false;
        }
        files.remove(oldest.path());
        return true;
    }

    private void failed(Exception e) {
        Throwable cause = e instanceof UncheckedIOException unchecked ? unchecked.getCause() : e;
        String words = cause instanceof java.nio.file.FileSystemException system && system.getReason() != null
                ? system.getFile() + ": " + system.getReason()
                : cause.getClass().getSimpleName() + ": " + cause.getMessage();
        if (failure == null) {
            log.warn("The history in {} cannot be kept: {}. It is tried again with each measurement", directory, words);
        }
        failure = words;
    }

    // ---- reading

    /**
     * @param unit null: the box
     * @param only these metrics; empty: all
     */
    List<Found> read(HostName host, @Nullable String unit, Set<Metric> only, long from, long step, int count) {
        List<Found> found = new ArrayList<>();
        for (HistoryFile file : files.values()) {
            Subject subject = file.subject();
            if (!file.host().equals(host.value())
                    || (subject.kind() == Subject.Kind.UNIT ? !subject.name().equals(unit) : unit != null)) {
                continue;
            }
            List<Metric> columns = file.columns();
            int[] wanted = java.util.stream.IntStream.range(0, columns.size())
                    .filter(column -> only.isEmpty() || only.contains(columns.get(column)))
                    .toArray();
            if (wanted.length == 0) {
                continue;
            }
            try {
                List<Steps> read = file.read(wanted, from, step, count);
                for (int i = 0; i < wanted.length; i++) {
                    if (!read.get(i).isEmpty()) {
                        found.add(new Found(subject.key(columns.get(wanted[i])), read.get(i)));
                    }
                }
            } catch (IOException e) {
                log.warn("The history of {} cannot be read: {}", subject, e.toString());
            }
        }
        return found;
    }

    /** All of which something is kept. */
    SortedSet<String> units(HostName host) {
        SortedSet<String> units = new TreeSet<>();
        for (HistoryFile file : files.values()) {
            if (file.subject().kind() == Subject.Kind.UNIT && file.host().equals(host.value())) {
                units.add(file.subject().name());
            }
        }
        return units;
    }

    private long used() {
        return files.values().stream().mapToLong(HistoryFile::size).sum();
    }

    Kept kept() {
        List<Phrase> notes = new ArrayList<>();
        String problem = failure;
        if (limit == 0) {
            notes.add(Phrase.of("The console is set to keep no more than the last hour."));
        }
        if (problem != null) {
            notes.add(Phrase.of("The history cannot be kept now ({0}). It is tried again all the time.", problem));
        }
        if (!withoutRoom.isEmpty()) {
            notes.add(Phrase.of(
                    "There is no room for the history of {0, plural, one {# measured thing} other {# measured things}}.",
                    withoutRoom.size()));
        }
        if (setAside.get() > 0) {
            notes.add(Phrase.of(
                    "{0, plural, one {# damaged file was} other {# damaged files were}} set aside; that history began anew.",
                    setAside.get()));
        }
        if (forgotten > 0) {
            notes.add(Phrase.of(
                    "The console’s clock was set back by {0, plural, one {# second} other {# seconds}}. What had been measured in that time is forgotten.",
                    forgotten));
        }
        if (lost.get() > 0) {
            notes.add(Phrase.of(
                    "The disk was too slow {0, plural, one {once} other {# times}}: ten seconds of a box are missing each time.",
                    lost.get()));
        }
        List<HistoryFile> all = List.copyOf(files.values());
        return new Kept(
                DataSize.ofBytes(limit),
                DataSize.ofBytes(all.stream().mapToLong(HistoryFile::size).sum()),
                all.stream().mapToInt(file -> file.columns().size()).sum(),
                notes);
    }

    /** What waits is written first. */
    @Override
    public void close() {
        try {
            flush();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        writer.interrupt();
    }
}
