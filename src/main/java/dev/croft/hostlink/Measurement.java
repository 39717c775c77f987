package dev.croft.hostlink;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a box and its units have used until a moment. Counters grow from the start of the box, or of the unit; a value that is null was
 * not measured, which is not the same as 0. Source: docs/protocol.md, Measurements.
 *
 * @param time the box's wall clock, which may jump
 * @param atMicros the box's monotonic clock, microseconds from 0: what rates are counted with
 * @param whole what was told of units before is to be forgotten
 * @param load runnable tasks, averages of 1, 5 and 15 minutes; null or exactly three
 * @param pressure by {@code cpu}, {@code memory}, {@code io}
 * @param disks by name
 * @param interfaces by name
 * @param fileSystems by mount point; null when they were not looked at since the last measurement
 * @param temperatures degrees Celsius by sensor; null likewise
 * @param gaps why something is not measured, by the protocol's names
 * @param cut how many units, disks and so on there are beyond those that are told of
 * @param appeared units that were not told of before
 * @param gone ids of units that are not there any more
 * @param units those of which something changed, by id
 */
public record Measurement(
        Instant time,
        long atMicros,
        boolean whole,
        @Nullable Processors processors,
        @Nullable List<Double> load,
        @Nullable Memory memory,
        Map<String, Pressure> pressure,
        Map<String, Disk> disks,
        Map<String, NetworkInterface> interfaces,
        @Nullable Map<String, FileSystem> fileSystems,
        @Nullable Map<String, Double> temperatures,
        Map<String, String> gaps,
        int cut,
        List<Unit> appeared,
        List<Long> gone,
        List<UnitValues> units)
        implements HostReply {

    /** Microseconds of all processors together. */
    public record Processors(
            long user, long nice, long system, long idle, long ioWait, long irq, long softIrq, long steal, int cores) {

        /** In which they did something; time that they waited for disks they could have been used. */
        public long busy() {
            return user + nice + system + irq + softIrq + steal;
        }
    }

    /** Bytes. */
    public record Memory(
            @Nullable Long total,
            @Nullable Long free,
            @Nullable Long available,
            @Nullable Long buffers,
            @Nullable Long cached,
            @Nullable Long dirty,
            @Nullable Long swapTotal,
            @Nullable Long swapFree) {}

    /** Microseconds in which some, or all, tasks stood still. */
    public record Pressure(@Nullable Long some, @Nullable Long full) {}

    /** Bytes, numbers of requests, and microseconds in which there were any. */
    public record Disk(
            @Nullable Long read,
            @Nullable Long written,
            @Nullable Long reads,
            @Nullable Long writes,
            @Nullable Long busyMicros) {}

    /** Bytes, and numbers of packets. */
    public record NetworkInterface(
            @Nullable Long received,
            @Nullable Long sent,
            @Nullable Long packetsReceived,
            @Nullable Long packetsSent,
            @Nullable Long errorsReceived,
            @Nullable Long errorsSent,
            @Nullable Long droppedReceived,
            @Nullable Long droppedSent) {}

    /** Bytes, and numbers of inodes where the file system has a fixed number of them. */
    public record FileSystem(
            @Nullable Long size,
            @Nullable Long free,
            @Nullable Long available,
            @Nullable Long inodes,
            @Nullable Long inodesFree) {}

    /**
     * A service, a scope or a slice.
     *
     * @param id never used twice in a dialogue; one that was started anew has another
     */
    public record Unit(long id, String name) {}

    /** @param values in the order of {@link UnitValue} */
    public record UnitValues(long id, List<@Nullable Long> values) {

        public @Nullable Long get(UnitValue which) {
            return values.get(which.ordinal());
        }
    }

    /** In the order of the protocol. */
    public enum UnitValue {
        /** Microseconds of processor time; likewise the next three. */
        CPU,
        CPU_USER,
        CPU_SYSTEM,
        /** Microseconds in which it was kept from running by its quota. */
        CPU_THROTTLED,
        CPU_PERIODS,
        CPU_PERIODS_THROTTLED,
        /** Bytes, now. */
        MEMORY,
        /** Bytes, the most since it was started. */
        MEMORY_PEAK,
        /** How often it was slowed down above {@code MemoryHigh}. */
        MEMORY_HIGH,
        /** How often it was about to pass {@code MemoryMax}. */
        MEMORY_MAX,
        /** How often there was no memory for it. */
        MEMORY_OOM,
        /** How many of its processes were killed for that. */
        MEMORY_OOM_KILL,
        /** Bytes. */
        IO_READ,
        IO_WRITTEN,
        IO_READS,
        IO_WRITES,
        /** Processes and threads, now. */
        PIDS,
        /** Microseconds in which some, or all, of its tasks stood still; likewise the next five. */
        PRESSURE_CPU_SOME,
        PRESSURE_CPU_FULL,
        PRESSURE_MEMORY_SOME,
        PRESSURE_MEMORY_FULL,
        PRESSURE_IO_SOME,
        PRESSURE_IO_FULL
    }
}
