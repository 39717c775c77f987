package dev.croft.telemetry.internal;

import dev.croft.telemetry.Metric;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The history of one subject, in a file whose size never changes: a ring of rows for each of {@link #TIERS}, one after the other, behind
 * a head of {@link #HEAD} bytes. A row is the number of the time span that it is about (seconds since 1970 by the tier's step, 32 bits)
 * and for each column a float, from the third tier on three of them: the mean, the least and the most of the seconds. NaN is a gap, and
 * so is a row with another number than that of the time that is asked for: nothing has to be cleared when time passes unmeasured, and a
 * row that was not written to the disk before the power failed is one that is not there.
 *
 * <p>What was measured goes to the finest tier, and from there to each coarser one at once, so that all of them are always as new as
 * the finest: nothing has to be gathered in memory, and a console that was killed has lost no more than a block. Big-endian; no descriptor is kept open. Safe for many threads.
 */
final class HistoryFile {

    static final int HEAD = 4096;

    private static final long MAGIC = 0x43524f4654484953L;
    private static final int VERSION = 1;

    /** Where the head has the newest second. */
    private static final int NEWEST_AT = HEAD - Long.BYTES;

    /** Seconds of a block, the most that is lost when the console is killed. */
    static final int BLOCK = 10;

    /** What is read at a time. */
    private static final int CHUNK = 1 << 16;

    /**
     * @param step seconds
     * @param spread whether it has the least and the most, too
     */
    record Tier(int step, int rows, boolean spread) {
        long span() {
            return (long) step * rows;
        }

        int row(int columns) {
            return Integer.BYTES + columns * Float.BYTES * (spread ? 3 : 1);
        }
    }

    /** Seconds of an hour, 10 seconds of a day, minutes of a week, 10 minutes of a month, hours of a year. */
    static final List<Tier> TIERS = List.of(
            new Tier(1, 3600, false),
            new Tier(BLOCK, 8640, false),
            new Tier(60, 10_080, true),
            new Tier(600, 4464, true),
            new Tier(3600, 8784, true));

    /** How long a value is kept: seconds. */
    static final long LONGEST = TIERS.getLast().span();

    private final Path path;
    private final String host;
    private final Subject subject;
    private final List<Metric> columns;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private volatile long newest;

    private HistoryFile(Path path, String host, Subject subject, List<Metric> columns, long newest) {
        this.path = path;
        this.host = host;
        this.subject = subject;
        this.columns = columns;
        this.newest = newest;
    }

    static final class DamagedException extends IOException {
        private static final long serialVersionUID = 1L;

        DamagedException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    static long size(int columns) {
        long size = HEAD;
        for (Tier tier : TIERS) {
            size += (long) tier.rows() * tier.row(columns);
        }
        return size;
    }

    Path path() {
        return path;
    }

    String host() {
        return host;
    }

    Subject subject() {
        return subject;
    }

    List<Metric> columns() {
        return columns;
    }

    long size() {
        return size(columns.size());
    }

    /** The newest second of which it has something; 0: none yet. */
    long newest() {
        return newest;
    }

    // ---- the head

    /** A new one, in the place of whatever lies there. It takes room on the disk as it is filled. */
    static HistoryFile create(Path path, String host, Subject subject) throws IOException {
        return create(path, host, subject, subject.kind().columns());
    }

    static HistoryFile create(Path path, String host, Subject subject, List<Metric> columns) throws IOException {
        byte[] head = head(host, subject, columns);
        // Under another name first: a file is there with its head and whole length, or it is not there.
        Path made = path.resolveSibling(path.getFileName() + ".new");
        try (FileChannel file = FileChannel.open(
                made, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            write(file, ByteBuffer.wrap(head), 0);
            write(file, ByteBuffer.allocate(1), size(columns.size()) - 1);
        } catch (IOException e) {
            Files.deleteIfExists(made);
            throw e;
        }
        Files.move(made, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return new HistoryFile(path, host, subject, columns, 0);
    }

    private static byte[] head(String host, Subject subject, List<Metric> columns) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.writeLong(MAGIC);
        out.writeInt(VERSION);
        out.writeUTF(host);
        out.writeUTF(subject.kind().name());
        out.writeUTF(subject.name());
        out.writeShort(columns.size());
        for (Metric column : columns) {
            out.writeUTF(column.wireName());
        }
        var sum = new CRC32();
        sum.update(bytes.toByteArray());
        out.writeLong(sum.getValue());
        if (bytes.size() > NEWEST_AT) {
            throw new IOException(
                    "The name is too long to be kept: " + subject.name().length() + " characters.");
        }
        return Arrays.copyOf(bytes.toByteArray(), HEAD);
    }

    /**
     * One that is there; of a former version of this console with other columns: made anew with those of today, and what it has of
     * them.
     *
     * @throws DamagedException when it is none of these files, or no whole one
     */
    static HistoryFile open(Path path) throws IOException {
        byte[] head = new byte[HEAD];
        long length;
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            length = file.size();
            if (length < HEAD) {
                throw new DamagedException("It has " + length + " bytes, less than its head.", null);
            }
            read(file, ByteBuffer.wrap(head), 0);
        }
        HistoryFile found = understood(path, head);
        if (length != found.size()) {
            throw new DamagedException("It has " + length + " bytes, and should have " + found.size() + ".", null);
        }
        return found.columns.equals(found.subject.kind().columns()) ? found : found.withColumnsOfToday();
    }

    private static HistoryFile understood(Path path, byte[] head) throws DamagedException {
        var bytes = new ByteArrayInputStream(head);
        var in = new DataInputStream(bytes);
        try {
            if (in.readLong() != MAGIC || in.readInt() != VERSION) {
                throw new DamagedException("It does not begin as such a file does.", null);
            }
            String host = in.readUTF();
            String kind = in.readUTF();
            String name = in.readUTF();
            List<String> names = new ArrayList<>();
            for (int left = in.readUnsignedShort(); left > 0; left--) {
                names.add(in.readUTF());
            }
            var sum = new CRC32();
            sum.update(head, 0, HEAD - bytes.available());
            if (in.readLong() != sum.getValue()) {
                throw new DamagedException("The checksum of its head is wrong.", null);
            }
            List<Metric> columns = new ArrayList<>();
            for (String column : names) {
                columns.add(Metric.named(column).orElseThrow(() -> new IllegalArgumentException(column)));
            }
            long newest = ByteBuffer.wrap(head).getLong(NEWEST_AT);
            return new HistoryFile(
                    path, host, new Subject(Subject.Kind.valueOf(kind), name), List.copyOf(columns), newest);
        } catch (DamagedException e) {
            throw e;
        } catch (IOException | IllegalArgumentException e) {
            throw new DamagedException("Its head cannot be read.", e);
        }
    }

    private HistoryFile withColumnsOfToday() throws IOException {
        List<Metric> today = subject.kind().columns();
        Path beside = path.resolveSibling(path.getFileName() + ".columns");
        HistoryFile made = create(beside, host, subject, today);
        try (FileChannel from = FileChannel.open(path, StandardOpenOption.READ);
                FileChannel to = FileChannel.open(beside, StandardOpenOption.WRITE)) {
            for (int tier = 0; tier < TIERS.size(); tier++) {
                Tier shape = TIERS.get(tier);
                int each = shape.spread() ? 3 : 1;
                int width = shape.row(columns.size());
                for (int row = 0; row < shape.rows(); row += CHUNK / width) {
                    int count = Math.min(CHUNK / width, shape.rows() - row);
                    ByteBuffer old = rows(from, tier, row, count);
                    ByteBuffer now = ByteBuffer.allocate(count * shape.row(today.size()));
                    for (int r = 0; r < count; r++) {
                        now.putInt(old.getInt(r * width));
                        for (Metric column : today) {
                            int was = columns.indexOf(column);
                            for (int i = 0; i < each; i++) {
                                int at = r * width + Integer.BYTES + (was * each + i) * Float.BYTES;
                                now.putFloat(was < 0 ? Float.NaN : old.getFloat(at));
                            }
                        }
                    }
                    write(to, now.flip(), made.at(tier, row));
                }
            }
            write(to, ByteBuffer.allocate(Long.BYTES).putLong(0, newest), NEWEST_AT);
        }
        Files.move(beside, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return new HistoryFile(path, host, subject, today, newest);
    }

    // ---- writing

    /**
     * Takes the seconds of a block. Those of which nothing is said stay as they are. When they are before what it has, the clock was
     * wrong then or is now: what lies behind them is forgotten, for it would be of the future.
     *
     * @param first a multiple of {@link #BLOCK}
     * @param seconds one for each second, with a value for each column (NaN: a gap); null: nothing is known of it
     * @return how many seconds were forgotten
     * @throws DamagedException when it is not as long as it was
     */
    long append(long first, float[] @Nullable [] seconds) throws IOException {
        lock.writeLock().lock();
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            if (file.size() != size()) {
                throw new DamagedException("It has " + file.size() + " bytes, and should have " + size() + ".", null);
            }
            long last = first - 1;
            for (int i = 0; i < BLOCK; i++) {
                last = seconds[i] == null ? last : first + i;
            }
            if (last < first) {
                return 0;
            }
            long forgotten = newest >= first + BLOCK ? forget(file, last) : 0;
            ByteBuffer rows = rows(file, 0, index(0, first), BLOCK);
            int width = TIERS.getFirst().row(columns.size());
            for (int i = 0; i < BLOCK; i++) {
                float[] second = seconds[i];
                if (second == null) {
                    continue;
                }
                rows.putInt(i * width, (int) (first + i));
                for (int column = 0; column < second.length; column++) {
                    rows.putFloat(i * width + Integer.BYTES + column * Float.BYTES, second[column]);
                }
            }
            write(file, rows, at(0, index(0, first)));
            for (int tier = 1; tier < TIERS.size(); tier++) {
                fold(file, tier, first);
            }
            long now = forgotten > 0 ? last : Math.max(newest, last);
            write(file, ByteBuffer.allocate(Long.BYTES).putLong(0, now), NEWEST_AT);
            newest = now;
            return forgotten;
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Makes the row about this second of what a finer tier has. */
    private void fold(FileChannel file, int tier, long second) throws IOException {
        Tier to = TIERS.get(tier);
        // A minute is made of its seconds: what happened in one of them is not to be lost in the mean of ten.
        int source = to.step() <= 60 ? 0 : tier - 1;
        Tier from = TIERS.get(source);
        long span = second / to.step();
        long finer = span * to.step() / from.step();
        int count = to.step() / from.step();
        ByteBuffer rows = rows(file, source, (int) (finer % from.rows()), count);
        int width = from.row(columns.size());
        ByteBuffer row = ByteBuffer.allocate(to.row(columns.size())).putInt((int) span);
        for (int column = 0; column < columns.size(); column++) {
            double sum = 0;
            int known = 0;
            float least = Float.NaN;
            float most = Float.NaN;
            for (int i = 0; i < count; i++) {
                if (rows.getInt(i * width) != (int) (finer + i)) {
                    continue;
                }
                int place = i * width + Integer.BYTES + column * Float.BYTES * (from.spread() ? 3 : 1);
                float mean = rows.getFloat(place);
                if (Float.isNaN(mean)) {
                    continue;
                }
                float low = from.spread() ? rows.getFloat(place + Float.BYTES) : mean;
                float high = from.spread() ? rows.getFloat(place + 2 * Float.BYTES) : mean;
                sum += mean;
                least = known == 0 ? low : Math.min(least, low);
                most = known == 0 ? high : Math.max(most, high);
                known++;
            }
            row.putFloat(known == 0 ? Float.NaN : (float) (sum / known));
            if (to.spread()) {
                row.putFloat(least).putFloat(most);
            }
        }
        write(file, row.flip(), at(tier, (int) (span % to.rows())));
    }

    /** All that is after this second. */
    private long forget(FileChannel file, long last) throws IOException {
        for (int tier = 0; tier < TIERS.size(); tier++) {
            Tier shape = TIERS.get(tier);
            int width = shape.row(columns.size());
            for (int row = 0; row < shape.rows(); row += CHUNK / width) {
                int count = Math.min(CHUNK / width, shape.rows() - row);
                ByteBuffer rows = rows(file, tier, row, count);
                for (int i = 0; i < count; i++) {
                    if (Integer.toUnsignedLong(rows.getInt(i * width)) * shape.step() > last) {
                        rows.putInt(i * width, 0);
                    }
                }
                write(file, rows, at(tier, row));
            }
        }
        return newest - last;
    }

    // ---- reading

    /**
     * Reads columns, each step from the tier that is as fine as needed, or as coarse as it has to be for that time.
     *
     * @param wanted places of columns
     * @param from the first second
     * @param step seconds
     * @param count how many steps
     * @return for each wanted column
     */
    List<Steps> read(int[] wanted, long from, long step, int count) throws IOException {
        List<Steps> found = new ArrayList<>(wanted.length);
        for (int ignored : wanted) {
            found.add(new Steps(count));
        }
        lock.readLock().lock();
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            long end = Math.min(from + step * count, newest + 1);
            int tier = TIERS.size() - 1;
            while (tier > 0 && TIERS.get(tier).step() > step) {
                tier--;
            }
            // From the newest time back, in coarser and coarser tiers.
            for (; tier < TIERS.size() && end > from; tier++) {
                Tier shape = TIERS.get(tier);
                long oldest = (newest / shape.step() - shape.rows() + 1) * shape.step();
                long begin = Math.max(from, oldest);
                if (begin < end) {
                    read(file, tier, begin, end, wanted, from, step, found);
                    end = begin;
                }
            }
        } finally {
            lock.readLock().unlock();
        }
        return found;
    }

    private void read(
            FileChannel file, int tier, long begin, long end, int[] wanted, long from, long step, List<Steps> into)
            throws IOException {
        Tier shape = TIERS.get(tier);
        int width = shape.row(columns.size());
        int cell = Float.BYTES * (shape.spread() ? 3 : 1);
        long span = begin / shape.step();
        long after = Math.ceilDiv(end, shape.step());
        while (span < after) {
            int row = (int) (span % shape.rows());
            int count = (int) Math.min(Math.min(CHUNK / width, after - span), shape.rows() - row);
            ByteBuffer rows = rows(file, tier, row, count);
            for (int i = 0; i < count; i++) {
                if (rows.getInt(i * width) != (int) (span + i)) {
                    continue;
                }
                // The part of the row's time that is asked for may lie in several steps, or share one with others.
                long rowBegin = Math.max(begin, (span + i) * shape.step());
                long rowEnd = Math.min(end, (span + i + 1) * shape.step());
                int firstStep = (int) ((rowBegin - from) / step);
                boolean inOne = rowEnd <= from + (firstStep + 1L) * step;
                for (int column = 0; column < wanted.length; column++) {
                    int place = i * width + Integer.BYTES + wanted[column] * cell;
                    float mean = rows.getFloat(place);
                    if (Float.isNaN(mean)) {
                        continue;
                    }
                    float low = shape.spread() ? rows.getFloat(place + Float.BYTES) : mean;
                    float high = shape.spread() ? rows.getFloat(place + 2 * Float.BYTES) : mean;
                    if (inOne) {
                        into.get(column).add(firstStep, rowEnd - rowBegin, mean, low, high);
                        continue;
                    }
                    for (long at = rowBegin; at < rowEnd; ) {
                        long which = (at - from) / step;
                        long until = Math.min(rowEnd, from + (which + 1) * step);
                        into.get(column).add((int) which, until - at, mean, low, high);
                        at = until;
                    }
                }
            }
            span += count;
        }
    }

    // ---- places

    private static int index(int tier, long second) {
        Tier shape = TIERS.get(tier);
        return (int) (second / shape.step() % shape.rows());
    }

    private long at(int tier, int row) {
        long at = HEAD;
        for (int before = 0; before < tier; before++) {
            at += (long) TIERS.get(before).rows() * TIERS.get(before).row(columns.size());
        }
        return at + (long) row * TIERS.get(tier).row(columns.size());
    }

    private ByteBuffer rows(FileChannel file, int tier, int row, int count) throws IOException {
        ByteBuffer rows = ByteBuffer.allocate(count * TIERS.get(tier).row(columns.size()));
        read(file, rows, at(tier, row));
        return rows.rewind();
    }

    private static void read(FileChannel file, ByteBuffer into, long at) throws IOException {
        long place = at;
        while (into.hasRemaining()) {
            int read = file.read(into, place);
            if (read < 0) {
                throw new DamagedException("It ends at byte " + place + ".", null);
            }
            place += read;
        }
    }

    private static void write(FileChannel file, ByteBuffer from, long at) throws IOException {
        long place = at;
        while (from.hasRemaining()) {
            place += file.write(from, place);
        }
    }
}
