package dev.croft.api.internal;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.security.Principal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.web.servlet.HandlerInterceptor;

/**
 * So many calls of the API are answered for one person, whichever tokens and browsers they use, and for one address where nobody is signed
 * in. A script that went wild, or somebody who copies everything there is, leaves room for the others.
 */
final class CallLimit implements HandlerInterceptor, TimeMeter {

    /** Whoever comes from many addresses pushes out the oldest, not the memory. */
    private static final int CALLERS = 10_000;

    private final ApiProperties properties;
    private final Clock clock;
    private final Map<String, Bucket> callers = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
            return size() > CALLERS;
        }
    };

    CallLimit(ApiProperties properties, Clock clock) {
        this.properties = properties;
        this.clock = clock;
    }

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
        // An event stream comes here once more when it ends.
        if (request.getDispatcherType() != DispatcherType.REQUEST) {
            return true;
        }
        Principal who = request.getUserPrincipal();
        ConsumptionProbe taken = bucket(who == null ? "from " + request.getRemoteAddr() : "by " + who.getName())
                .tryConsumeAndReturnRemaining(1);
        if (taken.isConsumed()) {
            return true;
        }
        long seconds = Duration.ofNanos(taken.getNanosToWaitForRefill()).toSeconds() + 1;
        response.setHeader(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
        throw Problem.of(
                        ProblemCode.TOO_MANY_ATTEMPTS,
                        "The request was not looked at.",
                        "There were more than " + properties.calls() + " calls within "
                                + properties.callsPer().toSeconds() + " seconds; the next is possible in " + seconds
                                + " seconds.",
                        "Wait as long as Retry-After says. Follow what happens by an event stream instead of asking again and again.")
                .toException();
    }

    private Bucket bucket(String caller) {
        synchronized (callers) {
            return callers.computeIfAbsent(
                    caller,
                    unused -> Bucket.builder()
                            .addLimit(Bandwidth.builder()
                                    .capacity(properties.calls())
                                    .refillGreedy(properties.calls(), properties.callsPer())
                                    .build())
                            .withCustomTimePrecision(this)
                            .build());
        }
    }

    @Override
    public long currentTimeNanos() {
        Instant now = clock.instant();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    @Override
    public boolean isWallClockBased() {
        return true;
    }
}
