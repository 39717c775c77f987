package dev.croft.journeys;

import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;
import java.util.Locale;

/** Whether a page moves: how often it draws, how long it stands still at most, what it keeps in memory. */
final class Frames {

    private final Page page;
    private final CDPSession tools;
    private final double heapBefore;

    /**
     * @param longestMillis between two frames
     * @param heapBytes by which the memory in use grew, without garbage
     */
    record Seen(double seconds, double perSecond, double longestMillis, double heapBytes) {

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%.1f frames a second for %.1f s, %.0f ms between two at most, %.1f MB more in memory",
                    perSecond,
                    seconds,
                    longestMillis,
                    heapBytes / 1e6);
        }
    }

    private Frames(Page page) {
        this.page = page;
        tools = page.context().newCDPSession(page);
        heapBefore = heap();
        page.evaluate("""
                () => {
                    const frames = (window.croftFrames = { began: performance.now(), count: 0, longest: 0 });
                    let last = frames.began;
                    const frame = (now) => {
                        frames.count++;
                        frames.longest = Math.max(frames.longest, now - last);
                        last = now;
                        frames.next = requestAnimationFrame(frame);
                    };
                    frames.next = requestAnimationFrame(frame);
                }
                """);
    }

    static Frames watch(Page page) {
        return new Frames(page);
    }

    Seen end() {
        double[] seen = numbers("""
                () => {
                    const frames = window.croftFrames;
                    cancelAnimationFrame(frames.next);
                    return [(performance.now() - frames.began) / 1000, frames.count, frames.longest].join(' ');
                }
                """);
        double grown = heap() - heapBefore;
        tools.detach();
        return new Seen(seen[0], seen[1] / seen[0], seen[2], grown);
    }

    private double heap() {
        tools.send("HeapProfiler.collectGarbage");
        return tools.send("Runtime.getHeapUsage").get("usedSize").getAsDouble();
    }

    private double[] numbers(String script) {
        String[] words = ((String) page.evaluate(script)).split(" ");
        double[] numbers = new double[words.length];
        for (int i = 0; i < words.length; i++) {
            numbers[i] = Double.parseDouble(words[i]);
        }
        return numbers;
    }
}
