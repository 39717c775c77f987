package dev.croft.ui.demo;

import dev.croft.access.Passkeys;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a browser answers is right when it is {@link #ANSWER}. */
public class DemoPasskeys implements Passkeys {

    public static final String ANSWER = "{}";

    private final DemoAccounts accounts;
    private final Clock clock;
    private final List<Passkey> kept = new ArrayList<>();

    DemoPasskeys(DemoAccounts accounts, Clock clock) {
        this.accounts = accounts;
        this.clock = clock;
    }

    public synchronized void has(String name) {
        kept.add(new Passkey(kept.size() + 1, name, "localhost", clock.instant(), null));
    }

    public synchronized void forget() {
        kept.clear();
    }

    @Override
    public synchronized Optional<String> offer(HttpServletRequest page) {
        return kept.isEmpty() ? Optional.empty() : Optional.of("{}");
    }

    @Override
    public synchronized List<Passkey> mine() {
        return List.copyOf(kept);
    }

    @Override
    public String begin(URI page) {
        accounts.require();
        return "{}";
    }

    @Override
    public synchronized Passkey finish(String name, String answer) {
        has(name);
        return kept.getLast();
    }

    @Override
    public synchronized Passkey rename(long id, String name) {
        kept.replaceAll(
                each -> each.id() == id ? new Passkey(id, name, each.site(), each.addedAt(), each.usedAt()) : each);
        return kept.stream().filter(each -> each.id() == id).findFirst().orElseThrow();
    }

    @Override
    public synchronized void remove(long id) {
        accounts.require();
        kept.removeIf(each -> each.id() == id);
    }

    @Override
    public synchronized Optional<String> challenge(URI page) {
        return kept.isEmpty() ? Optional.empty() : Optional.of("{}");
    }

    @Override
    public void confirm(String answer) {
        if (!answer.equals(ANSWER)) {
            throw Problem.of(ProblemCode.SIGN_IN_FAILED, "Nothing was done.", "It is none of anna.", "Try again.")
                    .toException();
        }
        accounts.cameBack();
    }
}
