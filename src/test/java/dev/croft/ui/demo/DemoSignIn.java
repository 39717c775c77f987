package dev.croft.ui.demo;

import dev.croft.access.CurrentOperator;
import dev.croft.access.Grants;
import dev.croft.access.MyAccount;
import dev.croft.access.Providers;
import dev.croft.access.Sessions;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

public class DemoSignIn implements Providers, MyAccount, Sessions {

    private final CurrentOperator operator;
    private final Clock clock;
    private final List<Provider> providers = new ArrayList<>();
    private boolean passwords = true;
    private boolean secondFactor;
    private @Nullable String confirmPath;
    private boolean confirmed = true;
    private boolean locksOut;
    private final List<Session> others = new ArrayList<>();

    DemoSignIn(CurrentOperator operator, Clock clock) {
        this.operator = operator;
        this.clock = clock;
    }

    /** A provider vouches for the person, who has not been there lately. */
    public void vouchedFor(String path) {
        confirmPath = path;
        confirmed = false;
    }

    /** A password does again. */
    public void local() {
        confirmPath = null;
        confirmed = true;
    }

    /** They came back from there. */
    public void cameBack() {
        confirmed = true;
    }

    /** Whether anything that is taken away would leave nobody who can administer the console. */
    public void locksOut(boolean does) {
        locksOut = does;
    }

    /** Somebody is signed in elsewhere. */
    public void alsoSignedIn(long id, String account, String device, @Nullable String provider) {
        others.add(new Session(
                id,
                account,
                device,
                "192.0.2.8",
                clock.instant().minus(Duration.ofHours(1)),
                clock.instant().minus(Duration.ofMinutes(5)),
                provider,
                false));
    }

    /** Nobody is, but for the person in front of the screen. */
    public void signedInNowhereElse() {
        others.clear();
    }

    private void keepSomebody(String what) {
        if (locksOut) {
            throw Problem.of(
                            ProblemCode.WOULD_LOCK_OUT,
                            what,
                            "Nobody could administer this console afterwards.",
                            "Leave the password on.")
                    .toException();
        }
    }

    @Override
    public List<Option> offered() {
        return providers.stream()
                .map(each -> new Option(each.settings().id(), each.settings().name()))
                .toList();
    }

    @Override
    public boolean passwordSignIn() {
        return passwords;
    }

    @Override
    public List<Provider> list() {
        return List.copyOf(providers);
    }

    @Override
    public Provider save(Settings settings, @Nullable SecretText secret, @Nullable String test) {
        providers.removeIf(each -> each.settings().id().equals(settings.id()));
        Provider saved = new Provider(settings, secret != null, false, clock.instant(), "anna");
        providers.add(saved);
        return saved;
    }

    @Override
    public void remove(String id) {
        keepSomebody("The provider was not removed.");
        providers.removeIf(each -> each.settings().id().equals(id));
    }

    @Override
    public void setPasswordSignIn(boolean on) {
        if (!on) {
            keepSomebody("Signing in with a password was not switched off.");
        }
        passwords = on;
    }

    @Override
    public Test startTest(Settings settings, @Nullable SecretText secret) {
        return test("~demo");
    }

    @Override
    public Test test(String id) {
        return new Test(id, "/login", TestState.WAITING, Map.of(), null, null);
    }

    @Override
    public Becomes preview(List<Rule> rules, Map<String, Object> claims) {
        return new Becomes("bert", "bert@example.org", Grants.NONE, rules, null);
    }

    @Override
    public Status status() {
        return new Status(operator.get(), null, secondFactor, secondFactor ? 10 : 0);
    }

    @Override
    public void changePassword(SecretText now, SecretText next) {
        // Nothing is kept.
    }

    @Override
    public Enrolment startSecondFactor() {
        return new Enrolment(
                SecretText.of("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
                SecretText.of("otpauth://totp/Croft:anna?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Croft"));
    }

    @Override
    public List<SecretText> finishSecondFactor(SecretText code) {
        secondFactor = true;
        return newRecoveryCodes();
    }

    @Override
    public void removeSecondFactor() {
        secondFactor = false;
    }

    @Override
    public List<SecretText> newRecoveryCodes() {
        return Collections.nCopies(10, SecretText.of("ABCDE-FGHJK-MNPQR-STVWX"));
    }

    @Override
    public @Nullable String confirmPath() {
        return confirmPath;
    }

    @Override
    public boolean isConfirmed() {
        return confirmed;
    }

    @Override
    public List<Session> mine() {
        return all().stream()
                .filter(session -> "anna".equals(session.account()))
                .toList();
    }

    @Override
    public List<Session> all() {
        List<Session> all = new ArrayList<>(others);
        all.addFirst(new Session(
                1,
                "anna",
                "Firefox on Linux",
                "192.0.2.7",
                clock.instant().minus(Duration.ofHours(2)),
                clock.instant(),
                null,
                true));
        return all;
    }

    @Override
    public void revoke(long id) {
        if (!others.removeIf(session -> session.id() == id)) {
            throw Problem.of(
                            ProblemCode.NOT_FOUND,
                            "No session was ended.",
                            "There is none with the number " + id + ".",
                            "Reload the list.")
                    .toException();
        }
    }

    @Override
    public int revokeOthers() {
        int before = others.size();
        others.removeIf(session -> "anna".equals(session.account()));
        return before - others.size();
    }
}
