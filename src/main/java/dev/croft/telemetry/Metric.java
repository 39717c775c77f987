package dev.croft.telemetry;

import java.util.Arrays;
import java.util.Optional;

/**
 * What is measured: every name and its unit of measure stand here and nowhere else. Values are of one second (or of the interval that
 * is set); a box that could not be asked, a counter that began anew and a sampler that stood still leave a gap.
 */
public enum Metric {
    // ---- of a box and of a unit

    /** Processor time: 1 is one processor that is busy all the time. */
    CPU("cpu", Measure.CORES),
    /** Of a box: what is neither free nor given back on demand. Of a unit: with the files that it has read. */
    MEMORY("memory", Measure.BYTES),
    /** The share of the time in which something waited for a processor. */
    PRESSURE_CPU_SOME("pressure.cpu.some", Measure.RATIO),
    /** The share of the time in which nothing else was done than to wait for a processor; of a box always 0. */
    PRESSURE_CPU_FULL("pressure.cpu.full", Measure.RATIO),
    /** Likewise for memory. */
    PRESSURE_MEMORY_SOME("pressure.memory.some", Measure.RATIO),
    PRESSURE_MEMORY_FULL("pressure.memory.full", Measure.RATIO),
    /** Likewise for disks. */
    PRESSURE_IO_SOME("pressure.io.some", Measure.RATIO),
    PRESSURE_IO_FULL("pressure.io.full", Measure.RATIO),

    // ---- of a box

    /** Time in which a processor had nothing to do because of a disk. */
    CPU_IO_WAIT("cpu.iowait", Measure.CORES),
    /** Time that the machine below gave to others. */
    CPU_STEAL("cpu.steal", Measure.CORES),
    /** How many processors there are. */
    CPU_CORES("cpu.total", Measure.CORES),
    /** Tasks that run or wait, average of a minute; likewise of 5 and of 15. */
    LOAD_1("load.1", Measure.COUNT),
    LOAD_5("load.5", Measure.COUNT),
    LOAD_15("load.15", Measure.COUNT),
    MEMORY_TOTAL("memory.total", Measure.BYTES),
    /** Files that have been read, given back on demand. */
    MEMORY_CACHED("memory.cached", Measure.BYTES),
    SWAP("swap", Measure.BYTES),
    SWAP_TOTAL("swap.total", Measure.BYTES),
    /** Of each disk. */
    DISK_READ("disk.read", Measure.BYTES_PER_SECOND),
    DISK_WRITTEN("disk.written", Measure.BYTES_PER_SECOND),
    DISK_READS("disk.reads", Measure.PER_SECOND),
    DISK_WRITES("disk.writes", Measure.PER_SECOND),
    /** The share of the time in which it had something to do; a fast one can do more at 1 all the same. */
    DISK_BUSY("disk.busy", Measure.RATIO),
    /** Of each network interface. */
    NETWORK_RECEIVED("network.received", Measure.BYTES_PER_SECOND),
    NETWORK_SENT("network.sent", Measure.BYTES_PER_SECOND),
    /** Packets with errors and those that were dropped, received and sent. */
    NETWORK_FAILED("network.failed", Measure.PER_SECOND),
    /** Of each file system. */
    FILE_SYSTEM_USED("filesystem.used", Measure.BYTES),
    FILE_SYSTEM_TOTAL("filesystem.total", Measure.BYTES),
    /** The share of the inodes that are taken, where their number is fixed. */
    FILE_SYSTEM_INODES("filesystem.inodes", Measure.RATIO),
    /** Of each sensor. */
    TEMPERATURE("temperature", Measure.CELSIUS),

    // ---- of a unit

    CPU_USER("cpu.user", Measure.CORES),
    CPU_SYSTEM("cpu.system", Measure.CORES),
    /** The share of the time in which its quota kept it from running. */
    CPU_THROTTLED("cpu.throttled", Measure.RATIO),
    /** The most since it was started. */
    MEMORY_PEAK("memory.peak", Measure.BYTES),
    /** How often it was slowed down above {@code MemoryHigh}. */
    MEMORY_HIGH("memory.high", Measure.PER_SECOND),
    /** How often it was about to pass {@code MemoryMax}. */
    MEMORY_MAX("memory.max", Measure.PER_SECOND),
    /** How often one of its processes was killed because there was no memory for it. */
    MEMORY_OOM("memory.oom", Measure.PER_SECOND),
    IO_READ("io.read", Measure.BYTES_PER_SECOND),
    IO_WRITTEN("io.written", Measure.BYTES_PER_SECOND),
    /** Processes and threads. */
    TASKS("tasks", Measure.COUNT);

    private final String wireName;
    private final Measure measure;

    Metric(String wireName, Measure measure) {
        this.wireName = wireName;
        this.measure = measure;
    }

    /** Its name in the API. */
    public String wireName() {
        return wireName;
    }

    /** The one of that name in the API. */
    public static Optional<Metric> named(String wireName) {
        return Arrays.stream(values())
                .filter(metric -> metric.wireName.equals(wireName))
                .findFirst();
    }

    public Measure measure() {
        return measure;
    }

    /** Units of measure. */
    public enum Measure {
        CORES("cores"),
        BYTES("bytes"),
        BYTES_PER_SECOND("bytes/s"),
        PER_SECOND("1/s"),
        COUNT("count"),
        /** From 0 to 1. */
        RATIO("ratio"),
        CELSIUS("°C");

        private final String wireName;

        Measure(String wireName) {
            this.wireName = wireName;
        }

        public String wireName() {
            return wireName;
        }
    }
}
