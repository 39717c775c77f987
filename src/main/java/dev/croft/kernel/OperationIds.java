package dev.croft.kernel;

import com.github.f4b6a3.ulid.UlidFactory;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Locale;
import org.springframework.stereotype.Component;

/** Makes operation ids. Ids made within one millisecond still sort in the order in which they were made. */
@Component
public class OperationIds {

    private final Clock clock;
    private final UlidFactory ulids = UlidFactory.newMonotonicInstance(new SecureRandom());

    public OperationIds(Clock clock) {
        this.clock = clock;
    }

    public OperationId next() {
        // The box keeps ids in unit and directory names, hence lower case.
        return new OperationId(ulids.create(clock.millis()).toString().toLowerCase(Locale.ROOT));
    }
}
