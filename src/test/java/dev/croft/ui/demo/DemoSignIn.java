package dev.croft.ui.demo;

import dev.croft.access.CurrentOperator;
import dev.croft.access.Grants;
import dev.croft.access.MyAccount;
import dev.croft.access.Providers;
import dev.croft.access.Sessions;
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
        remove(settings.id());
        Provider saved = new Provider(settings, secret != null, false, clock.instant(), "anna");
        providers.add(saved);
        return saved;
    }

    @Override
    public void remove(String id) {
        providers.removeIf(each -> each.settings().id().equals(id));
    }

    @Override
    public void setPasswordSignIn(boolean on) {
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
        return List.of(new Session(
                1,
                "anna",
                "Firefox on Linux",
                "192.0.2.7",
                clock.instant().minus(Duration.ofHours(2)),
                clock.instant(),
                null,
                true));
    }

    @Override
    public List<Session> all() {
        return mine();
    }

    @Override
    public void revoke(long id) {
        // Nothing to end.
    }

    @Override
    public int revokeOthers() {
        return 0;
    }
}
